//! The life of a token, rule by rule (`life-cycle.md`), against a scripted server and a manual clock.

mod stage;

mod life_cycle {
    mod ages;
    mod background;
    mod brought;
    mod causes;
    mod clocks;
    mod closing;
    mod forced;
    mod invalidation;
    mod legacy;
    mod limits;
    mod logout;
    mod messages;
    mod names;
    mod one_process;
    mod refresh;
    mod scaled;
    mod scopes;
    mod sharing;
    mod soft;
    mod stale;
    mod status;
    mod storms;
    mod two_factor;
    mod zones;
}
