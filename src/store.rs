//! Where a session is kept.

pub mod memory;
