//! Builds the tests with all mutants in them. Those that do not compile are left out, round by round.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;
use serde::Deserialize;

use crate::settings::Settings;
use crate::tree::Tree;

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Said {
    CompilerMessage {
        message: Message,
    },
    CompilerArtifact {
        target: Target,
        executable: Option<PathBuf>,
        profile: Profile,
    },
    #[serde(other)]
    Else,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    rendered: Option<String>,
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Message>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
}

/// The tests of a tree.
pub struct Binary {
    pub name: String,
    pub path: PathBuf,
}

/// Builds until it compiles.
pub fn build(project: &Path, tree: &mut Tree, settings: &Settings, target: &Path) -> anyhow::Result<Vec<Binary>> {
    loop {
        tree.weave(project)?;
        let output = Command::new("cargo")
            .args(["test", "--no-run", "--message-format=json", "--profile", &settings.profile])
            .args(&settings.additional_cargo_args)
            .current_dir(&tree.root)
            .env("CARGO_TARGET_DIR", target)
            .stderr(Stdio::inherit())
            .output()?;
        let said: Vec<Said> = (String::from_utf8(output.stdout)?.lines())
            .filter(|line| line.starts_with('{'))
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        if output.status.success() {
            return Ok(said.into_iter().filter_map(binary).collect());
        }
        let before = tree.stillborn.len();
        let mut unexplained = vec![];
        for message in said.iter().filter_map(error) {
            let blamed = blame(tree, message);
            if blamed.is_empty() {
                unexplained.extend(message.rendered.clone());
            }
            tree.stillborn.extend(blamed);
        }
        let new = tree.stillborn.len() - before;
        println!("{new} mutants do not compile: once more without them");
        if new == 0 {
            bail!("this is no mutant's fault:\n{}", unexplained.join("\n"));
        }
    }
}

fn binary(said: Said) -> Option<Binary> {
    match said {
        Said::CompilerArtifact { target, executable: Some(path), profile: Profile { test: true } } => {
            Some(Binary { name: target.name, path })
        }
        _ => None,
    }
}

fn error(said: &Said) -> Option<&Message> {
    match said {
        Said::CompilerMessage { message } if message.level == "error" => Some(message),
        _ => None,
    }
}

fn blame(tree: &Tree, message: &Message) -> BTreeSet<u32> {
    let mut places: BTreeMap<&str, Vec<Range<usize>>> = BTreeMap::new();
    for span in message.children.iter().flat_map(|child| &child.spans).chain(&message.spans) {
        places.entry(&span.file_name).or_default().push(span.byte_start..span.byte_end);
    }
    places.iter().flat_map(|(file, spans)| tree.to_blame(file, spans)).collect()
}
