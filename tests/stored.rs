//! A session that outlives its process and is shared (`life-cycle.md`, "A renewal"), against a scripted disk and server and a
//! manual clock.

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
    mod glances;
    mod invalidation;
    mod lapses;
    mod last_resorts;
    mod locks;
    mod logout;
    mod news;
    mod notes;
    mod pauses;
    mod provisioned;
    mod refusals;
    mod remembering;
    mod replacement;
    mod restoring;
    mod retries;
    mod saving;
    mod siblings;
    mod unsaved;
}
