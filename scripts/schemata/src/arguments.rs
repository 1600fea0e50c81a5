//! Which mutants are meant.

use std::ffi::OsString;

use glob::Pattern;
use lexopt::{Arg, Parser, ValueExt};

use crate::find::Mutant;

#[derive(Default)]
pub struct Arguments {
    /// Only those in these files.
    files: Vec<Pattern>,
    /// Only this one.
    pub mutant: Option<u32>,
    /// Does nothing but name them.
    pub list: bool,
}

impl Arguments {
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let mut read = Self::default();
        let mut parser = Parser::from_iter(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('f') | Arg::Long("file") => read.files.push(Pattern::new(&parser.value()?.string()?)?),
                Arg::Short('m') | Arg::Long("mutant") => read.mutant = Some(parser.value()?.parse()?),
                Arg::Long("list") => read.list = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(read)
    }

    pub fn wants(&self, mutant: &Mutant) -> bool {
        let is_in_file = self.files.is_empty() || self.files.iter().any(|file| file.matches(&mutant.file));
        is_in_file && self.mutant.is_none_or(|number| number == mutant.number)
    }
}
