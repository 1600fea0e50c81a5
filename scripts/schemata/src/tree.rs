//! A second tree beside the project's: its sources with the mutants in them, and links to all the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::find::{Mutant, mutants};
use crate::weave::{Woven, weave};

/// The switch, at the end of the crate's root.
const SWITCH: &str = "
/// Is this the mutant that lives?
pub(crate) fn mutant(number: u32) -> bool {
    static LIVING: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        std::env::var(\"SCHEMATA_MUTANT\").map_or(0, |number| number.parse().expect(\"a mutant's number\"))
    });
    *LIVING == number
}
";

pub struct Tree {
    /// Where it is.
    pub root: PathBuf,
    /// All that there are, whether they compile or not.
    pub mutants: Vec<Mutant>,
    /// Those that do not.
    pub stillborn: BTreeSet<u32>,
    /// The texts of the files that are broken, as they are in the project.
    sources: BTreeMap<String, String>,
    woven: BTreeMap<String, Woven>,
}

impl Tree {
    /// Of the project at `project`, with what `globs` name broken.
    pub fn plant(project: &Path, root: PathBuf, globs: &[String]) -> anyhow::Result<Self> {
        let mut tree = Self {
            root,
            mutants: vec![],
            stillborn: BTreeSet::new(),
            sources: BTreeMap::new(),
            woven: BTreeMap::new(),
        };
        tree.copy(project)?;
        for pattern in globs {
            let before = tree.sources.len();
            for path in glob::glob(&project.join(pattern).to_string_lossy())? {
                let path = path?;
                let file = path.strip_prefix(project)?.to_string_lossy().into_owned();
                tree.sources.insert(file, fs::read_to_string(&path)?);
            }
            if tree.sources.len() == before {
                bail!("no new file matches {pattern}");
            }
        }
        for (file, text) in &tree.sources {
            tree.mutants.extend(mutants(file, text).with_context(|| format!("cannot read {file}"))?);
        }
        for (number, mutant) in (1..).zip(&mut tree.mutants) {
            mutant.number = number;
        }
        Ok(tree)
    }

    /// The sources anew, links to all that is beside them; what is no longer there goes.
    fn copy(&self, project: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(&self.root)?;
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if path.is_symlink() {
                fs::remove_file(path)?;
            }
        }
        for entry in fs::read_dir(project)? {
            let entry = entry?;
            let name = entry.file_name();
            // Cargo's own settings are read from further up anyway.
            if !matches!(name.to_str(), Some("src" | "target" | ".git" | ".cargo")) {
                symlink(entry.path(), self.root.join(name))?;
            }
        }
        let mut kept = BTreeSet::new();
        for path in glob::glob(&project.join("src/**/*").to_string_lossy())? {
            let path = path?;
            let copy = self.root.join(path.strip_prefix(project)?);
            if path.is_dir() {
                fs::create_dir_all(&copy)?;
            } else {
                fs::create_dir_all(copy.parent().context("a file is in a folder")?)?;
                // Those with mutants are written when they are woven.
                if !copy.exists() {
                    fs::copy(&path, &copy)?;
                }
                kept.insert(copy);
            }
        }
        for path in glob::glob(&self.root.join("src/**/*").to_string_lossy())? {
            let path = path?;
            if path.is_file() && !kept.contains(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Writes the sources, with all mutants that may compile.
    pub fn weave(&mut self, project: &Path) -> anyhow::Result<()> {
        for path in glob::glob(&project.join("src/**/*.rs").to_string_lossy())? {
            let path = path?;
            let file = path.strip_prefix(project)?.to_string_lossy().into_owned();
            let mut text = match self.sources.get(&file) {
                Some(text) => text.clone(),
                None => fs::read_to_string(&path)?,
            };
            let alive: Vec<&Mutant> = (self.mutants.iter())
                .filter(|mutant| mutant.file == file && !self.stillborn.contains(&mutant.number))
                .collect();
            if !alive.is_empty() {
                let woven = weave(&text, &alive);
                text = woven.text.clone();
                self.woven.insert(file.clone(), woven);
            }
            if file == "src/lib.rs" {
                text.push_str(SWITCH);
            }
            // What has not changed is not compiled again.
            let copy = self.root.join(&file);
            if fs::read_to_string(&copy).ok().as_deref() != Some(&text) {
                fs::write(copy, text)?;
            }
        }
        Ok(())
    }

    /// The mutants that an error at these places of `file` is the fault of.
    pub fn to_blame(&self, file: &str, spans: &[Range<usize>]) -> Vec<u32> {
        self.woven.get(file).map(|woven| woven.to_blame(spans)).unwrap_or_default()
    }

    /// What `mutant` changes, for a person.
    pub fn difference(&self, mutant: &Mutant) -> String {
        let before = self.sources[&mutant.file].lines().nth(mutant.line - 1).unwrap_or_default();
        format!("{}\n- {}\n+ {}", title(mutant), before.trim(), mutant.text)
    }
}

/// A mutant in a line.
pub fn title(mutant: &Mutant) -> String {
    format!("{}:{} #{} {}: {}", mutant.file, mutant.line, mutant.number, mutant.function, mutant.what)
}
