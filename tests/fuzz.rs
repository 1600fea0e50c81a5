//! The fuzz targets on stable Rust: the corpus as it stands, then mutations of it for a while, the same ones in every run.
//! `TOKENKEEP_FUZZ_SECONDS` says for how long (8 each by default); `cargo +nightly fuzz run record` goes on from there.

#[path = "../fuzz/promises.rs"]
mod promises;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that parsers have opinions about.
const TELLING: [&[u8]; 12] = [
    b"{",
    b"}",
    b"\"",
    b"\\u0000",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"[",
    b"=",
    b"\xff",
    b"9999-12-31T23:59:60Z",
];

/// xorshift64: the same numbers in every run, so that a failure can be run again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).expect("it is below a usize")
    }

    fn mutate(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(input.len() + 1);
            match self.below(6) {
                0 if at < input.len() => input[at] ^= 1 << self.below(8),
                1 if at < input.len() => drop(input.remove(at)),
                2 => input.truncate(at),
                3 => drop(input.splice(at..at, TELLING[self.below(TELLING.len())].iter().copied())),
                4 => {
                    let from = self.below(other.len() + 1);
                    let to = from + self.below(other.len() - from + 1);
                    drop(input.splice(at..at, other[from..to].iter().copied()));
                }
                _ => input.insert(at, self.below(256) as u8),
            }
        }
        input.truncate(1 << 14);
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).expect("the corpus is in the repository").flatten().collect();
    files.sort_by_key(|file| file.file_name());
    files.iter().map(|file| fs::read(file.path()).expect("a file of the corpus can be read")).collect()
}

fn fuzz(target: &str, promise: fn(&[u8])) {
    let hold = |input: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| promise(input))).is_err() {
            panic!("{target} breaks its promise on {:?}", String::from_utf8_lossy(input));
        }
    };
    let corpus = corpus(target);
    corpus.iter().for_each(|input| hold(input));
    let seconds = std::env::var("TOKENKEEP_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut numbers = Numbers(0x7072_6f6d_6973_6573);
    let mut runs = 0_u64;
    while Instant::now() < end {
        let mut input = corpus[numbers.below(corpus.len())].clone();
        let other = &corpus[numbers.below(corpus.len())];
        numbers.mutate(&mut input, other);
        hold(&input);
        runs += 1;
    }
    println!("{target}: {runs} mutations of {} inputs", corpus.len());
}

#[test]
fn a_record_of_any_kind_does_no_harm() {
    fuzz("record", promises::record);
}

#[test]
fn a_sealed_record_of_any_kind_does_no_harm() {
    fuzz("sealed", promises::sealed);
}

#[test]
fn provisioned_tokens_of_any_kind_do_no_harm() {
    fuzz("provisioned", promises::provisioned);
}

#[test]
fn claims_of_any_kind_do_no_harm() {
    fuzz("claims", promises::claims);
}
