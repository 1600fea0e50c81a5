//! "Merge (present replaces, an absent refresh token keeps), next generation, compare-and-set on the generation that was read.
//! Lost the race: adopt the winner."

use secrecy::SecretString;
use tokenkeep::error::Failure;
use tokenkeep::manager::Demand;
use tokenkeep::session::Source;
use tokenkeep::store::Record;
use tokenkeep::store::record::Tokens;

use crate::stage::answer::Answer;
use crate::stage::executor::Call;
use crate::stage::server::{Gate, LOGIN, Pair, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn the_first_generation_is_the_time_and_each_later_one_is_one_more() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let first = u64::try_from(stage.clock.wall()).unwrap();
    assert_eq!(stage.disk.generation(), first);
    for more in 1..=3 {
        stage.advance(secs(540));
        stage.server.will_refresh(600);
        stage.token();
        assert_eq!(stage.disk.generation(), first + more);
    }
}

#[test]
fn a_record_that_was_deleted_and_made_anew_is_still_newer() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let sibling = stage.sibling();
    sibling.token();
    stage.disk.remove();
    stage.advance(secs(540));
    let next = stage.server.will_log_in(600);
    stage.token();
    assert_eq!(sibling.token(), next.access);
    assert_eq!(sibling.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn a_refresh_without_a_refresh_token_keeps_the_one_on_disk() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
}

#[test]
fn a_refresh_with_a_refresh_token_replaces_the_one_on_disk() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    stage.token();
    assert_eq!(stage.disk.refresh().unwrap(), next.refresh);
}

/// A caller whose login is answered, but only after `meanwhile`.
fn log_in_while(stage: &Stage, meanwhile: impl FnOnce(&Stage)) -> (String, String) {
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let call = stage.ask(Demand::LoggedIn);
    meanwhile(stage);
    stage.open(&gate);
    (call.answer().unwrap(), pair.access)
}

fn with_access(record: &mut Record, access: &str, now: i64) {
    let tokens = record.tokens.as_mut().unwrap();
    *tokens =
        Tokens { access: Some(SecretString::from(access)), saved_at: now, expires_at: now + 600_000, ..tokens.clone() };
}

#[test]
fn who_loses_the_race_adopts_the_winners_session() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let theirs = stage.server.mint("access", 600);
    let (answer, ours) = log_in_while(&stage, |stage| {
        let now = stage.clock.wall();
        stage.disk.overtake(|record| with_access(record, &theirs, now));
    });
    assert_eq!(answer, theirs);
    assert_ne!(answer, ours);
    assert_eq!(stage.disk.access().unwrap(), theirs);
    assert_eq!(stage.token(), theirs);
    assert_eq!(stage.manager.status().source, Some(Source::Store));
}

#[test]
fn who_loses_the_race_on_a_cold_disk_adopts_the_winners_session() {
    let stage = Stage::stored();
    let sibling = stage.sibling();
    stage.disk.has_no_locks(true);
    let ours = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&ours.access, &ours.refresh));
    let call = stage.ask(Demand::Fresh);
    let theirs = sibling.server.will_log_in(600);
    assert_eq!(sibling.token(), theirs.access);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.disk.access().unwrap(), theirs.access);
}

#[test]
fn who_loses_to_an_invalidation_saves_on_top_of_it() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let sibling = stage.sibling();
    sibling.token();
    let before = stage.disk.generation();
    let (answer, ours) = log_in_while(&stage, |_| assert_eq!(sibling.invalidate(Some(&first.access)), (true, true)));
    assert_eq!(answer, ours);
    assert_eq!(stage.disk.access().unwrap(), ours);
    assert_eq!(stage.disk.generation(), before + 2);
}

/// A refresh that works once and is under way: what it was made with, and what it brings when it is answered.
struct UnderWay {
    stage: Stage,
    spent: Pair,
    brings: Pair,
    reply: Gate,
    call: Call<Result<String, Failure>>,
}

fn refresh_under_way() -> UnderWay {
    let (stage, spent) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(600));
    let brings = stage.server.mint_pair(600);
    let reply = stage.server.will_hold(REFRESH, Answer::session(&brings.access, &brings.refresh));
    let call = stage.ask(Demand::Fresh);
    UnderWay { stage, spent, brings, reply, call }
}

