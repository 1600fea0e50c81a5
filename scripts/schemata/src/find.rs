//! Finds what can be broken in a file: one [`Mutant`] for each line that could be otherwise and still look reasonable.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, Block, Expr, GenericArgument, UnOp};

use crate::operators::mistaken;
use crate::shape::{future_of, has_let, is_catch_all, is_for_tests, one_line, parts_of};
use crate::values;

/// Something broken.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// Counted from 1 over all files.
    pub number: u32,
    /// Below the tree.
    pub file: String,
    /// Where it is.
    pub line: usize,
    /// In which function.
    pub function: String,
    /// What is done to it.
    pub what: String,
    /// Where its text comes in.
    pub place: Place,
    /// Its text, on one line: lines keep their numbers.
    pub text: String,
}

/// Where a mutant comes into the text of its file.
#[derive(Debug, Clone)]
pub enum Place {
    /// In the place of the expression there.
    Instead(Range<usize>),
    /// A statement that leaves the function at once, here.
    Return(usize),
    /// A guard that is never met, here.
    Guard(usize),
}

/// All that can be broken in `text`.
pub fn mutants(file: &str, text: &str) -> anyhow::Result<Vec<Mutant>> {
    let mut finder = Finder { file, text, found: vec![], path: vec![] };
    finder.visit_file(&syn::parse_file(text)?);
    Ok(finder.found)
}

struct Finder<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Mutant>,
    /// The types, traits and functions that we are in.
    path: Vec<String>,
}

impl Finder<'_> {
    fn add(&mut self, span: Span, what: String, place: Place, text: impl ToTokens) {
        self.found.push(Mutant {
            number: 0,
            file: self.file.to_owned(),
            line: span.start().line,
            function: self.path.join("::"),
            what,
            place,
            text: one_line(text),
        });
    }

    /// How it is written, on one line.
    fn said(&self, it: &impl Spanned) -> String {
        self.text[it.span().byte_range()].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn instead(&mut self, expr: &Expr, span: Span, what: impl Into<String>, text: impl ToTokens) {
        self.add(span, what.into(), Place::Instead(expr.span().byte_range()), text);
    }

    fn body(&mut self, signature: &syn::Signature, block: &Block) {
        if signature.constness.is_some() || block.stmts.is_empty() {
            return;
        }
        let (block, answers) = match (values::resolved(&signature.output), block.stmts.last()) {
            // What it does at the call stays; what its future does is broken.
            (Some(answers), Some(last)) => match future_of(block, last) {
                Some(future) => (future, answers),
                None => return,
            },
            (Some(_), None) => return,
            (None, _) => (block, values::of(&signature.output)),
        };
        let at = block.brace_token.span.open().byte_range().end;
        let as_it_is = one_line(quote!(#block)).replace(' ', "");
        for answer in answers {
            let it_is_that = format!("{{{}}}", one_line(&answer).replace(' ', ""));
            if it_is_that != as_it_is {
                let what = format!("answer {} without doing anything", one_line(&answer).replace(" :: ", "::"));
                self.add(signature.ident.span(), what, Place::Return(at), quote!(return #answer;));
            }
        }
    }

    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        visit(self);
        self.path.pop();
    }

    fn condition(&mut self, condition: &Expr) {
        for part in parts_of(condition) {
            let is_said_already = matches!(part, Expr::Lit(_) | Expr::Let(_));
            if !is_said_already {
                for value in ["true", "false"] {
                    let was = self.said(part);
                    let value: TokenStream = value.parse().expect("a word");
                    self.instead(part, part.span(), format!("condition {was} is always {value}"), value);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last()).map(|last| last.ident.to_string());
        // How it looks to a person is not what this is about; and a `Default` that answers the default calls itself.
        if is_for_tests(&item.attrs) || matches!(of.as_deref(), Some("Debug" | "Display" | "Default")) {
            return;
        }
        let owner = one_line(&item.self_ty).replace(' ', "");
        self.within(owner, |inside| visit::visit_item_impl(inside, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_for_tests(&item.attrs) || item.sig.constness.is_some() {
            return;
        }
        self.within(item.sig.ident.to_string(), |inside| {
            inside.body(&item.sig, &item.block);
            visit::visit_block(inside, &item.block);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_for_tests(&item.attrs) || item.sig.constness.is_some() {
            return;
        }
        self.within(item.sig.ident.to_string(), |inside| {
            inside.body(&item.sig, &item.block);
            visit::visit_block(inside, &item.block);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let Some(block) = &item.default else { return };
        self.within(item.sig.ident.to_string(), |inside| {
            inside.body(&item.sig, block);
            visit::visit_block(inside, block);
        });
    }

    // What the compiler works out cannot be switched at run time.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_generic_argument(&mut self, _: &'ast GenericArgument) {}
    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.condition(guard);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr_match(&mut self, it: &'ast syn::ExprMatch) {
        let last = it.arms.iter().rposition(is_catch_all).unwrap_or(0);
        for arm in it.arms[..last].iter().filter(|arm| arm.guard.is_none()) {
            let pattern = self.said(&arm.pat);
            let at = arm.pat.span().byte_range().end;
            self.add(arm.pat.span(), format!("without the arm {pattern}"), Place::Guard(at), quote!(false));
        }
        visit::visit_expr_match(self, it);
    }

    fn visit_expr_if(&mut self, it: &'ast syn::ExprIf) {
        self.condition(&it.cond);
        visit::visit_expr_if(self, it);
    }

    fn visit_expr_binary(&mut self, it: &'ast syn::ExprBinary) {
        // What `let` binds is bound in a chain only.
        if !has_let(&it.left) && !has_let(&it.right) {
            let (left, right, was) = (&it.left, &it.right, one_line(it.op));
            for operator in mistaken(&it.op) {
                let whole = Expr::Binary(it.clone());
                let what = format!("{was} becomes {operator} in {}", self.said(it));
                self.instead(&whole, it.op.span(), what, quote!((#left) #operator (#right)));
            }
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_expr_unary(&mut self, it: &'ast syn::ExprUnary) {
        if matches!(it.op, UnOp::Not(_) | UnOp::Neg(_)) {
            let inner = &it.expr;
            let whole = Expr::Unary(it.clone());
            self.instead(&whole, it.op.span(), format!("without the operator of {}", self.said(it)), inner);
        }
        visit::visit_expr_unary(self, it);
    }

    fn visit_expr_struct(&mut self, it: &'ast syn::ExprStruct) {
        if it.rest.is_some() {
            for (position, field) in it.fields.iter().enumerate() {
                let mut less = it.clone();
                // Each with a comma after it: what follows is `..`, and without one that is a range.
                less.fields.clear();
                for (_, field) in it.fields.iter().enumerate().filter(|(at, _)| *at != position) {
                    less.fields.push_value(field.clone());
                    less.fields.push_punct(Default::default());
                }
                let whole = Expr::Struct(it.clone());
                let name = one_line(&field.member);
                let what = format!("without the field {name} of {}", self.said(&it.path));
                self.instead(&whole, field.span(), what, less);
            }
        }
        visit::visit_expr_struct(self, it);
    }
}
