//! Many seeds, or one with everything that happens in it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::world::{self, Count, Report};

const USAGE: &str = "simulate [--seeds <how many>] [--from <first>] [--survey 1] | --replay <seed>";

/// What somebody wants to see.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    from: u64,
    seeds: u64,
    replay: Option<u64>,
    /// Goes on after a failure, and says of each kind how often it was.
    survey: bool,
}

impl Wish {
    pub fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wish = Self { from: 1, seeds: 10_000, replay: None, survey: false };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let number = rest.next().and_then(|text| text.parse().ok());
            let number = number.ok_or_else(|| format!("{name} needs a number\n{USAGE}"))?;
            match name.as_str() {
                "--from" => wish.from = number,
                "--seeds" => wish.seeds = number,
                "--survey" => wish.survey = number > 0,
                "--replay" => wish.replay = Some(number),
                _ => return Err(format!("there is no {name}\n{USAGE}")),
            }
        }
        Ok(wish)
    }
}

pub fn fulfil(wish: &Wish) -> ExitCode {
    match wish.replay {
        Some(seed) => replay(seed),
        None => search(wish),
    }
}

fn replay(seed: u64) -> ExitCode {
    let report = world::play(seed, true);
    report.trace.iter().for_each(|line| println!("{line}"));
    println!("{:?}, {} steps", report.count, report.steps);
    match report.verdict {
        Some(verdict) => {
            println!("seed {seed}: {verdict}");
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed}: everything held");
            ExitCode::SUCCESS
        }
    }
}

/// What many worlds came to.
#[derive(Default)]
struct Sum {
    count: Count,
    steps: u64,
    slowest: u64,
    /// The failing seed with the smallest number.
    failed: Option<(u64, String)>,
    /// Of each kind of sentence how often it was said, and the first seed.
    kinds: BTreeMap<String, (u64, u64)>,
}

/// The word without what is different in each world.
fn kind_of(word: &str) -> String {
    if word.contains('/') {
        return "somebody".to_owned();
    }
    let mut kind: Vec<char> = word.chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }).collect();
    kind.dedup_by(|one, other| *one == '#' && *other == '#');
    kind.into_iter().collect()
}

impl Sum {
    fn add(&mut self, seed: u64, report: Report) {
        self.count.add(&report.count);
        self.steps += report.steps;
        self.slowest = self.slowest.max(report.recovery);
        if let Some(verdict) = &report.verdict {
            let kind = verdict.split(' ').map(kind_of).collect::<Vec<_>>().join(" ");
            let (times, first) = self.kinds.entry(kind).or_insert((0, seed));
            (*times, *first) = (*times + 1, seed.min(*first));
        }
        if let Some(verdict) = report.verdict
            && self.failed.as_ref().is_none_or(|(known, _)| seed < *known)
        {
            self.failed = Some((seed, verdict));
        }
    }
}

fn search(wish: &Wish) -> ExitCode {
    let started = Instant::now();
    let sum = Mutex::new(Sum::default());
    let (next, stop) = (AtomicU64::new(wish.from), AtomicBool::new(false));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= wish.from + wish.seeds {
                        return;
                    }
                    let report = world::play(seed, false);
                    // Those with smaller numbers are under way: they still count.
                    stop.fetch_or(report.verdict.is_some() && !wish.survey, Ordering::Relaxed);
                    sum.lock().unwrap().add(seed, report);
                }
            });
        }
    });
    let Sum { count, steps, slowest, failed, kinds } = sum.into_inner().unwrap();
    println!("{count}\n{steps} steps, everybody served at most {slowest} ms after the last fault");
    let seconds = started.elapsed().as_secs_f64();
    if wish.survey {
        kinds.iter().for_each(|(kind, (times, first))| println!("{times:>6} times, first with seed {first}: {kind}"));
        return ExitCode::from(u8::from(failed.is_some()));
    }
    match failed {
        Some((seed, verdict)) => {
            println!("seed {seed} failed after {seconds:.1} s: {verdict}");
            println!("again, with all that happens: npm run simulate:replay -- {seed}");
            let trace = world::play(seed, true).trace;
            trace.iter().skip(trace.len().saturating_sub(60)).for_each(|line| println!("{line}"));
            ExitCode::FAILURE
        }
        None => {
            println!("{} seeds held in {seconds:.1} s", wish.seeds);
            ExitCode::SUCCESS
        }
    }
}
