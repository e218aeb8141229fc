//! Starting other programs and saying what went wrong with them.

use anyhow::{Context as _, Result, bail};
use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::workspace;

/// A command that starts in the workspace's folder.
pub fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// Cargo, the one that started this program.
pub fn cargo() -> Command {
    let mut command = new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by the outer cargo for this package; build scripts of others would see them change and run again.
    for (name, _) in env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name == "CARGO_CRATE_NAME"
        });
        if inherited {
            command.env_remove(name);
        }
    }
    // Programs and site are looked for there, whatever the caller's setting.
    command.env("CARGO_TARGET_DIR", workspace::target());
    command
}

/// Runs a command and fails when it does.
///
/// # Errors
/// It can't be started, or it ends with a status other than zero.
pub fn run(command: &mut Command) -> Result<()> {
    if succeeds(command)? {
        return Ok(());
    }
    bail!("`{}` failed", line(command))
}

/// Runs a command and says whether it succeeded.
///
/// # Errors
/// It can't be started.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command
        .status()
        .with_context(|| format!("can't start `{}`", line(command)))?;
    Ok(status.success())
}

/// What a command prints, trimmed.
///
/// # Errors
/// It can't be started, fails, or prints what isn't UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("can't start `{}`", line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed", line(command));
    }
    let text = String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed no UTF-8", line(command)))?;
    Ok(text.trim().to_owned())
}

/// Runs a command, passes on what it prints and hands each line to `read` as well. Says whether it succeeded.
///
/// # Errors
/// It can't be started, or its output can't be read.
pub fn follow(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't start `{}`", line(command)))?;
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut own = std::io::stdout();
    for text in BufReader::new(stdout).split(b'\n') {
        let text = text?;
        let text = String::from_utf8_lossy(&text);
        writeln!(own, "{text}")?;
        read(&text);
    }
    Ok(child.wait()?.success())
}

/// Whether a command can be started and succeeds; prints nothing.
pub fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first of these programs that `PATH` has.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| is_program(file))
}

/// Whether this file exists and may be run.
pub fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
