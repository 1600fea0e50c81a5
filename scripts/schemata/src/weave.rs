//! Weaves mutants into the text of their file, each behind its switch. Nothing is more than a line: all lines keep their numbers.

use std::ops::Range;

use crate::find::{Mutant, Place};

/// A file with its mutants in it.
pub struct Woven {
    /// What is compiled.
    pub text: String,
    /// Where in it what was woven in is, by the numbers of the mutants.
    pub seams: Vec<(Range<usize>, u32)>,
    /// The choice between an expression and all its mutants.
    pub choices: Vec<(Range<usize>, Vec<u32>)>,
}

/// The switch of a mutant.
fn on(number: u32) -> String {
    format!("crate::mutant({number})")
}

struct Choice<'a> {
    range: Range<usize>,
    mutants: Vec<&'a Mutant>,
}

/// What happens at one place of the text.
enum Stitch<'a> {
    Close(usize),
    Insert(&'a Mutant),
    Open(usize),
}

/// Weaves `mutants` into `text`.
pub fn weave(text: &str, mutants: &[&Mutant]) -> Woven {
    let mut choices: Vec<Choice<'_>> = vec![];
    for mutant in mutants {
        if let Place::Instead(range) = &mutant.place {
            match choices.iter_mut().find(|choice| choice.range == *range) {
                Some(choice) => choice.mutants.push(mutant),
                None => choices.push(Choice { range: range.clone(), mutants: vec![mutant] }),
            }
        }
    }
    // At one place what is within closes first, then what is inserted, then what is outside opens.
    let mut stitches: Vec<((usize, u8, usize), Stitch<'_>)> = vec![];
    for (at, Choice { range, .. }) in choices.iter().enumerate() {
        stitches.push(((range.start, 2, usize::MAX - range.end), Stitch::Open(at)));
        stitches.push(((range.end, 0, usize::MAX - range.start), Stitch::Close(at)));
    }
    for (position, mutant) in mutants.iter().enumerate() {
        if let Place::Return(at) | Place::Guard(at) = mutant.place {
            stitches.push(((at, 1, position), Stitch::Insert(mutant)));
        }
    }
    stitches.sort_by_key(|(key, _)| *key);

    let mut woven = Woven { text: String::new(), seams: vec![], choices: vec![] };
    let mut opened = vec![0; choices.len()];
    let mut done = 0;
    for ((at, ..), stitch) in stitches {
        woven.text.push_str(&text[done..at]);
        done = at;
        match stitch {
            Stitch::Open(choice) => {
                opened[choice] = woven.text.len();
                woven.text.push('(');
                for mutant in &choices[choice].mutants {
                    woven.seam(mutant.number, &format!("if {} {{ {} }} else ", on(mutant.number), mutant.text));
                }
                woven.text.push_str("{ ");
            }
            Stitch::Close(choice) => {
                woven.text.push_str(" })");
                let numbers = choices[choice].mutants.iter().map(|mutant| mutant.number).collect();
                woven.choices.push((opened[choice]..woven.text.len(), numbers));
            }
            Stitch::Insert(mutant) => match mutant.place {
                Place::Guard(_) => woven.seam(mutant.number, &format!(" if !{}", on(mutant.number))),
                _ => woven.seam(mutant.number, &format!(" if {} {{ {} }}", on(mutant.number), mutant.text)),
            },
        }
    }
    woven.text.push_str(&text[done..]);
    woven
}

impl Woven {
    fn seam(&mut self, number: u32, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.seams.push((start..self.text.len(), number));
    }

    /// Which mutants an error at `spans` is the fault of: those whose own text it is in, else those of the innermost choice.
    pub fn to_blame(&self, spans: &[Range<usize>]) -> Vec<u32> {
        let within = |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
        let own: Vec<u32> = (self.seams.iter())
            .filter(|(seam, _)| spans.iter().any(|span| within(seam, span)))
            .map(|(_, number)| *number)
            .collect();
        if !own.is_empty() {
            return own;
        }
        let around = self.choices.iter().filter(|(choice, _)| spans.iter().any(|span| within(choice, span)));
        around.min_by_key(|(choice, _)| choice.len()).map(|(_, numbers)| numbers.clone()).unwrap_or_default()
    }
}
