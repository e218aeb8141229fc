//! The release: one file, the site inside.

use anyhow::{Context as _, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    compress, program,
    site::{self, Profile},
    workspace,
};

/// Builds `target/dist/storetrail` and prints what weighs how much. Returns its path.
///
/// # Errors
/// Something doesn't build.
pub fn run() -> Result<PathBuf> {
    // First: the server takes the files in when it is compiled.
    site::build(Profile::Release)?;
    program::run(program::cargo().args([
        "build",
        "--release",
        "--package=server",
        "--bin=storetrail",
    ]))?;
    let folder = workspace::target().join("dist");
    fs::create_dir_all(&folder)?;
    let file = folder.join("storetrail");
    // Not written over: a running copy would make that fail.
    let _ = fs::remove_file(&file);
    fs::copy(workspace::server("release"), &file).context("can't copy the release")?;
    print_sizes(&workspace::site())?;
    println!("{:>12}  {}", bytes(&file)?, file.display());
    Ok(file)
}

/// One line a file: bytes, bytes with brotli, name.
fn print_sizes(site: &Path) -> Result<()> {
    println!("{:>12} {:>12}", "bytes", "brotli");
    for file in compress::files(site)? {
        if file.extension().is_some_and(|extension| extension == "br") {
            continue;
        }
        let mut small = file.clone().into_os_string();
        small.push(".br");
        let small = PathBuf::from(small);
        let compressed = if small.is_file() {
            bytes(&small)?.to_string()
        } else {
            "-".to_owned()
        };
        println!(
            "{:>12} {compressed:>12}  {}",
            bytes(&file)?,
            file.strip_prefix(site)?.display()
        );
    }
    Ok(())
}

fn bytes(file: &Path) -> Result<u64> {
    Ok(file.metadata()?.len())
}