#[test]
fn a_belated_reply_does_not_displace_the_refresh_token_that_a_sibling_has_gone_on_to() {
    let UnderWay { stage, spent: first, brings: belated, reply, call } = refresh_under_way();
    // It thought that we had died, spent the same one, and logged in after that was refused. The token of that was invalidated.
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_by_a_sibling(None, Some(&theirs.refresh), 600);
    stage.open(&reply);
    assert_eq!(call.answer().unwrap(), belated.access);
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (Some(belated.access), Some(theirs.refresh.clone())));
    stage.advance(secs(600));
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    assert_eq!(stage.token(), next.access);
    let spent =
        stage.server.heard().into_iter().filter_map(|heard| heard.body["refresh_token"].as_str().map(str::to_owned));
    assert_eq!(spent.collect::<Vec<_>>(), [first.refresh, theirs.refresh]);
}

#[test]
fn a_store_that_has_lost_a_write_does_not_bring_back_what_was_there_before_it() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    let older = stage.disk.record().unwrap();
    let sibling = stage.sibling();
    sibling.token();
    let between = sibling.server.mint_pair(600);
    sibling.server.will_answer(REFRESH, Answer::session(&between.access, &between.refresh));
    assert_eq!(sibling.get(Demand::Renewed).unwrap(), between.access);
    let ours = stage.server.mint_pair(600);
    let reply = stage.server.will_hold(REFRESH, Answer::session(&ours.access, &ours.refresh));
    let call = stage.ask(Demand::Renewed);
    stage.disk.put(&older);
    stage.open(&reply);
    assert_eq!(call.answer().unwrap(), ours.access);
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (Some(ours.access), Some(ours.refresh)));
}

#[test]
fn a_login_that_was_asked_for_keeps_its_own_refresh_token_beside_whatever_a_sibling_has_gone_on_to() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    let theirs = stage.server.mint_pair(600);
    let (_, ours) = log_in_while(&stage, |stage| stage.disk.renewed_by_a_sibling(None, Some(&theirs.refresh), 600));
    assert_eq!(stage.disk.access().unwrap(), ours);
    assert_ne!(stage.disk.refresh().unwrap(), theirs.refresh);
}

#[test]
fn nor_does_it_displace_the_token_that_came_with_that_while_it_lives() {
    let UnderWay { stage, reply, call, .. } = refresh_under_way();
    // Not young enough any more to be preferred for that alone.
    let theirs = stage.server.mint_pair(50);
    stage.disk.renewed_to(&theirs, 600);
    stage.disk.tamper(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        (tokens.saved_at, tokens.expires_at) = (tokens.saved_at - 550_000, tokens.expires_at - 550_000);
    });
    stage.open(&reply);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (Some(theirs.access), Some(theirs.refresh)));
}

#[test]
fn a_login_after_a_refusal_does_not_give_way_to_what_came_of_the_token_that_was_refused() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(600));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    let ours = stage.server.mint_pair(600);
    let reply = stage.server.will_hold(LOGIN, Answer::session(&ours.access, &ours.refresh));
    let call = stage.ask(Demand::Fresh);
    // Its refresh came first, and it was paused with the reply.
    let ended = stage.server.mint_pair(600);
    stage.disk.renewed_by_a_sibling(Some(&ended.access), Some(&ended.refresh), 600);
    stage.open(&reply);
    assert_eq!(call.answer().unwrap(), ours.access);
    assert_eq!(stage.disk.refresh().unwrap(), ours.refresh);
    assert_eq!(stage.disk.access().unwrap(), ours.access);
}

#[test]
fn what_a_belated_sibling_has_put_beside_the_token_that_we_have_exchanged_gives_way() {
    let UnderWay { stage, spent, brings: ours, reply, call } = refresh_under_way();
    // It had no lock any more, and found no access token there.
    let belated = stage.server.mint_pair(600);
    stage.disk.renewed_by_a_sibling(Some(&belated.access), Some(&spent.refresh), 600);
    stage.open(&reply);
    assert_eq!(call.answer().unwrap(), ours.access);
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (Some(ours.access), Some(ours.refresh)));
}

#[test]
fn who_loses_to_a_mere_note_about_the_old_session_saves_on_top_of_it() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let (answer, ours) = log_in_while(&stage, |stage| stage.disk.overtake(|_| {}));
    assert_eq!(answer, ours);
    assert_eq!(stage.disk.access().unwrap(), ours);
}

#[test]
fn who_loses_to_a_deletion_saves_all_the_same() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let (answer, ours) = log_in_while(&stage, |stage| stage.disk.remove());
    assert_eq!(answer, ours);
    assert_eq!(stage.disk.access().unwrap(), ours);
}
