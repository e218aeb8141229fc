//! Turns `locales/<language>/<namespace>.json` into typed keys: a key that is missing in a language, or a value that a
//! text needs and a page doesn't give, stops the build.

use leptos_i18n_parser::parse_locales::{
    self,
    options::{Config, ParseOptions},
};
use std::{env, error::Error, fs, path::PathBuf};

const DEFAULT: &str = "en";
const OTHERS: [&str; 1] = ["ar"];
const NAMESPACES: [&str; 15] = [
    "common",
    "account",
    "activity",
    "messages",
    "rules",
    "exports",
    "erase",
    "find",
    "ledger",
    "retention",
    "operations",
    "access",
    "oversight",
    "webhooks",
    "said",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    let config = Config::new(DEFAULT)?
        .add_locales(OTHERS)?
        .add_namespaces(NAMESPACES)?
        .parse_options(ParseOptions::default().interpolate_display(true));
    let parsed = parse_locales::parse_locales(None, config)?;
    // A missing key would quietly show the default language.
    for problem in parsed.diag.warnings().iter() {
        println!("cargo::error={problem}");
    }
    for problem in parsed.diag.errors().iter() {
        println!("cargo::error={problem}");
    }
    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false)?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("i18n.rs");
    fs::write(out, code.to_string())?;
    Ok(())
}
