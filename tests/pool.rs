//! Many accounts: who stays and who leaves, whose turn it is, who is counted, and which of them are one session.

mod stage;

#[path = "pool"]
mod pool {
    mod background;
    mod counting;
    mod crowd;
    mod departures;
    mod first_logins;
    mod folding;
    mod registry;
    mod rest;
    mod turns;
}
