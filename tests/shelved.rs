//! All of `stored` once more, over a `KeyedStore`: what a manager does with its sessions does not depend on where they lie.

mod stage;

#[path = "stored"]
mod stored {
    mod adoption;
    mod backup;
    mod cooling;
    mod credentials;
    mod crossings;
    mod fencing;
    mod forced;
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
