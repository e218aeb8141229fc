//! Node and its packages: those of `end2end`, and tools that only measuring and releasing need.

use anyhow::{Context as _, Result, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{install, program, workspace};

/// The oldest Node that Playwright runs on.
const OLDEST: u32 = 20;
/// What is taken from npm when the system's is older, as Debian 12's is.
const NODE: &str = "20.19.5";

/// A program of Node's: `node`, `npm`, `npx`, or a script that starts with `#!/usr/bin/env node`. Node is installed
/// when it is missing or too old.
///
/// # Errors
/// Node can't be had.
pub fn command(program: impl AsRef<Path>) -> Result<Command> {
    if program::find(&["node"]).is_none() || !is_there() {
        install::packages(&["nodejs", "npm"])?;
    }
    let mut command = program::new(program.as_ref());
    if major(&program::output(program::new("node").arg("--version"))?) < Some(OLDEST) {
        command.env("PATH", path_with(&newer()?)?);
    }
    Ok(command)
}

/// Installs what `end2end/package-lock.json` names, unless it is there already.
///
/// # Errors
/// The folder has no lock file, Node can't be had, or npm fails.
pub fn install_end2end() -> Result<()> {
    let folder = workspace::root().join("end2end");
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("can't read {}", lock.display()))?;
    // npm's own record differs from the lock file, so the file that was installed is kept beside it.
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    program::run(
        command("npm")?
            .current_dir(&folder)
            .args(["ci", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
    )?;
    fs::write(installed, wanted)?;
    Ok(())
}

/// The folder of a tool's package under `target/tools`, installed when it isn't there at this version.
///
/// # Errors
/// Node can't be had, or npm fails.
pub fn tool(name: &str, version: &str) -> Result<PathBuf> {
    let package = place(name, version);
    if !package.join("package.json").is_file() {
        install_tool(command("npm")?, name, version)?;
    }
    Ok(package)
}

/// Whether npm is on this machine.
pub fn is_there() -> bool {
    program::find(&["npm"]).is_some()
}

fn place(name: &str, version: &str) -> PathBuf {
    prefix(name, version).join("node_modules").join(name)
}

fn prefix(name: &str, version: &str) -> PathBuf {
    let folder = format!("{name}-{version}");
    workspace::target().join("tools").join(folder)
}

fn install_tool(mut npm: Command, name: &str, version: &str) -> Result<()> {
    let prefix = prefix(name, version);
    fs::create_dir_all(&prefix)?;
    println!("installing {name} {version} from npm");
    program::run(
        npm.args(["install", "--no-audit", "--no-fund", "--no-save"])
            .arg("--prefix")
            .arg(prefix)
            .arg(format!("{name}@{version}")),
    )
}

/// The folder of a Node from npm, whose packages carry the program itself.
fn newer() -> Result<PathBuf> {
    let machine = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("this machine's node is older than {OLDEST} and npm has none for {other}"),
    };
    let name = format!("node-linux-{machine}");
    let folder = place(&name, NODE).join("bin");
    if !program::is_program(&folder.join("node")) {
        // The system's npm runs on the system's Node well enough for this.
        install_tool(program::new("npm"), &name, NODE)?;
    }
    Ok(folder)
}

fn path_with(first: &Path) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(folders).context("the folder of node can't stand in PATH")
}

/// `v20.1.0` has the major version 20.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(major("v9.11.2") < Some(OLDEST));
        assert!(major("v18.20.4") < Some(OLDEST));
        assert!(major("v20.0.0") >= Some(OLDEST));
        assert!(major("v100.0.0") >= Some(OLDEST));
        assert!(major("nonsense") < Some(OLDEST));
    }
}
