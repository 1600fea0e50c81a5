//! Which mutants do not compile, remembered for as long as there are the same ones: to find them costs a few builds.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::find::Mutant;
use crate::tree::title;

#[derive(Serialize, Deserialize)]
struct Known {
    of: u64,
    numbers: BTreeSet<u32>,
}

fn mark(mutants: &[Mutant]) -> u64 {
    let mut sum = DefaultHasher::new();
    for mutant in mutants {
        (title(mutant), &mutant.text).hash(&mut sum);
    }
    sum.finish()
}

/// Those of these mutants that did not compile the last time. What has begun not to since is found by the build.
pub fn recall(place: &Path, mutants: &[Mutant]) -> BTreeSet<u32> {
    let known = fs::read_to_string(place).ok().and_then(|text| serde_json::from_str::<Known>(&text).ok());
    known.filter(|known| known.of == mark(mutants)).map(|known| known.numbers).unwrap_or_default()
}

pub fn remember(place: &Path, mutants: &[Mutant], numbers: &BTreeSet<u32>) -> anyhow::Result<()> {
    let known = Known { of: mark(mutants), numbers: numbers.clone() };
    Ok(fs::write(place, serde_json::to_string(&known)?)?)
}
