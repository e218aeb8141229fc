//! Getting what is missing onto the machine, loudly.

use anyhow::{Context as _, Result, bail};
use std::{path::Path, process::Command, sync::Once};

use crate::program;

/// Whether this process runs as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The owner of one's own entry in /proc is the effective user.
    Path::new("/proc/self")
        .metadata()
        .is_ok_and(|data| data.uid() == 0)
}

/// Installs Debian packages.
///
/// # Errors
/// There is no `apt-get`, no right to use it, or it fails.
pub fn packages(names: &[&str]) -> Result<()> {
    if program::find(&["apt-get"]).is_none() {
        bail!(
            "{} missing and there is no apt-get: install by hand",
            names.join(", ")
        );
    }
    println!("installing {}", names.join(", "));
    static INDEX: Once = Once::new();
    let mut index = Ok(());
    INDEX.call_once(|| {
        index = apt().and_then(|mut apt| program::run(apt.args(["update", "--quiet"])))
    });
    index?;
    program::run(
        apt()?
            .args(["install", "--yes", "--quiet", "--no-install-recommends"])
            .args(names),
    )
    .with_context(|| format!("can't install {}", names.join(", ")))
}

fn apt() -> Result<Command> {
    let mut command = if is_root() {
        program::new("apt-get")
    } else if program::answers(program::new("sudo").args(["--non-interactive", "true"])) {
        let mut sudo = program::new("sudo");
        sudo.args([
            "--non-interactive",
            "--preserve-env=DEBIAN_FRONTEND",
            "apt-get",
        ]);
        sudo
    } else {
        bail!(
            "installing needs root, or sudo without a password: run as root once, or install by hand"
        );
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

/// Makes sure that rustc can build for the browser.
///
/// # Errors
/// The target is missing and rustup isn't there or fails.
pub fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libraries = program::output(program::new("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]))?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    if program::find(&["rustup"]).is_none() {
        bail!("rustc has no {TARGET} and there is no rustup: install the target by hand");
    }
    program::run(program::new("rustup").args(["target", "add", TARGET]))
}
