//! Every test there is, with what they need.

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use std::{env, ffi::OsString, process::Command, time::Instant};

use crate::{
    chromium, install, npm,
    postgres::{self, Postgres},
    program,
    report::Report,
    site::{self, Profile},
    wasm, workspace,
};

/// The product's crates. `xtask` is built already, with other features: in one selection with it, all that both use would
/// be compiled twice.
const PRODUCT: [&str; 2] = ["--workspace", "--exclude=xtask"];

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Run one part; without it all of them
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Passed on to the part's runner
    #[arg(last = true, requires = "only")]
    extra: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The workspace's tests, on SQLite and PostgreSQL
    Rust,
    /// The browser's modules: they build, and no part is missing
    Wasm,
    /// Playwright
    E2e,
    /// A real shop that reports to Storetrail
    RealStore,
    /// Mail servers that accept, defer, refuse, stall and hang up
    Mail,
    /// Callbacks signed by Twilio's own package
    Twilio,
    /// Webhooks signed by Shopify's and Standard Webhooks' own packages
    Hooks,
    /// Exports, opened by readers that are not ours
    Files,
    /// Codes by pyotp, and every call of the API as schemathesis makes it up
    Access,
}

/// Runs the parts one after the other, all of them even if one fails.
///
/// # Errors
/// Something a part needs can't be had, or a test failed.
pub fn run(options: &Options) -> Result<()> {
    let parts = match options.only {
        Some(part) => vec![part],
        None => vec![
            Part::Rust,
            Part::Wasm,
            Part::E2e,
            Part::RealStore,
            Part::Mail,
            Part::Twilio,
            Part::Hooks,
            Part::Files,
            Part::Access,
        ],
    };
    let mut total = Report::default();
    let mut broken = Vec::new();
    for part in parts {
        println!("\n== {part:?}");
        let start = Instant::now();
        let mut report = Report::default();
        let result = match part {
            Part::Rust => rust(&mut report, &[], &options.extra),
            Part::Wasm => wasm(&mut report),
            Part::E2e => e2e(&mut report, &options.extra),
            Part::RealStore => trial(&mut report, "real-store", &[], &options.extra),
            Part::Mail => trial(&mut report, "mail", &[], &options.extra),
            Part::Twilio => trial(&mut report, "twilio", &[], &options.extra),
            Part::Hooks => trial(&mut report, "hooks", &[], &options.extra),
            Part::Files => trial(&mut report, "files", &[], &options.extra),
            Part::Access => trial(&mut report, "access", &[], &options.extra),
        };
        println!("== {part:?}: {:.0} s", start.elapsed().as_secs_f32());
        if let Err(error) = result {
            eprintln!("error: {part:?}: {error:#}");
            broken.push(part);
            // A part that breaks before its tests run has failed, whatever it counted.
            report.tally.failed = report.tally.failed.max(1);
        }
        total += report;
    }
    conclude(&total, &broken)
}

fn conclude(total: &Report, broken: &[Part]) -> Result<()> {
    total.say_failures();
    let total = total.tally;
    let skipped = if total.skipped == 0 {
        String::new()
    } else {
        format!(", {} skipped", total.skipped)
    };
    println!(
        "\n{} passed, {} failed{skipped}",
        total.passed, total.failed
    );
    if !broken.is_empty() || total.failed > 0 {
        bail!("failed: {broken:?}");
    }
    Ok(())
}

