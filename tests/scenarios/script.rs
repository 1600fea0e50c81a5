//! The form of a scenario (README.md). Whatever is not understood is an error: an expectation that is skipped proves nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Map, Value};

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    #[serde(skip)]
    pub name: String,
    #[serde(rename = "$schema")]
    _schema: String,
    #[serde(rename = "about")]
    _about: String,
    pub scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    #[serde(rename = "rule")]
    _rule: String,
    /// What a build has to have besides. The core has everything.
    #[serde(default, rename = "needs")]
    _needs: Vec<String>,
    #[serde(default)]
    pub given: Given,
    pub steps: Vec<Step>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Given {
    pub provider: Option<String>,
    /// The defaults of the drop-in, not those of the general API.
    pub drop_in: bool,
    pub options: Options,
    /// Is there a store?
    pub stored: bool,
    pub record: Option<Kept>,
    pub backup: Option<Kept>,
    /// What lies in the variable that `fallbackEnv` names.
    pub environment: Option<Tokens>,
    /// Is there somebody who knows the second factor?
    pub totp: bool,
    pub processes: BTreeMap<String, Process>,
}

/// Another one than "me".
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Process {
    /// Another manager of this very process, that is.
    pub beside_me: bool,
    pub options: Option<Options>,
    pub drop_in: bool,
    pub password: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Options {
    /// A number, or `auto`.
    pub refresh_margin_seconds: Option<Value>,
    /// `on-demand` or `background`.
    pub refresh: Option<String>,
    pub ttl_seconds: Option<f64>,
    pub timeout_ms: Option<f64>,
    pub deadline_ms: Option<f64>,
    pub serve_stale: Option<bool>,
    pub retry: Retry,
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Retry {
    pub attempts: Option<u32>,
    pub base_delay_ms: Option<f64>,
    pub max_delay_ms: Option<f64>,
}

/// Tokens that somebody provisioned, by their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tokens {
    pub token: Option<String>,
    pub refresh: Option<String>,
    #[serde(default)]
    pub expires_in_seconds: f64,
    /// Whose they are said to be, where that is not us.
    pub account: Option<String>,
}

/// A record, or a backup, as somebody left it in the store.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Kept {
    pub token: Option<String>,
    pub refresh: Option<String>,
    #[serde(default)]
    pub expires_in_seconds: f64,
    #[serde(default)]
    pub saved_seconds_ago: f64,
    /// Whose credential made it: `ours`, `another`, or `unknown` for an import.
    #[serde(default = "ours")]
    pub credential: String,
    /// How many generations after the one that lies there.
    #[serde(default = "one")]
    pub newer: i64,
    pub failure: Option<KeptFailure>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeptFailure {
    pub code: String,
    pub status: u16,
    /// How long from now on nobody tries again.
    pub for_seconds: f64,
    #[serde(default)]
    pub told: bool,
}

fn ours() -> String {
    "ours".to_owned()
}

fn one() -> i64 {
    1
}

/// What somebody does, and what comes of it.
pub struct Step {
    pub text: String,
    pub who: Option<String>,
    /// The requests that it causes, in order. None, where nothing is said.
    pub asked: Vec<String>,
    /// How many warnings are logged, where that is said.
    pub warnings: Option<usize>,
    pub action: Action,
}

#[derive(Deserialize)]
#[serde(tag = "do", deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// What the server answers next, by endpoint.
    Answer {
        #[serde(default)]
        login: OneOrMore,
        #[serde(default)]
        refresh: OneOrMore,
        #[serde(default)]
        verify: OneOrMore,
        #[serde(default)]
        revoke: OneOrMore,
    },
    /// What the server answers from here on whenever no answer is due; `up` for nothing.
    Server {
        is: Value,
    },
    /// Lets an answer go that was held.
    Release {
        gate: String,
    },
    GetToken {
        #[serde(default)]
        force: bool,
        #[serde(default = "once")]
        times: usize,
        token: Option<String>,
        error: Option<Value>,
    },
    /// Like `getToken`, and whatever comes of it is the matter of a later step.
    Ask {
        r#as: String,
        #[serde(default)]
        force: bool,
    },
    Answered {
        of: String,
        #[serde(default)]
        waiting: bool,
        token: Option<String>,
        error: Option<Value>,
    },
    Advance {
        #[serde(default)]
        seconds: f64,
        #[serde(default)]
        ms: f64,
    },
    Suspend {
        seconds: f64,
    },
    SetClock {
        seconds: f64,
    },
    Invalidate {
        token: Option<String>,
    },
    Logout {
        error: Option<Value>,
        /// Whatever comes of it comes later.
        #[serde(default)]
        later: bool,
    },
    Close {},
    Peek {
        token: Option<String>,
    },
    Status(Map<String, Value>),
    /// Somebody writes, removes or tears the record.
    Record {
        put: Option<Kept>,
        #[serde(default)]
        removed: bool,
        #[serde(default)]
        torn: bool,
    },
    /// What lies in the store.
    Stored(Map<String, Value>),
    /// What is wrong with the store: `well`, `unreadable`, `unwritable`, `stuck`, `without locks`.
    Store {
        is: String,
    },
    /// Somebody takes the lock, or lets go of it.
    Lock {
        held: bool,
    },
}

fn once() -> usize {
    1
}

/// One answer, or several in order.
#[derive(Deserialize, Default)]
#[serde(untagged)]
pub enum OneOrMore {
    #[default]
    None,
    More(Vec<Value>),
    One(Value),
}

impl OneOrMore {
    pub fn answers(&self) -> &[Value] {
        match self {
            OneOrMore::None => &[],
            OneOrMore::One(answer) => std::slice::from_ref(answer),
            OneOrMore::More(answers) => answers,
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        let text = Value::Object(members.clone()).to_string();
        let mut step = Step {
            who: take(&mut members, "who").map_err(D::Error::custom)?,
            asked: take(&mut members, "asked").map_err(D::Error::custom)?.unwrap_or_default(),
            warnings: take(&mut members, "warnings").map_err(D::Error::custom)?,
            action: Action::Close {},
            text,
        };
        members.remove("note");
        let action = serde_json::from_value(Value::Object(members));
        step.action = action.map_err(|why| D::Error::custom(format!("{why} in {}", step.text)))?;
        Ok(step)
    }
}

fn take<T: DeserializeOwned>(members: &mut Map<String, Value>, name: &str) -> serde_json::Result<Option<T>> {
    members.remove(name).map(serde_json::from_value).transpose()
}

impl Theme {
    /// All files of the folder, by name.
    pub fn all() -> Vec<Theme> {
        let folder = folder();
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let is_theme = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".json") && !["schema.json", "services.json", "rules.json"].contains(&&*name)
        };
        paths.iter().filter(|path| is_theme(path)).map(|path| Theme::read(path)).collect()
    }

    fn read(path: &Path) -> Theme {
        let text = std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let theme = serde_json::from_str::<Theme>(&text);
        let name = path.file_stem().unwrap().to_string_lossy().replace('_', " ");
        Theme { name, ..theme.unwrap_or_else(|why| panic!("{}: {why}", path.display())) }
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}
