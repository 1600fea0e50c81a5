//! The provider for OAuth 2.0, rule by rule: what it sends, what each answer means to it, and how a manager lives with refresh
//! tokens that somebody provisioned.

mod stage;

mod oauth2 {
    mod claims;
    mod client_credentials;
    mod discovery;
    mod fallback;
    mod identity;
    mod imports;
    mod play;
    mod refusals;
    mod requests;
    mod revocation;
    mod row;
    mod secrecy;
    mod seed;
    mod shapes;
    mod succession;
    mod tokens;
    mod trouble;
    mod unreadable;
}
