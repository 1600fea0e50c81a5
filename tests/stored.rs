//! A session that outlives its process and is shared (`life-cycle.md`, "A renewal"), against a scripted disk and server and a
//! manual clock.
#![cfg(not(loom))]

mod stage;

mod stored {
    mod adoption;
    mod backup;
    mod belated;
    mod cooling;
    mod credentials;
    mod crossings;
    mod fencing;
    mod forced;
    mod invalidation;
    mod locks;
    mod logout;
    mod provisioned;
    mod refusals;
    mod replacement;
    mod restoring;
    mod retries;
    mod saving;
    mod siblings;
    mod unsaved;
}
