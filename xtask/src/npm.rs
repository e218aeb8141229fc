//! Node packages: those of `end2end`, and tools that only measuring and releasing need.

use anyhow::{Context as _, Result, bail};
use std::{fs, path::PathBuf};

use crate::{install, program, workspace};

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
    ensure_node()?;
    program::run(
        program::new("npm")
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
    let tools = workspace::target()
        .join("tools")
        .join(format!("{name}-{version}"));
    let package = tools.join("node_modules").join(name);
    if !package.join("package.json").is_file() {
        ensure_node()?;
        fs::create_dir_all(&tools)?;
        println!("installing {name} {version} from npm");
        program::run(
            program::new("npm")
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--no-save",
                    "--prefix",
                ])
                .arg(&tools)
                .arg(format!("{name}@{version}")),
        )?;
    }
    Ok(package)
}

/// Whether npm is on this machine.
pub fn is_there() -> bool {
    program::find(&["npm"]).is_some()
}

fn ensure_node() -> Result<()> {
    if program::find(&["node"]).is_none() || !is_there() {
        install::packages(&["nodejs", "npm"])?;
    }
    let version = program::output(program::new("node").arg("--version"))?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 18) {
        bail!("node {version} is too old: install 18 or later");
    }
    Ok(())
}
