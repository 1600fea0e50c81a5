//! The mutex and the atomics of the modules that loom checks: parking_lot's and the standard library's, or loom's under
//! the feature `loom`.

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(not(feature = "loom"))]
pub(crate) use parking_lot::Mutex;

#[cfg(feature = "loom")]
pub(crate) use checked::Mutex;
#[cfg(feature = "loom")]
pub(crate) use loom::sync::atomic::{AtomicU32, Ordering};

#[cfg(feature = "loom")]
mod checked {
    /// loom's mutex with parking_lot's signature: nothing that holds it can panic, so it is never poisoned.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().expect("this lock is never poisoned")
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner().expect("this lock is never poisoned")
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }
}
