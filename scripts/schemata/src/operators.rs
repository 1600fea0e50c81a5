//! Operators, and what they are mistaken for.

use proc_macro2::TokenStream;
use quote::quote;
use syn::BinOp;

/// What an operator is mistaken for.
pub fn mistaken(operator: &BinOp) -> Vec<TokenStream> {
    match operator {
        BinOp::Eq(_) => vec![quote!(!=)],
        BinOp::Ne(_) => vec![quote!(==)],
        BinOp::Lt(_) => vec![quote!(<=), quote!(>), quote!(==)],
        BinOp::Le(_) => vec![quote!(<), quote!(>)],
        BinOp::Gt(_) => vec![quote!(>=), quote!(<), quote!(==)],
        BinOp::Ge(_) => vec![quote!(>), quote!(<)],
        BinOp::And(_) => vec![quote!(||)],
        BinOp::Or(_) => vec![quote!(&&)],
        BinOp::Add(_) => vec![quote!(-), quote!(*)],
        BinOp::Sub(_) => vec![quote!(+), quote!(/)],
        BinOp::Mul(_) => vec![quote!(+), quote!(/)],
        BinOp::Div(_) => vec![quote!(*), quote!(%)],
        BinOp::Rem(_) => vec![quote!(/), quote!(+)],
        BinOp::AddAssign(_) => vec![quote!(-=), quote!(*=)],
        BinOp::SubAssign(_) => vec![quote!(+=), quote!(/=)],
        BinOp::MulAssign(_) => vec![quote!(+=), quote!(/=)],
        BinOp::DivAssign(_) => vec![quote!(*=), quote!(%=)],
        BinOp::BitAnd(_) => vec![quote!(|), quote!(^)],
        BinOp::BitOr(_) => vec![quote!(&), quote!(^)],
        BinOp::BitXor(_) => vec![quote!(&), quote!(|)],
        BinOp::Shl(_) => vec![quote!(>>)],
        BinOp::Shr(_) => vec![quote!(<<)],
        _ => vec![],
    }
}
