//! What a failure is counted as while it is remembered, and what ends that.

use tokenkeep::error::Code;
use tokenkeep::transport::LostReason;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, patient, secs};

fn stage() -> Stage {
    Stage::with_policy(patient())
}

#[test]
fn a_rejection_is_not_counted_among_the_failures_that_may_be_over_in_a_moment() {
    let stage = stage();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    stage.advance(secs(5));
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.failure();
    assert_eq!(stage.cooling(), secs(1));
}

#[test]
fn whoever_was_to_renew_is_gone_and_the_next_may_do_better_at_once() {
    let stage = stage();
    stage.server.will_answer(LOGIN, Answer::lost(LostReason::Gone, "its thread has ended"));
    assert_eq!(stage.failure().code, Code::Closed);
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn a_time_that_the_server_named_is_not_shortened_by_an_invalidation() {
    let stage = stage();
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::text(503, "").retry_after("120"));
    stage.server.will_answer(LOGIN, Answer::text(503, "").retry_after("120"));
    assert_eq!(stage.token(), pair.access);
    stage.manager.invalidate(None);
    assert_eq!(stage.cooling(), secs(120));
}
