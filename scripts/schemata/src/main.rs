//! Mutants of the rules of renewal, all in one build, each behind a switch (docs/mutants.md). What cargo-mutants does in a build
//! for each, this does in a run of the tests for each.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::process::{Resource, Rlimit, nice, setrlimit};

use crate::arguments::Arguments;
use crate::find::Mutant;
use crate::settings::Settings;
use crate::tree::{Tree, title};
use crate::trial::{Trial, Verdict};

mod arguments;
mod build;
mod find;
mod operators;
mod report;
mod settings;
mod shape;
mod stillborn;
mod tree;
mod trial;
mod values;
mod weave;

/// More than this is a mutant that does not know when to stop.
const MEMORY: u64 = 4 << 30;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read(env::args_os())?;
    nice(10).context("cannot be nice")?;
    let project = PathBuf::from(env::var_os("SCHEMATA_PROJECT").context("SCHEMATA_PROJECT says where the project is")?);
    let settings = Settings::read(&project)?;
    let place = project.join("target/schemata");
    let mut tree = Tree::plant(&project, place.join("tree"), &settings.examine_globs)?;
    ensure!(tree.mutants.iter().any(|mutant| arguments.wants(mutant)), "no mutant is of what --file and --mutant name");
    if arguments.list {
        tree.mutants.iter().filter(|mutant| arguments.wants(mutant)).for_each(|mutant| println!("{}", title(mutant)));
        return Ok(());
    }
    let began = Instant::now();
    let known = place.join("stillborn.json");
    tree.stillborn = stillborn::recall(&known, &tree.mutants);
    let binaries = build::build(&project, &mut tree, &settings, &place.join("build"))?;
    stillborn::remember(&known, &tree.mutants, &tree.stillborn)?;
    println!("built in {} s", began.elapsed().as_secs());
    // What runs for minutes is in nobody's way.
    nice(5).context("cannot be nicer")?;
    setrlimit(Resource::As, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) })?;
    let least = Duration::from_secs_f64(settings.minimum_test_timeout);
    let trial = Trial::rehearse(binaries, &tree.root, settings.timeout_multiplier, least)?;
    let aloud = arguments.mutant.is_some();
    let chosen: Vec<&Mutant> = tree.mutants.iter().filter(|mutant| arguments.wants(mutant)).collect();
    if aloud {
        chosen.iter().for_each(|mutant| println!("{}", tree.difference(mutant)));
    }
    let verdicts = judge(&tree, &trial, &chosen, aloud)?;
    let survived = report::report(&tree, &chosen, &verdicts, began.elapsed());
    fs::write(place.join("result.json"), report::json(&tree, &chosen, &verdicts)?)?;
    std::process::exit(i32::from(survived > 0))
}

/// Two at a time.
fn judge(tree: &Tree, trial: &Trial, chosen: &[&Mutant], aloud: bool) -> anyhow::Result<BTreeMap<u32, Verdict>> {
    let queue = Mutex::new(chosen.iter().filter(|mutant| !tree.stillborn.contains(&mutant.number)));
    let verdicts = Mutex::new(BTreeMap::new());
    let work = || -> anyhow::Result<()> {
        loop {
            let Some(mutant) = queue.lock().expect("nobody panics").next() else { return Ok(()) };
            let verdict = trial.of(mutant.number, &tree.root, aloud)?;
            match &verdict {
                Verdict::Survived => println!("survived   {}", title(mutant)),
                Verdict::TimedOut(tests) => println!("timed out  {} ({tests})", title(mutant)),
                Verdict::Caught(tests) if aloud => println!("caught     {} ({tests})", title(mutant)),
                Verdict::Caught(_) => {}
            }
            verdicts.lock().expect("nobody panics").insert(mutant.number, verdict);
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(work);
        work()?;
        other.join().expect("nobody panics")
    })?;
    Ok(verdicts.into_inner().expect("nobody panics"))
}
