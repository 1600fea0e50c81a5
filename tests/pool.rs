//! Many accounts: who stays and who leaves, whose turn it is, who is counted, and which of them are one session.
#![cfg(not(loom))]

mod stage;

#[path = "pool"]
mod pool {
    mod background;
    mod counting;
    mod crowd;
    mod departures;
    mod registry;
    mod rest;
    mod turns;
}
