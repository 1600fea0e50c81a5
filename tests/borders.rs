//! Where the zones of a token's life begin (`life-cycle.md`, "Ages"), figure by figure.

use std::time::Duration;

use tokenkeep::clock::Moment;
use tokenkeep::policy::{Background, Borders, Margin, Policy, Zone};
use tokenkeep::random::{Jitter, Rng};
use tokenkeep::session::Life;

/// Dice that always fall the same way.
struct Always(u8);

impl Rng for Always {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn life(lifetime: Duration) -> Life {
    let received = Moment { wall: 1_767_225_600_000, steady: secs(1234) };
    Life { received, lifetime, jitter: Jitter::NONE }
}

fn auto() -> Policy {
    Policy { margin: Margin::Auto, ..Policy::default() }
}

fn number(seconds: u64) -> Policy {
    Policy { margin: Margin::Fixed(secs(seconds)), ..Policy::default() }
}

fn in_background(policy: Policy) -> Policy {
    Policy { background: Some(Background::default()), ..policy }
}

/// How long before the expiry the soft and the hard zone begin.
fn margins(policy: &Policy, lifetime: Duration) -> (Duration, Duration) {
    let life = life(lifetime);
    (policy.soft_margin(&life), policy.hard_margin(&life))
}

/// The zone so long after receipt.
fn zone(policy: &Policy, life: &Life, after: Duration) -> Zone {
    policy.zone(life, Moment { wall: life.received.wall, steady: life.received.steady + after })
}

#[test]
fn by_itself_the_soft_zone_is_5_15_or_60_minutes_as_suits_the_lifetime_and_at_most_half_of_it() {
    let table = [
        // lifetime, soft, hard
        (2, 1000, 500),
        (10, 5000, 2500),
        (4 * MINUTE, 120_000, 60_000),
        (10 * MINUTE, 300_000, 60_000),
        (20 * MINUTE, 300_000, 60_000),
        (20 * MINUTE + 1, 600_500, 60_000),
        (30 * MINUTE, 900_000, 60_000),
        (HOUR, 900_000, 60_000),
        (90 * MINUTE - 1, 900_000, 60_000),
        (90 * MINUTE, 45 * 60_000, 60_000),
        (2 * HOUR, 3_600_000, 60_000),
        (30 * DAY, 3_600_000, 60_000),
    ];
    for (lifetime, soft, hard) in table {
        let (soft, hard) = (Duration::from_millis(soft), Duration::from_millis(hard));
        assert_eq!(margins(&auto(), secs(lifetime)), (soft, hard), "{lifetime} s");
    }
}

#[test]
fn chance_takes_up_to_a_tenth_of_the_soft_zone_and_nothing_of_the_hard_one() {
    let drawn = |byte| Life { jitter: Jitter::draw(&Always(byte)), ..life(secs(HOUR)) };
    let margins = |byte| (auto().soft_margin(&drawn(byte)), auto().hard_margin(&drawn(byte)));
    assert_eq!(margins(0x00), (secs(900), secs(60)));
    assert_eq!(margins(0xff), (secs(810), secs(60)));
    let (between, _) = margins(0x80);
    assert!(between > secs(850) && between < secs(860), "{between:?}");
}

#[test]
fn with_a_number_there_is_no_soft_zone_and_no_chance() {
    for (margin, lifetime, expected) in [(60, 600, 60), (400, 600, 300), (0, 600, 0)] {
        let policy = number(margin);
        let life = Life { jitter: Jitter::draw(&Always(0xff)), ..life(secs(lifetime)) };
        assert_eq!((policy.soft_margin(&life), policy.hard_margin(&life)), (secs(expected), secs(expected)));
    }
}

#[test]
fn in_the_background_callers_wait_in_the_last_minute_only_and_in_the_last_half_of_any_margin() {
    let table = [
        // margin, lifetime, soft, hard
        (600, 3600, 600, 60),
        (60, 600, 60, 30),
        (30, 3600, 30, 15),
        (0, 3600, 0, 0),
        (600, 120, 60, 30),
    ];
    for (margin, lifetime, soft, hard) in table {
        let policy = in_background(number(margin));
        assert_eq!(margins(&policy, secs(lifetime)), (secs(soft), secs(hard)), "{margin} of {lifetime}");
    }
    assert_eq!(margins(&in_background(auto()), secs(HOUR)), (secs(900), secs(60)));
}

#[test]
fn the_zones_follow_one_another_to_the_second() {
    let life = life(secs(HOUR));
    let table = [
        (0, Zone::Fresh),
        (2699, Zone::Fresh),
        (2700, Zone::Soft),
        (3539, Zone::Soft),
        (3540, Zone::Hard),
        (3599, Zone::Hard),
        (3600, Zone::Expired),
        (100 * DAY, Zone::Expired),
    ];
    for (after, expected) in table {
        assert_eq!(zone(&auto(), &life, secs(after)), expected, "after {after} s");
    }
}

#[test]
fn with_a_number_the_hard_zone_follows_the_fresh_one() {
    let life = life(secs(600));
    for (after, expected) in [(539, Zone::Fresh), (540, Zone::Hard), (599, Zone::Hard), (600, Zone::Expired)] {
        assert_eq!(zone(&number(60), &life, secs(after)), expected, "after {after} s");
    }
}

#[test]
fn every_border_is_a_parameter() {
    let borders = Borders {
        short: secs(2),
        long: secs(9),
        soft: [Duration::from_millis(500), secs(2), secs(4)],
        soft_part: 1,
        jitter_part: 2,
        hard: Duration::from_millis(100),
        hard_part: 1,
        ahead_part: 10,
    };
    let policy = Policy { borders, ..auto() };
    for (lifetime, soft) in [(2, 500), (3, 2000), (9, 4000)] {
        let expected = (Duration::from_millis(soft), Duration::from_millis(100));
        assert_eq!(margins(&policy, secs(lifetime)), expected, "{lifetime} s");
    }
    let drawn = Life { jitter: Jitter::draw(&Always(0xff)), ..life(secs(9)) };
    assert_eq!(policy.soft_margin(&drawn), secs(2));
    assert_eq!(in_background(policy).hard_margin(&life(secs(2))), Duration::from_millis(50));
}

#[test]
fn the_hard_zone_never_begins_before_the_soft_one() {
    let borders = Borders { soft: [secs(10); 3], hard: secs(60), ..Borders::default() };
    let policy = Policy { borders, ..auto() };
    assert_eq!(margins(&policy, secs(600)), (secs(10), secs(10)));
}

#[test]
fn a_life_of_a_hundred_years_is_as_good_as_any() {
    let (soft, hard) = margins(&auto(), secs(100 * 365 * DAY));
    assert_eq!((soft, hard), (secs(HOUR), secs(MINUTE)));
}