/// The workspace's tests against both databases. `settings` are added to their environment, `extra` to the runner's
/// arguments.
///
/// # Errors
/// PostgreSQL doesn't start, the tests don't compile, or one fails.
pub fn rust(report: &mut Report, settings: &[(&str, &str)], extra: &[OsString]) -> Result<()> {
    server()?;
    let postgres = Postgres::start()?;
    let runner: &[&str] = if program::answers(program::cargo().args(["nextest", "--version"])) {
        &["nextest", "run"]
    } else {
        &["test", "--tests"]
    };
    let mut runs = vec![(runner, &PRODUCT[..])];
    if extra.is_empty() {
        runs.push((runner, &["--package=xtask"]));
        runs.push((&["test", "--doc"], &PRODUCT));
    }
    let mut passed = true;
    for (runner, selection) in runs {
        let mut tests = program::cargo();
        tests
            .args(runner)
            .arg("--no-fail-fast")
            .args(selection)
            .args(extra)
            .env(postgres::VARIABLE, postgres.url())
            .envs(settings.iter().copied());
        passed &= follow_all(&tests, report)?;
    }
    if !passed {
        bail!("a Rust test failed");
    }
    Ok(())
}

/// Follows both streams of a command through one pipe: nextest writes its summary to stderr.
fn follow_all(command: &Command, report: &mut Report) -> Result<bool> {
    let mut both = program::new("sh");
    both.args(["-c", "exec \"$@\" 2>&1", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => both.env(name, value),
            None => both.env_remove(name),
        };
    }
    program::follow(&mut both, |line| report.read(line))
}

fn wasm(report: &mut Report) -> Result<()> {
    site::build(Profile::Dev)?;
    let parts = wasm::verify(&workspace::site().join("pkg"))?;
    println!("{parts} modules, none missing");
    report.tally.passed += 1;
    Ok(())
}

/// Builds programs and tests in one go: with the same selection cargo picks the same features, so the server that
/// Playwright starts is there already.
fn server() -> Result<()> {
    program::run(
        program::cargo()
            .arg("build")
            .args(PRODUCT)
            .args(["--bins", "--tests"]),
    )
}

fn e2e(report: &mut Report, extra: &[OsString]) -> Result<()> {
    site::build(Profile::Dev)?;
    server()?;
    npm::install_end2end()?;
    let folder = workspace::root().join("end2end");
    // Playwright drops the types without looking at them.
    program::run(npm::command("npx")?.current_dir(&folder).args([
        "--no-install",
        "tsc",
        "--noEmit",
    ]))?;
    let postgres = Postgres::start()?;
    let passed = program::follow(
        npm::command("npx")?
            .current_dir(&folder)
            .args(["--no-install", "playwright", "test"])
            .args(extra)
            .env("STORETRAIL_BIN", workspace::server("debug"))
            .env("STORETRAIL_CHROMIUM", chromium::find()?)
            .env(postgres::VARIABLE, postgres.url()),
        |line| report.read(line),
    )?;
    if !passed {
        bail!("a Playwright test failed");
    }
    Ok(())
}

/// Runs `end2end/{name}/run`. `settings` are added to its environment, `extra` to its arguments.
///
/// # Errors
/// What it needs can't be had, or it failed.
pub fn trial(
    report: &mut Report,
    name: &str,
    settings: &[(&str, &str)],
    extra: &[OsString],
) -> Result<()> {
    site::build(Profile::Dev)?;
    server()?;
    npm::install_end2end()?;
    if !program::answers(program::new("python3").args(["-c", "import ensurepip, venv"])) {
        install::packages(&["python3", "python3-venv"])?;
    }
    let script = workspace::root().join(format!("end2end/{name}/run"));
    let mut counted = Report::default();
    let passed = program::follow(
        program::new(&script)
            .args(extra)
            .envs(settings.iter().copied())
            .env(
                "STORETRAIL_BIN",
                env::var_os("STORETRAIL_BIN").unwrap_or_else(|| workspace::server("debug").into()),
            )
            .env("STORETRAIL_CHROMIUM", chromium::find()?),
        |line| counted.read(line),
    )
    .with_context(|| format!("can't run {}", script.display()))?;
    // A script that counts nothing is one test.
    if passed && counted.tally.passed == 0 {
        counted.tally.passed = 1;
    }
    *report += counted;
    if !passed {
        bail!("the trial `{name}` failed");
    }
    Ok(())
}
