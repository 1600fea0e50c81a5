//! How often and how soon to try again (`life-cycle.md`, "Failures" and step 5), figure by figure.

use std::time::Duration;

use tokenkeep::error::{Code, Failure};
use tokenkeep::policy::{Class, CoolDown, Leeway, Retry};
use tokenkeep::random::Rng;

/// Dice that always fall the same way.
struct Always(u8);

const LEAST: Always = Always(0x00);
const MOST: Always = Always(0xff);

impl Rng for Always {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn failure(code: Code) -> Failure {
    Failure::new(code, "it failed")
}

fn told(code: Code, wait: Duration) -> Failure {
    failure(code).with_retry_after(Some(wait))
}

const NETWORK: Code = Code::Network;

#[test]
fn the_class_of_each_failure() {
    let table = [
        (failure(Code::InvalidCredentials), Class::Rejected),
        (failure(Code::TwoFactorRequired), Class::Rejected),
        (told(Code::RateLimited, secs(9)), Class::ToldToWait(secs(9))),
        (told(Code::ServerError, secs(9)).with_status(503), Class::ToldToWait(secs(9))),
        (failure(Code::RateLimited), Class::Transient),
        (failure(Code::ServerError).with_status(503), Class::Transient),
        (failure(Code::Network), Class::Transient),
        (failure(Code::Timeout), Class::Transient),
        (failure(Code::BadResponse), Class::Transient),
        (failure(Code::UnexpectedStatus), Class::Transient),
        (failure(Code::Store), Class::Transient),
        // A wrong password is wrong whatever the server says about when to come back.
        (told(Code::InvalidCredentials, secs(9)), Class::Rejected),
    ];
    for (failure, class) in table {
        assert_eq!(Class::of(&failure), class, "{failure:?}");
    }
}

#[test]
fn a_rejection_is_remembered_for_four_to_five_seconds_whatever_there_is_and_how_often_it_was() {
    let fresh = Leeway { left: secs(600), fresh: secs(540) };
    for (streak, leeway) in [(0, Leeway::default()), (7, fresh)] {
        let after = |rng: &Always| CoolDown::default().after(&failure(Code::InvalidCredentials), streak, leeway, rng);
        assert_eq!((after(&LEAST), after(&MOST)), (secs(5), secs(4)));
    }
}

#[test]
fn what_the_server_said_is_obeyed_to_the_second_and_at_most_for_an_hour() {
    for (said, obeyed) in [(0, 0), (1, 1), (3599, 3599), (3600, 3600), (3601, 3600), (10_000_000, 3600)] {
        for rng in [LEAST, MOST] {
            let after = CoolDown::default().after(&told(Code::RateLimited, secs(said)), 3, Leeway::default(), &rng);
            assert_eq!(after, secs(obeyed));
        }
    }
}

#[test]
fn without_a_token_a_transient_failure_waits_a_second_doubling_to_a_minute() {
    let table =
        [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (1000, 60), (u32::MAX, 60)];
    for (streak, seconds) in table {
        let after = CoolDown::default().after(&failure(NETWORK), streak, Leeway::default(), &MOST);
        assert_eq!(after, secs(seconds), "{streak}");
    }
}

#[test]
fn with_a_token_that_still_lives_but_is_stale_there_is_a_reason_to_hurry() {
    for (left, streak, wait) in [(secs(40), 9, secs(10)), (secs(40), 1, secs(1)), (secs(2), 1, millis(500))] {
        let leeway = Leeway { left, fresh: Duration::ZERO };
        assert_eq!(CoolDown::default().after(&failure(NETWORK), streak, leeway, &MOST), wait);
    }
}

#[test]
fn with_a_fresh_token_it_waits_five_to_ten_minutes_at_most_a_quarter_of_the_life_left_and_never_past_the_border() {
    let table = [
        // left, fresh, at least, at most
        (secs(36_000), secs(35_940), secs(300), secs(600)),
        (secs(2_000), secs(1_940), secs(300), secs(500)),
        (secs(600), secs(540), secs(150), secs(150)),
        (secs(70), secs(10), secs(10), secs(10)),
        (secs(3600), millis(1), millis(1), millis(1)),
    ];
    for (left, fresh, least, most) in table {
        let leeway = Leeway { left, fresh };
        for streak in [1, 9] {
            let after = |rng: &Always| CoolDown::default().after(&failure(NETWORK), streak, leeway, rng);
            assert_eq!((after(&LEAST), after(&MOST)), (least, most), "{leeway:?}");
        }
    }
}

#[test]
fn nobody_who_renews_aside_tries_a_wrong_password_more_often_than_every_five_minutes() {
    let table = [
        // left, fresh, at least, at most
        (secs(0), secs(0), secs(300), secs(600)),
        (secs(40), secs(0), secs(300), secs(600)),
        (secs(36_000), secs(35_940), secs(300), secs(600)),
        (secs(600), secs(540), secs(150), secs(150)),
        (secs(70), secs(10), secs(10), secs(10)),
    ];
    for (left, fresh, least, most) in table {
        let leeway = Leeway { left, fresh };
        let rejected = failure(Code::InvalidCredentials);
        let after = |rng: &Always| CoolDown::default().after_aside(&rejected, 1, leeway, rng);
        assert_eq!((after(&LEAST), after(&MOST)), (least, most), "{leeway:?}");
    }
}

#[test]
fn but_for_that_a_failure_aside_is_remembered_like_any() {
    let leeways =
        [Leeway::default(), Leeway { left: secs(600), fresh: secs(540) }, Leeway { left: secs(40), fresh: secs(0) }];
    for failure in [failure(NETWORK), told(Code::RateLimited, secs(9)), told(Code::RateLimited, secs(9000))] {
        for leeway in leeways {
            for streak in [1, 3, 9] {
                let rule = CoolDown::default();
                let (aside, other) =
                    (rule.after_aside(&failure, streak, leeway, &MOST), rule.after(&failure, streak, leeway, &MOST));
                assert_eq!(aside, other, "{failure:?} {leeway:?}");
            }
        }
    }
}

#[test]
fn every_figure_of_it_is_a_parameter() {
    let rule =
        CoolDown { rejected: secs(50), rejected_least: secs(10), fresh: secs(3), part: 10, ..CoolDown::default() };
    let rejected = |rng: &Always| rule.after(&failure(Code::InvalidCredentials), 1, Leeway::default(), rng);
    assert_eq!((rejected(&LEAST), rejected(&MOST)), (secs(50), secs(10)));
    let leeway = |left| Leeway { left: secs(left), fresh: secs(left) };
    let transient = |left| rule.after(&failure(NETWORK), 1, leeway(left), &MOST);
    assert_eq!((transient(600), transient(20)), (secs(6), secs(2)));
}

#[test]
fn which_failures_are_worth_another_try() {
    let retry = Retry::default();
    let status = |status| failure(Code::ServerError).with_status(status);
    for worth in [500, 502, 503, 504]
        .map(status)
        .into_iter()
        .chain([Code::Network, Code::Timeout, Code::RateLimited].map(failure))
    {
        assert!(retry.wait(1, &worth, &LEAST).is_some(), "{worth:?}");
    }
    let never = [
        Code::InvalidCredentials,
        Code::TwoFactorRequired,
        Code::UnexpectedStatus,
        Code::BadResponse,
        Code::CoolingDown,
        Code::Store,
        Code::Closed,
    ];
    for not in [501, 505, 507, 599].map(status).into_iter().chain(never.map(failure)) {
        assert!(retry.wait(1, &not, &LEAST).is_none(), "{not:?}");
    }
}

#[test]
fn there_are_as_many_tries_as_were_asked_for_the_first_one_included() {
    for (attempts, waits) in [(0, 0), (1, 0), (2, 1), (3, 2), (10, 9)] {
        let retry = Retry { attempts, ..Retry::default() };
        let given = (1..=20).filter(|tried| retry.wait(*tried, &failure(NETWORK), &LEAST).is_some()).count();
        assert_eq!(given, waits);
    }
    assert!(Retry::never().wait(1, &failure(NETWORK), &LEAST).is_none());
}

#[test]
fn waits_double_from_the_base_up_to_the_longest_and_half_of_each_is_chance() {
    let retry = Retry { attempts: u32::MAX, base: millis(200), longest: secs(5) };
    let table = [(1, 200), (2, 400), (3, 800), (4, 1600), (5, 3200), (6, 5000), (7, 5000), (4_000_000_000, 5000)];
    for (tried, most) in table {
        let wait = |rng: &Always| retry.wait(tried, &failure(NETWORK), rng).unwrap();
        assert_eq!((wait(&LEAST), wait(&MOST)), (millis(most / 2), millis(most)), "{tried}");
    }
}

#[test]
fn a_retry_after_is_slept_as_it_is_up_to_the_longest_wait_and_not_at_all_beyond_it() {
    let retry = Retry::default();
    for (said, slept) in [(secs(0), Some(secs(0))), (secs(5), Some(secs(5))), (millis(5001), None)] {
        for rng in [LEAST, MOST] {
            assert_eq!(retry.wait(1, &told(Code::RateLimited, said), &rng), slept);
        }
    }
}
