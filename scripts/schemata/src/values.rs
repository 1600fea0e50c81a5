//! What a function could answer without having done anything: values of a return type, right or wrong.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

/// Values to answer with in the place of a function's work. Those that do not fit its type are found out by the compiler.
pub fn of(output: &ReturnType) -> Vec<TokenStream> {
    match output {
        ReturnType::Default => vec![quote!(())],
        ReturnType::Type(_, answer) => of_type(answer),
    }
}

/// What the future of `impl Future<Output = T>` resolves to.
pub fn resolved(output: &ReturnType) -> Option<Vec<TokenStream>> {
    let ReturnType::Type(_, answer) = output else { return None };
    let bounds = futures_in(answer)?;
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) => Some(of_type(&output.ty)),
            _ => None,
        })
    })
}

/// The bounds of an `impl Future`, alone or in a tuple.
fn futures_in(answer: &Type) -> Option<Vec<TypeParamBound>> {
    match answer {
        Type::ImplTrait(it) => Some(it.bounds.iter().cloned().collect()),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(futures_in),
        _ => None,
    }
}

fn of_type(answer: &Type) -> Vec<TokenStream> {
    match answer {
        Type::Never(_) | Type::ImplTrait(_) => vec![],
        Type::Tuple(tuple) => tuple_of(tuple.elems.iter()),
        Type::Paren(inner) => of_type(&inner.elem),
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => vec![quote!(""), quote!("xyzzy")],
            Type::Slice(_) => vec![quote!(&[])],
            Type::TraitObject(_) => vec![],
            inner => of_type(inner).into_iter().map(|value| quote!(Box::leak(Box::new(#value)))).collect(),
        },
        Type::Path(path) => path.path.segments.last().map(of_segment).unwrap_or_default(),
        _ => vec![quote!(Default::default())],
    }
}

fn of_segment(segment: &syn::PathSegment) -> Vec<TokenStream> {
    let inner = || {
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return vec![] };
        arguments
            .args
            .iter()
            .find_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(of_type(inner)),
                _ => None,
            })
            .unwrap_or_default()
    };
    let wrapped = |wrap: fn(TokenStream) -> TokenStream| inner().into_iter().map(wrap).collect::<Vec<_>>();
    match segment.ident.to_string().as_str() {
        "bool" => vec![quote!(true), quote!(false)],
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => vec![quote!(0), quote!(1)],
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => vec![quote!(0), quote!(1), quote!(-1)],
        "f32" | "f64" => vec![quote!(0.0), quote!(1.0)],
        "String" => vec![quote!(String::new()), quote!("xyzzy".into())],
        "SecretString" => vec![quote!("xyzzy".into())],
        "Duration" => vec![quote!(std::time::Duration::ZERO), quote!(std::time::Duration::from_secs(3600))],
        "Vec" => [vec![quote!(vec![])], wrapped(|value| quote!(vec![#value]))].concat(),
        "Option" => [vec![quote!(None)], wrapped(|value| quote!(Some(#value)))].concat(),
        "Result" => wrapped(|value| quote!(Ok(#value))),
        "Arc" | "Box" | "Rc" => {
            let name = &segment.ident;
            inner().into_iter().map(|value| quote!(#name::new(#value))).collect()
        }
        // Would call itself.
        "Self" => vec![quote!(Default::default())],
        _ => vec![quote!(Default::default())],
    }
}

fn tuple_of<'a>(elements: impl Iterator<Item = &'a Type>) -> Vec<TokenStream> {
    elements
        .fold(vec![quote!()], |before, element| {
            let values = of_type(element);
            before.iter().flat_map(|before| values.iter().map(move |value| quote!(#before #value,))).collect()
        })
        .into_iter()
        .map(|values| quote!((#values)))
        .collect()
}
