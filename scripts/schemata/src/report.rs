//! What came of it: a table for people, and a file for machines.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::find::Mutant;
use crate::tree::Tree;
use crate::trial::Verdict;

#[derive(Default)]
struct Count {
    all: usize,
    stillborn: usize,
    caught: usize,
    timed_out: usize,
    survived: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    number: u32,
    file: &'a str,
    line: usize,
    function: &'a str,
    what: &'a str,
    verdict: &'static str,
    by: Option<&'a str>,
}

/// Prints the figures. Answers how many have survived.
pub fn report(tree: &Tree, chosen: &[&Mutant], verdicts: &BTreeMap<u32, Verdict>, took: Duration) -> usize {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for mutant in chosen {
        for key in [mutant.file.as_str(), "together"] {
            let count = counts.entry(key).or_default();
            count.all += 1;
            match verdict(tree, verdicts, mutant).0 {
                "caught" => count.caught += 1,
                "timed out" => count.timed_out += 1,
                "survived" => count.survived += 1,
                _ => count.stillborn += 1,
            }
        }
    }
    println!("| file | mutants | do not compile | caught | timed out | survived |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (file, count) in &counts {
        let Count { all, stillborn, caught, timed_out, survived } = count;
        println!("| `{file}` | {all} | {stillborn} | {caught} | {timed_out} | {survived} |");
    }
    println!("{} s, the build included", took.as_secs());
    counts.get("together").map_or(0, |count| count.survived)
}

/// The same, one by one.
pub fn json(tree: &Tree, chosen: &[&Mutant], verdicts: &BTreeMap<u32, Verdict>) -> serde_json::Result<String> {
    let lines: Vec<Line<'_>> = (chosen.iter())
        .map(|mutant| {
            let (verdict, by) = verdict(tree, verdicts, mutant);
            let Mutant { number, file, line, function, what, .. } = mutant;
            Line { number: *number, file, line: *line, function, what, verdict, by }
        })
        .collect();
    serde_json::to_string_pretty(&lines)
}

fn verdict<'a>(tree: &Tree, verdicts: &'a BTreeMap<u32, Verdict>, mutant: &Mutant) -> (&'static str, Option<&'a str>) {
    match verdicts.get(&mutant.number) {
        Some(Verdict::Caught(by)) => ("caught", Some(by)),
        Some(Verdict::TimedOut(by)) => ("timed out", Some(by)),
        Some(Verdict::Survived) => ("survived", None),
        None if tree.stillborn.contains(&mutant.number) => ("does not compile", None),
        None => ("not tried", None),
    }
}
