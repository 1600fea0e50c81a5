//! A request that may be withheld to the last moment, over a real socket: its gate is asked when there is a connection, and what it
//! keeps is never written.
#![cfg(feature = "native")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use secrecy::SecretString;
use tokenkeep::transport::gate::Gate;
use tokenkeep::transport::http::{HttpOptions, HttpTransport};
use tokenkeep::transport::{Body, Lost, LostReason, Request, Response, Transport};

const TEXT: &str = r#"{"refresh_token":"works-once"}"#;

/// Hears one connection to its end, and answers as soon as a whole body has come.
fn server() -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let hearing = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let (mut heard, mut piece) = (String::new(), [0; 4096]);
        while let Ok(length @ 1..) = connection.read(&mut piece) {
            heard.push_str(std::str::from_utf8(&piece[..length]).unwrap());
            if heard.ends_with(TEXT) {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").unwrap();
            }
        }
        heard
    });
    (address, hearing)
}

/// Sends to `address` through a gate that opens or not after a while, and says how often that was asked.
fn send(address: SocketAddr, opens: bool) -> (Result<Response, Lost>, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let gate = {
        let asked = Arc::clone(&asked);
        Gate::new(move || {
            asked.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                // Not at once: the connection's task goes on meanwhile.
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                opens
            })
        })
    };
    let request = Request {
        url: format!("http://{address}/auth/refresh"),
        authorization: None,
        headers: Vec::new(),
        body: Body::Json(SecretString::from(TEXT)),
        secrets: Vec::new(),
        gate: Some(gate),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let transport = HttpTransport::new(HttpOptions::default());
    let ended = runtime.block_on(transport.send(request, Duration::from_secs(20)));
    (ended, asked.load(Ordering::Relaxed))
}

#[test]
fn what_may_leave_arrives_whole_and_with_its_length() {
    let (address, hearing) = server();
    let (ended, asked) = send(address, true);
    assert_eq!((ended.unwrap().status, asked), (200, 1));
    let heard = hearing.join().unwrap();
    assert!(heard.contains(&format!("content-length: {}\r\n", TEXT.len())), "{heard}");
    assert!(!heard.contains("transfer-encoding"), "{heard}");
    assert!(heard.ends_with(TEXT), "{heard}");
}

#[test]
fn of_what_may_not_leave_the_server_hears_no_word() {
    let (address, hearing) = server();
    let (ended, asked) = send(address, false);
    assert_eq!((ended.err().unwrap().reason, asked), (LostReason::Network, 1));
    let heard = hearing.join().unwrap();
    assert!(!heard.contains("works-once"), "{heard}");
}

#[test]
fn nobody_is_asked_before_there_is_a_connection() {
    // Closed again: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (ended, asked) = send(address, true);
    assert_eq!((ended.err().unwrap().reason, asked), (LostReason::Network, 0));
}
