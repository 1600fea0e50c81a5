//! A store that answers at once: what is good there needs no flight, and everything else does.

use tokenkeep::manager::{Cause, Demand};
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::disk::GLANCE;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{EMAIL, Setting, Stage, patient, secs};

/// A process with a good session on such a disk, and another that has just started.
fn started() -> (Stage, Stage, String) {
    let (stage, pair) = Stage::logged_in(Setting { policy: patient(), ..Setting::default() });
    stage.disk.can_be_glanced_at(true);
    stage.disk.forget_log();
    let newcomer = stage.beside(Setting { policy: patient(), ..Setting::default() });
    (stage, newcomer, pair.access)
}

#[test]
fn a_good_session_is_had_without_a_flight_and_is_told_like_one() {
    let (stage, newcomer, access) = started();
    let (began, outcome) = newcomer.manager.set_out(Demand::Fresh);
    assert_eq!(began, None, "nothing is under way");
    let outcome = newcomer.start(outcome).answer();
    assert_eq!((outcome.how, outcome.cause), (Some(Source::Store), Some(Cause::First)));
    assert_eq!((outcome.at, outcome.duration), (stage.clock.wall(), GLANCE));
    assert_eq!(newcomer.token(), access);
    assert_eq!(newcomer.manager.look().generation, outcome.generation);
    assert!(stage.disk.log().is_empty(), "nobody read and nobody locked");
    assert_eq!(newcomer.manager.status().telemetry.recent.len(), 1);
    assert_eq!(stage.log.infos().last().unwrap(), "using the stored token, expires in 10 minutes");
}

#[test]
fn whoever_wants_a_new_one_is_not_served_what_lies_there() {
    for (demand, endpoint) in [(Demand::Renewed, REFRESH), (Demand::LoggedIn, LOGIN)] {
        let (stage, newcomer, access) = started();
        let pair = stage.server.mint_pair(600);
        stage.server.will_answer(endpoint, Answer::session(&pair.access, &pair.refresh));
        assert_eq!(newcomer.get(demand).unwrap(), pair.access);
        assert_ne!(pair.access, access);
        assert!(!stage.log.infos().concat().contains("stored token"), "nor is it taken over first");
    }
}

#[test]
fn a_session_that_is_not_good_enough_is_a_flights_business() {
    let (stage, newcomer, _) = started();
    stage.advance(secs(545));
    let renewed = stage.server.will_refresh(600);
    assert_eq!(newcomer.token(), renewed);
}

#[test]
fn an_imported_session_is_claimed_by_a_flight_and_not_at_a_glance() {
    let stage = Stage::stored();
    stage.disk.can_be_glanced_at(true);
    let pair = stage.server.mint_pair(600);
    let expires_at = stage.clock.server_seconds() + 600;
    stage
        .import(&format!(r#"{{"access_token":"{}","expires_at":{expires_at},"account":"{EMAIL}"}}"#, pair.access))
        .unwrap();
    let newcomer = stage.sibling();
    assert_eq!(newcomer.token(), pair.access);
    assert!(stage.disk.record().unwrap().check.is_some(), "from now on it is this credential's");
}

#[test]
fn a_good_session_at_a_glance_ends_what_was_remembered_of_failures() {
    let (stage, newcomer, access) = started();
    let mut record = stage.disk.record().unwrap();
    stage.disk.remove();
    for _ in 0..2 {
        stage.server.will_answer(LOGIN, Answer::connection_refused());
        let left = newcomer.failure().retry_after.unwrap_or(secs(60));
        stage.advance(left);
    }
    // A sibling has got it out of somewhere, later than our note of the failure.
    record.generation = stage.disk.generation() + 1;
    stage.disk.put(&record);
    assert_eq!(newcomer.token(), access);
    newcomer.invalidate(None);
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    newcomer.failure();
    let left = newcomer.failure().retry_after.unwrap();
    assert_eq!(left, secs(1), "as after a first failure");
}
