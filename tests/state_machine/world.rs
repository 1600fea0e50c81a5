//! What may happen, and what of it excludes what else.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// What a case begins with.
#[derive(Debug, Clone)]
pub struct World {
    /// Refresh tokens work once.
    pub rotates: bool,
    /// Is there a store, and with it a sibling?
    pub stored: bool,
    /// `'auto'`, with its soft zone.
    pub auto: bool,
    /// Failures are not remembered.
    pub drop_in: bool,
    /// How long the server's tokens live, in seconds.
    pub lifetime: u64,
    /// What goes wrong with time. Both at once can hide any age from any clock.
    pub time: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// The machine sleeps, and the steady clock with it.
    Suspends,
    /// Somebody sets the wall clock.
    Steps,
}

/// How the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// Every request is rejected as such, the credentials included.
    Rejecting,
    /// No refresh token is good any more.
    Forgetful,
    Broken,
    Unreachable,
    Limiting(u64),
    /// It does what it is asked for, and says nothing.
    Silent,
    Babbling,
}

/// Who it is: the first manager, another one of its process, or another process.
pub type Who = usize;

pub const ME: Who = 0;
pub const NEIGHBOUR: Who = 1;
pub const SIBLING: Who = 2;

#[derive(Debug, Clone)]
pub enum Step {
    Ask {
        who: Who,
        force: bool,
    },
    Server(Mood),
    /// From here on every answer waits to be released.
    Hold,
    /// What was held is given, and nothing is held any more.
    Release,
    Advance {
        millis: u64,
    },
    Suspend {
        seconds: u64,
    },
    SetClock {
        seconds: i64,
    },
    /// The API refuses the token that `who` has.
    Invalidate {
        who: Who,
    },
    /// The store is read-only for a while, or well again.
    Disk {
        writable: bool,
    },
    /// A process ends, and the next one starts.
    Restart {
        who: Who,
    },
}

impl ReferenceStateMachine for World {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        let lifetime = prop_oneof![Just(100u64), Just(600), Just(3600)];
        let time = prop_oneof![Just(Time::Suspends), Just(Time::Steps)];
        (any::<[bool; 4]>(), lifetime, time)
            .prop_map(|([rotates, stored, auto, drop_in], lifetime, time)| World {
                rotates,
                // What a store says of time is said on the wall clock, which whoever sets it has changed for all.
                stored: stored && time == Time::Suspends,
                auto,
                drop_in,
                lifetime,
                time,
            })
            .boxed()
    }

    fn transitions(world: &World) -> BoxedStrategy<Step> {
        let others = if world.stored { SIBLING } else { NEIGHBOUR };
        let who = 0..=others;
        let time = match world.time {
            Time::Suspends => (1..4000u64).prop_map(|seconds| Step::Suspend { seconds }).boxed(),
            Time::Steps => (-4000..4000i64).prop_map(|seconds| Step::SetClock { seconds }).boxed(),
        };
        let mood = prop_oneof![
            4 => Just(Mood::Well),
            1 => Just(Mood::Rejecting),
            1 => Just(Mood::Forgetful),
            1 => Just(Mood::Broken),
            1 => Just(Mood::Unreachable),
            1 => prop_oneof![Just(3u64), Just(40), Just(100_000)].prop_map(Mood::Limiting),
            1 => Just(Mood::Silent),
            1 => Just(Mood::Babbling),
        ];
        let lifetime = world.lifetime;
        let advance = prop_oneof![
            2 => 1..2_000u64,
            2 => 1_000..40_000u64,
            3 => lifetime * 400..lifetime * 1_100,
        ];
        prop_oneof![
            10 => (who.clone(), prop::bool::weighted(0.2)).prop_map(|(who, force)| Step::Ask { who, force }),
            4 => mood.prop_map(Step::Server),
            1 => Just(Step::Hold),
            2 => Just(Step::Release),
            5 => advance.prop_map(|millis| Step::Advance { millis }),
            1 => time,
            1 => who.clone().prop_map(|who| Step::Invalidate { who }),
            1 => any::<bool>().prop_map(|writable| Step::Disk { writable }),
            1 => who.prop_map(|who| Step::Restart { who }),
        ]
        .boxed()
    }

    fn apply(world: World, _: &Step) -> World {
        world
    }

    /// When a sequence is cut down the world changes with it, and not everything happens in every world.
    fn preconditions(world: &World, step: &Step) -> bool {
        match *step {
            Step::Ask { who, .. } | Step::Invalidate { who } | Step::Restart { who } => who != SIBLING || world.stored,
            Step::Suspend { .. } => world.time == Time::Suspends,
            Step::SetClock { .. } => world.time == Time::Steps,
            Step::Server(_) | Step::Hold | Step::Release | Step::Advance { .. } | Step::Disk { .. } => true,
        }
    }
}
