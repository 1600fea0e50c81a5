//! What a manager is called: by people, in events and in the store.

use crate::stage::{EMAIL, HOST, Stage};

#[test]
fn a_manager_says_whose_tokens_it_keeps_where_they_come_from_and_what_issues_them() {
    let stage = Stage::new();
    assert_eq!(stage.manager.account(), EMAIL);
    assert_eq!(stage.manager.host(), HOST);
    assert_eq!(stage.manager.kind(), "baserow");
}
