//! A body that asks its gate at the last moment: when the connection is there and wants it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_lite::future::Boxed;
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;

use crate::transport::gate::Gate;

struct Gated {
    /// Never locked: reqwest wants a body that threads could share, and does not share it.
    asking: Mutex<Boxed<bool>>,
    text: Option<Bytes>,
}

/// `text`, once `gate` has opened. One that shuts ends the connection in the middle of the request, which is none then.
pub(super) fn gated(gate: Gate, text: String) -> reqwest::Body {
    let asking: Boxed<bool> = Box::pin(async move { gate.opens().await });
    reqwest::Body::wrap(Gated { asking: Mutex::new(asking), text: Some(text.into()) })
}

impl Body for Gated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let opens = ready!(self.asking.get_mut().as_mut().poll(context));
        let text = self.text.take().filter(|_| opens).ok_or_else(|| io::Error::other("its gate is shut"));
        Poll::Ready(Some(text.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_none()
    }

    /// Its whole length from the start: it is announced in a header.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.text.as_ref().map_or(0, |text| text.len() as u64))
    }
}
