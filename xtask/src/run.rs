//! From a checkout to a running server with a sample store.

use anyhow::{Context as _, Result};
use std::{env, ffi::OsString, os::unix::process::CommandExt as _, process::Command};

use crate::{
    program,
    site::{self, Profile},
    workspace,
};

/// What `cargo xtask run` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Optimise: slow to build, as fast as it gets afterwards
    #[arg(long)]
    release: bool,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Passed on to `storetrail serve`
    #[arg(last = true)]
    extra: Vec<OsString>,
}

/// Builds, loads the sample store when the database is new, prints the sign-ins and becomes the server.
///
/// Settings that the environment already has are left alone.
///
/// # Errors
/// Something doesn't build, or the server can't be started.
pub fn run(options: &Options) -> Result<()> {
    let (site, profile) = if options.release {
        (Profile::Release, "release")
    } else {
        (Profile::Dev, "debug")
    };
    site::build(site)?;
    let mut build = program::cargo();
    build.args(["build", "--package=server", "--bin=storetrail"]);
    if options.release {
        build.arg("--release");
    }
    program::run(&mut build)?;
    program::run(server(options, profile).args([
        "sample",
        "load",
        "--if-missing",
        "--print-sign-ins",
    ]))?;
    let mut serve = server(options, profile);
    serve.arg("serve").args(&options.extra);
    // Returns only when it fails: signals and exit status are the server's own from here on.
    let error = serve.exec();
    Err(error).with_context(|| format!("can't start `{}`", program::line(&serve)))
}

fn server(options: &Options, profile: &str) -> Command {
    let mut command = program::new(workspace::server(profile));
    let data = workspace::target().join("run-data");
    let settings = [
        ("STORETRAIL_LISTEN", format!("127.0.0.1:{}", options.port)),
        ("STORETRAIL_DATA_DIR", data.display().to_string()),
        (
            "STORETRAIL_DATABASE_URL",
            format!("sqlite://{}", data.join("storetrail.db").display()),
        ),
    ];
    for (name, value) in settings {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command
}
