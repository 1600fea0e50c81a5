//! Many seeds, or one with everything that happens in it.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::world::{self, Count, Report};

const USAGE: &str = "simulate [--seeds <how many>] [--from <first>] | --replay <seed>";

/// What somebody wants to see.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    from: u64,
    seeds: u64,
    replay: Option<u64>,
}

impl Wish {
    pub fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wish = Self { from: 1, seeds: 10_000, replay: None };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let number = rest.next().and_then(|text| text.parse().ok());
            let number = number.ok_or_else(|| format!("{name} needs a number\n{USAGE}"))?;
            match name.as_str() {
                "--from" => wish.from = number,
                "--seeds" => wish.seeds = number,
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
}

impl Sum {
    fn add(&mut self, seed: u64, report: Report) {
        self.count.add(&report.count);
        self.steps += report.steps;
        self.slowest = self.slowest.max(report.recovery);
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
                    stop.fetch_or(report.verdict.is_some(), Ordering::Relaxed);
                    sum.lock().unwrap().add(seed, report);
                }
            });
        }
    });
    let Sum { count, steps, slowest, failed } = sum.into_inner().unwrap();
    println!("{count}\n{steps} steps, everybody served at most {slowest} ms after the last fault");
    let seconds = started.elapsed().as_secs_f64();
    match failed {
        Some((seed, verdict)) => {
            println!("seed {seed} failed after {seconds:.1} s: {verdict}");
            println!("again, with all that happens: npm run simulate -- --replay {seed}");
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
