//! Whatever happens, in whatever order: the promises of the life cycle that hold after every step. Sequences that break one are cut
//! down to the shortest that does.

mod stage;

mod state_machine {
    mod house;
    mod ledger;
    mod server;
    mod world;

    use proptest::test_runner::Config;
    use proptest_state_machine::prop_state_machine;

    use self::house::House;

    prop_state_machine! {
        #![proptest_config(Config { cases: cases(), failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() })]

        #[test]
        fn the_promises_hold_after_every_step_whatever_happens(sequential 1..60 => House);
    }

    /// Some five seconds; more on demand.
    fn cases() -> u32 {
        std::env::var("TOKENKEEP_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
    }
}
