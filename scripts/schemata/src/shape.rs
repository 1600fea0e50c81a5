//! What a piece of code looks like, as far as it matters to whoever breaks it.

use quote::ToTokens;
use syn::{Arm, Attribute, BinOp, Block, Expr, Pat, Stmt};

/// Of a chain with `let` in it what is no `let`; else the whole.
pub fn parts_of(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::Binary(chain) if matches!(chain.op, BinOp::And(_)) && has_let(condition) => {
            [parts_of(&chain.left), parts_of(&chain.right)].concat()
        }
        Expr::Let(_) => vec![],
        part => vec![part],
    }
}

/// Does it bind anything?
pub fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// The block of the future that a function ends in: `async move { … }`, by itself, under a name, or in a tuple.
pub fn future_of<'a>(block: &'a Block, last: &'a Stmt) -> Option<&'a Block> {
    let Stmt::Expr(last, None) = last else { return None };
    let named = |name: &syn::Ident| {
        block.stmts.iter().find_map(|statement| match statement {
            Stmt::Local(local) if matches!(&local.pat, Pat::Ident(it) if it.ident == *name) => {
                in_future(&local.init.as_ref()?.expr)
            }
            _ => None,
        })
    };
    let of = |expr: &'a Expr| match expr {
        Expr::Path(path) => path.path.get_ident().and_then(named),
        expr => in_future(expr),
    };
    match last {
        Expr::Tuple(tuple) => tuple.elems.iter().find_map(of),
        expr => of(expr),
    }
}

fn in_future(expr: &Expr) -> Option<&Block> {
    match expr {
        Expr::Async(future) => Some(&future.block),
        _ => None,
    }
}

/// As tokens, on one line.
pub fn one_line(text: impl ToTokens) -> String {
    text.to_token_stream().to_string().replace('\n', " ")
}

/// Is it compiled for tests alone?
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let meta = one_line(&attribute.meta).replace(' ', "");
        attribute.path().is_ident("test") || ["cfg(test)", "cfg(feature=\"loom\")"].contains(&meta.as_str())
    })
}

/// Does it take whatever is left?
pub fn is_catch_all(arm: &Arm) -> bool {
    arm.guard.is_none()
        && matches!(&arm.pat, Pat::Wild(_) | Pat::Ident(syn::PatIdent { subpat: None, .. }))
        && !is_constant(&arm.pat)
}

/// `None`, for one, is no name that a value is bound to.
fn is_constant(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(name) if name.ident.to_string().starts_with(char::is_uppercase))
}
