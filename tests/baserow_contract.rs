//! Baserow's auth contract (`baserow-contract.md`), row by row: what we send, and what each answer means to us.

mod stage;

mod baserow_contract {
    mod login;
    mod odd_bodies;
    mod refresh;
    mod requests;
    mod revocation;
    mod row;
    mod second_factor;
    mod trouble;
    mod versions;
}
