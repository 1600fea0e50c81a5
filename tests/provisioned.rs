//! Tokens that somebody else got: every form that is about, every field that can be wrong, and nothing of them in a message.

mod stage;

mod provisioned {
    mod forms;
    mod hostile;
    mod round_trip;
}
