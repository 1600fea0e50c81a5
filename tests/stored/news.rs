//! What in the store is news, and what is only there again.

use secrecy::SecretString;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn a_record_of_the_generation_that_is_known_is_no_news_whatever_is_in_it() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(545));
    let (other, now) = (stage.server.mint("access", 3600), stage.clock.wall());
    stage.disk.tamper(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.access = Some(SecretString::from(other));
        (tokens.saved_at, tokens.expires_at) = (now, now + 3_600_000);
    });
    let renewed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), renewed);
}

#[test]
fn a_store_that_knows_our_token_to_die_sooner_is_believed() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().expires_at -= 300_000);
    stage.restore();
    assert_eq!(stage.manager.status().expires_at, Some(stage.clock.wall() + 300_000));
}

#[test]
fn a_refused_refresh_token_is_not_sent_again_because_a_sibling_has_written_a_note() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(545));
    let gate = stage.server.will_hold(REFRESH, Answer::refused_refresh_token());
    let call = stage.ask(Demand::Fresh);
    stage.disk.overtake(|_| {});
    let next = stage.server.will_log_in(600);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn a_token_that_renews_itself_does_so_for_those_who_found_it_in_the_store() {
    let stage = Stage::stored();
    let token = stage.server.mint("access", 600);
    stage.server.will_answer(LOGIN, Answer::legacy(&token));
    stage.token();
    let newcomer = stage.sibling();
    assert_eq!(newcomer.token(), token);
    stage.advance(secs(545));
    let next = stage.server.mint("access", 600);
    stage.server.will_answer(REFRESH, Answer::legacy(&next));
    assert_eq!(newcomer.token(), next);
}

#[test]
fn of_such_a_token_nothing_is_left_to_export_once_it_was_refused() {
    let stage = Stage::stored();
    let token = stage.server.mint("access", 600);
    stage.server.will_answer(LOGIN, Answer::legacy(&token));
    stage.token();
    stage.invalidate(Some(&token));
    assert_eq!(stage.export().unwrap_err().code, Code::Store);
}

#[test]
fn a_refresh_that_says_nothing_of_scopes_leaves_those_that_were_granted() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.overtake(|record| {
        record.tokens.as_mut().unwrap().scoped.insert("guild".to_owned(), SecretString::from("gu1ld"));
    });
    stage.restore();
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    assert_eq!(stage.scoped("guild").unwrap(), "gu1ld");
}

#[test]
fn clocks_of_hosts_may_differ_by_a_minute_and_no_more() {
    for (ahead, is_adopted) in [(60_000, true), (60_001, false)] {
        let (stage, pair) = Stage::logged_in(Setting::default());
        stage.disk.tamper(|record| {
            let tokens = record.tokens.as_mut().unwrap();
            (tokens.saved_at, tokens.expires_at) = (tokens.saved_at + ahead, tokens.expires_at + ahead);
        });
        stage.server.will_refresh(600);
        assert_eq!(stage.sibling().token() == pair.access, is_adopted, "{ahead} ms");
    }
}

/// A sibling's session whose token an API has refused, and so it has none.
fn a_siblings_token_is_refused(stage: &Stage) {
    stage.advance(secs(1));
    let now = stage.clock.wall();
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        (tokens.access, tokens.saved_at) = (None, now);
        tokens.scoped.clear();
    });
    stage.restore();
}

#[test]
fn our_living_token_stays_beside_a_siblings_session_that_has_none_and_is_still_what_it_was() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    a_siblings_token_is_refused(&stage);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.manager.status().source, Some(Source::Login));
}

#[test]
fn so_do_the_tokens_for_narrower_audiences_that_came_with_it() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.overtake(|record| {
        record.tokens.as_mut().unwrap().scoped.insert("guild".to_owned(), SecretString::from("gu1ld"));
    });
    stage.restore();
    a_siblings_token_is_refused(&stage);
    assert_eq!(stage.scoped("guild").unwrap(), "gu1ld");
}
