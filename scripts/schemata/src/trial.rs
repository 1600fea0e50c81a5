//! Runs the tests with one mutant alive.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use wait_timeout::ChildExt;

use crate::build::Binary;

/// What became of a mutant, and through which tests.
pub enum Verdict {
    Caught(String),
    TimedOut(String),
    Survived,
}

/// The tests, those that are done soonest first, and how long each takes without a mutant.
pub struct Trial {
    steps: Vec<(Binary, Duration)>,
    multiplier: f64,
    least: Duration,
}

impl Trial {
    /// Runs everything once without a mutant.
    pub fn rehearse(binaries: Vec<Binary>, tree: &Path, multiplier: f64, least: Duration) -> anyhow::Result<Self> {
        let mut steps = vec![];
        for binary in binaries {
            let started = Instant::now();
            let passed = run(&binary, tree, 0, None, false)?;
            anyhow::ensure!(passed == Some(true), "{} fails without any mutant", binary.name);
            steps.push((binary, started.elapsed()));
        }
        steps.sort_by_key(|(_, took)| *took);
        for (binary, took) in &steps {
            println!("{}: {:.2} s without a mutant", binary.name, took.as_secs_f64());
        }
        Ok(Self { steps, multiplier, least })
    }

    /// Until the first that notices.
    pub fn of(&self, mutant: u32, tree: &Path, aloud: bool) -> anyhow::Result<Verdict> {
        for (binary, took) in &self.steps {
            let limit = took.mul_f64(self.multiplier).max(self.least);
            match run(binary, tree, mutant, Some(limit), aloud)? {
                Some(true) => {}
                Some(false) => return Ok(Verdict::Caught(binary.name.clone())),
                None => return Ok(Verdict::TimedOut(binary.name.clone())),
            }
        }
        Ok(Verdict::Survived)
    }
}

/// Did the tests pass? `None`: they did not end.
fn run(
    binary: &Binary,
    tree: &Path,
    mutant: u32,
    limit: Option<Duration>,
    aloud: bool,
) -> anyhow::Result<Option<bool>> {
    let output = || if aloud { Stdio::inherit() } else { Stdio::null() };
    let mut child = Command::new(&binary.path)
        .current_dir(tree)
        .env("CARGO_MANIFEST_DIR", tree)
        .env("SCHEMATA_MUTANT", mutant.to_string())
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
        // With whatever it starts.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", binary.path.display()))?;
    let Some(limit) = limit else { return Ok(Some(child.wait()?.success())) };
    let status = child.wait_timeout(limit)?;
    if status.is_none() {
        kill_process_group(Pid::from_child(&child), Signal::KILL)?;
        child.wait()?;
    }
    Ok(status.map(|status| status.success()))
}
