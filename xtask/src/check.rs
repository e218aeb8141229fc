//! What CI asks before it runs the tests.

use anyhow::{Context as _, Result};
use std::time::Instant;

use crate::{
    install, program, rules,
    site::{self, Profile},
    wasm,
};

type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 6] = [
    ("format", format),
    ("dependency rules", rules::check),
    ("lints", lints),
    ("lints of the browser's part", browser_lints),
    ("wasm build", browser_build),
    ("licences, advisories, bans", deny),
];

/// Runs the steps and stops at the first that fails.
///
/// # Errors
/// A step fails.
pub fn run() -> Result<()> {
    for (name, step) in STEPS {
        println!("== {name}");
        let start = Instant::now();
        step().with_context(|| format!("check failed at: {name}"))?;
        println!("== {name}: ok, {:.1} s", start.elapsed().as_secs_f32());
    }
    Ok(())
}

fn format() -> Result<()> {
    program::run(program::cargo().args(["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` puts it right")
}

fn lints() -> Result<()> {
    program::run(program::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny=warnings",
    ]))
}

fn browser_lints() -> Result<()> {
    install::wasm_target()?;
    program::run(
        program::cargo()
            .args(["clippy", "--package=frontend", wasm::TARGET])
            .args(Profile::Dev.arguments())
            .args(["--", "--deny=warnings"]),
    )
}

fn browser_build() -> Result<()> {
    site::build(Profile::Dev)
}

fn deny() -> Result<()> {
    if !program::answers(program::cargo().args(["deny", "--version"])) {
        println!("cargo-deny isn't installed: left out");
        return Ok(());
    }
    program::run(program::cargo().args(["deny", "--all-features", "check"]))
}
