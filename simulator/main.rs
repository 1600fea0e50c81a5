//! The deterministic simulator: the real core in worlds that do their worst, each out of one seed (`docs/simulator.md`).
//!
//! `cargo run --profile simulator --no-default-features --example simulate -- --seeds 10000`

mod fleet;
mod scale;
mod seeds;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["at-scale"] {
        return fleet::report();
    }
    match seeds::Wish::read(&arguments) {
        Ok(wish) => seeds::fulfil(&wish),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
