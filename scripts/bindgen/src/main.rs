//! What `wasm-bindgen` does on the command line, from the registry and of the version that `Cargo.toml` names; and what makes a panic
//! small, which ends the instance in any case: what it would have said is heard by nobody.

use std::env;
use std::error::Error;

use walrus::ir::Unreachable;
use walrus::{FunctionBuilder, FunctionKind, Module};
use wasm_bindgen_cli_support::Bindgen;

/// Functions that never return, by what their mangled names have in them.
const LAST_WORDS: [&str; 13] = [
    "4core9panicking",
    "4core6option13expect_failed",
    "4core6option13unwrap_failed",
    "4core6result13unwrap_failed",
    "4core4cell22panic_already_borrowed",
    "4core4cell30panic_already_mutably_borrowed",
    "16slice_index_fail",
    "19slice_error_fail_rt",
    "16slice_error_fail",
    "17len_mismatch_fail",
    "18panic_access_error",
    "___rustc17rust_begin_unwind",
    "7raw_vec17capacity_overflow",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(input), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("what is to be bound, and where to?".into());
    };
    let mut module = Module::from_file(&input)?;
    hush(&mut module);
    // For bundlers: the glue is a module without any loading in it, which is `lib/wasm/`'s.
    Bindgen::new().input_module("tokenkeep", module).bundler(true)?.typescript(false).generate(folder)?;
    Ok(())
}

/// Has a panic end the instance on the spot.
fn hush(module: &mut Module) {
    let mute: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| {
            module.funcs.get(*id).name.as_deref().is_some_and(|name| LAST_WORDS.iter().any(|word| name.contains(word)))
        })
        .filter(|(_, function)| module.types.get(function.ty()).results().is_empty())
        .map(|(id, function)| (id, function.ty()))
        .collect();
    for (id, signature) in mute {
        let (parameters, results) = module.types.params_results(signature);
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let mut silent = FunctionBuilder::new(&mut module.types, &parameters, &results);
        silent.func_body().instr(Unreachable {});
        let arguments = parameters.iter().map(|each| module.locals.add(*each)).collect();
        module.funcs.get_mut(id).kind = FunctionKind::Local(silent.local_func(arguments));
    }
}
