//! The browser that tests and measurements drive.

use anyhow::{Context as _, Result};
use std::{env, path::PathBuf};

use crate::{install, program};

/// The path of Chromium: `STORETRAIL_CHROMIUM`, what `PATH` has, or what apt-get installs.
///
/// # Errors
/// There is none and it can't be installed.
pub fn find() -> Result<PathBuf> {
    if let Some(path) = env::var_os("STORETRAIL_CHROMIUM") {
        return Ok(path.into());
    }
    const NAMES: [&str; 4] = [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ];
    if let Some(path) = program::find(&NAMES) {
        return Ok(path);
    }
    install::packages(&["chromium"])?;
    program::find(&NAMES)
        .context("chromium was installed but PATH doesn't have it: set STORETRAIL_CHROMIUM")
}
