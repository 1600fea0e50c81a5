//! The life cycle as stories: `tests/scenarios/*.json`, each played by the core on the stage, each a test of its own name.
//! `__test__/scenarios.spec.ts` has the addon play the very same ones.

mod stage;

mod scenarios {
    pub mod actors;
    pub mod answers;
    pub mod judge;
    pub mod play;
    pub mod records;
    pub mod script;
    pub mod services;
}

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use scenarios::play::Play;
use scenarios::script::Theme;

fn main() -> ExitCode {
    let themes = Theme::all();
    let trials = themes.into_iter().flat_map(|Theme { name, scenarios, .. }| {
        scenarios.into_iter().map(move |scenario| {
            Trial::test(format!("{name}: {}", scenario.name), move || {
                Play::of(&scenario).play(&scenario.steps).map_err(Failed::from)
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
