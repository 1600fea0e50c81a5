//! Sessions by hand: out of the store without a renewal.

use tokenkeep::error::Code;
use tokenkeep::manager::State;
use tokenkeep::session::Source;

use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn what_the_store_holds_is_taken_over_whatever_its_age_and_without_the_network() {
    for (age, state) in [(0, State::Valid), (550, State::Expiring), (700, State::Expired)] {
        let (stage, _) = Stage::logged_in(Setting::default());
        stage.advance(secs(age));
        let newcomer = stage.sibling();
        newcomer.restore();
        let status = newcomer.manager.status();
        assert_eq!((status.state, status.source), (state, Some(Source::Store)));
        assert_eq!(status.saved_at, Some(stage.clock.wall() - i64::try_from(age).unwrap() * 1000));
        assert_eq!(stage.server.asked(), [LOGIN]);
    }
}

#[test]
fn a_restored_session_is_what_the_next_caller_gets_or_refreshes() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    newcomer.restore();
    assert_eq!(newcomer.token(), pair.access);
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    newcomer.token();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn an_older_record_does_not_replace_what_is_in_memory() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.tamper(|record| {
        record.generation -= 1;
        record.tokens.as_mut().unwrap().access = Some("older".into());
    });
    stage.restore();
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn where_nothing_is_stored_nothing_happens() {
    let stage = Stage::stored();
    stage.restore();
    assert_eq!(stage.manager.status().state, State::Empty);
    assert!(stage.log.lines().is_empty());
}

#[test]
fn of_a_closed_manager_nothing_is_exported() {
    let stage = Stage::stored();
    stage.close().answer();
    assert_eq!(stage.export().unwrap_err().code, Code::Closed);
}

#[test]
fn where_there_is_no_session_there_is_nothing_to_export() {
    let stage = Stage::stored();
    let failure = stage.export().unwrap_err();
    assert_eq!(failure.code, Code::Store);
    assert!(failure.message.contains("alice@example.com"), "{failure}");
}
