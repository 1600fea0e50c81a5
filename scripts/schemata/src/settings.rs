//! What has to notice a mutant: `.cargo/mutants.toml`, which cargo-mutants reads as well.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// As much of that file as is ours.
#[derive(Deserialize)]
pub struct Settings {
    /// Which files are broken.
    pub examine_globs: Vec<String>,
    /// Which tests are built, and with what.
    pub additional_cargo_args: Vec<String>,
    /// How they are built.
    pub profile: String,
    /// How many times as long as without a mutant the tests may take,
    pub timeout_multiplier: f64,
    /// and how many seconds they may take whatever they take without one.
    pub minimum_test_timeout: f64,
}

impl Settings {
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let path = root.join(".cargo/mutants.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not what is expected", path.display()))
    }
}
