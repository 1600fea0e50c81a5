//! The provider for any JSON login, rule by rule: what it sends, and what each answer means to it.

mod stage;

mod json_login {
    mod identity;
    mod lifetimes;
    mod requests;
    mod row;
    mod secrecy;
    mod tokens;
    mod trouble;
}
