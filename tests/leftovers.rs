//! What is left in memory that was given back: no secret of a session that was folded or woken there. A binary of its own: it has an
//! allocator that looks at whatever is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[path = "pool/crowd.rs"]
#[allow(dead_code)]
mod crowd;
mod stage;

use crowd::Crowd;
use stage::answer::Answer;
use stage::server::LOGIN;

/// In both tokens, between the dots and within them: once as it is and once as base64url says it.
const SECRET: &[u8] = b"nobody may read me";

thread_local! {
    static LOOKS: Cell<bool> = const { Cell::new(false) };
}

static LEFT_BEHIND: AtomicUsize = AtomicUsize::new(0);

struct Inspector;

// SAFETY: it is the system's allocator, and only reads what its caller still owns.
unsafe impl GlobalAlloc for Inspector {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that what was never written is no find of somebody before.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if LOOKS.try_with(Cell::get).unwrap_or(false) {
            let bytes = unsafe { std::slice::from_raw_parts(place, layout.size()) };
            let encoded = b"bm9ib2R5IG1heSByZWFkIG1l";
            let is_left = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
            if is_left(SECRET) || is_left(encoded) {
                LEFT_BEHIND.fetch_add(1, Ordering::Relaxed);
            }
        }
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static INSPECTOR: Inspector = Inspector;

/// How many pieces of memory were given back with the secret in them while `act` was at it.
fn left_behind(act: impl FnOnce()) -> usize {
    let before = LEFT_BEHIND.load(Ordering::Relaxed);
    LOOKS.set(true);
    act();
    LOOKS.set(false);
    LEFT_BEHIND.load(Ordering::Relaxed) - before
}

#[test]
fn nothing_that_is_given_back_when_a_session_is_folded_or_woken_has_a_secret_in_it() {
    // The whole of a buffer that grows, and one that only just fits; tokens that are base64url, and such as only begin like it.
    for (length, ending) in [(0, ""), (5000, ""), (0, "=="), (5000, "==")] {
        let crowd = Crowd::new(10, 8);
        let part = URL_SAFE_NO_PAD.encode([SECRET, &vec![7; length]].concat());
        let text = format!("{part}.{part}{ending}");
        crowd.server.will_answer(LOGIN, Answer::session(&crowd.server.mint("access", 600), &text));
        let (manager, call) = crowd.ask_for("alice");
        call.answer().unwrap();
        let shared = crowd.pool.get("alice").unwrap().shared;
        assert_eq!(left_behind(|| drop(manager)), 0, "folded: {length} {ending:?}");
        assert!(shared.is_asleep());
        let mut stay = None;
        assert_eq!(left_behind(|| stay = Some(shared.stay())), 0, "woken: {length} {ending:?}");
        assert_eq!(left_behind(|| drop(stay)), 0, "folded again: {length} {ending:?}");
    }
}
