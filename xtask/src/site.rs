//! `target/site`: what the browser loads.
//!
//! ```text
//! version.txt     16 hexadecimal digits over all of pkg/; the server answers pkg/ under /pkg/<version>/
//! favicon.svg     style/favicon.svg
//! manifest.webmanifest, sw.js, register.js, offline.html
//!                 style/site/: what makes it an app on a phone
//! icons/          style/icons/
//! fonts/          style/fonts/*.woff2; their names carry a version
//! pkg/            storetrail.js, storetrail_bg.wasm, the parts, storetrail.css, the parts' manifest
//! ```
//!
//! In a release every file that shrinks has a `.br` beside it.

use anyhow::{Context as _, Result};
use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    time::{Instant, UNIX_EPOCH},
};

use crate::{bundle, compress, css, wasm, workspace};

/// How much time to spend on small files.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Profile {
    /// Built quickly, served as it is.
    Dev,
    /// As small as it gets, and compressed.
    Release,
}

impl Profile {
    /// What cargo is told to build the browser's module so.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            // Not a profile of its own: its macros and build scripts would lie apart from the server's and be compiled
            // a second time, a hundred crates.
            Self::Dev => &[
                "--config=profile.dev.opt-level=1",
                "--config=profile.dev.debug=false",
                "--config=profile.dev.panic='abort'",
            ],
            Self::Release => &["--profile=wasm-release"],
        }
    }

    /// Where cargo puts it, below the target's folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "wasm-release",
        }
    }
}

/// What `cargo xtask site` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Optimise and compress
    #[arg(long)]
    release: bool,
}

/// Builds the site.
///
/// # Errors
/// As [`build`].
pub fn run(options: &Options) -> Result<()> {
    build(if options.release {
        Profile::Release
    } else {
        Profile::Dev
    })
}

/// Brings `target/site` up to date; does nothing when no input has changed.
///
/// # Errors
/// The module doesn't compile, a style sheet has a mistake, or a file can't be written.
pub fn build(profile: Profile) -> Result<()> {
    let module = wasm::build(profile)?;
    // Two at once would write the same files; the second then finds the work done.
    let lock = fs::File::create(workspace::target().join("site.lock"))?;
    lock.lock()?;
    let style = workspace::root().join("style");
    let inputs = inputs(profile, &module, &style)?;
    let site = workspace::site();
    let stamp = workspace::target().join("site.stamp");
    if site.join("version.txt").is_file()
        && fs::read_to_string(&stamp).is_ok_and(|have| have == inputs)
    {
        return Ok(());
    }
    let start = Instant::now();
    // Written beside and then swapped, so that a running server never sees half a site and no old part stays behind.
    let new = fresh(workspace::target().join("site-new"))?;
    let pkg = new.join("pkg");
    fs::create_dir(&pkg)?;
    let scratch = fresh(workspace::target().join("site-scratch"))?;
    wasm::split_and_bind(&module, &scratch, &pkg)?;
    fs::write(
        pkg.join(format!("{}.css", wasm::NAME)),
        css::bundle(&style.join("main.css"))?,
    )?;
    copy_assets(&style, &new)?;
    if profile == Profile::Release {
        wasm::optimise(&pkg)?;
    }
    bundle::join(&pkg)?;
    fs::write(new.join("version.txt"), version(&pkg)?)?;
    if profile == Profile::Release {
        compress::folder(&new)?;
    }
    let parts = wasm::verify(&pkg)?;
    let _ = fs::remove_file(&stamp);
    swap(&new, &site)?;
    fs::write(stamp, inputs)?;
    println!(
        "site: {parts} wasm modules, {:.1} s",
        start.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Makes an empty folder, whatever was there.
fn fresh(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("can't empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    Ok(folder)
}

fn swap(new: &Path, site: &Path) -> Result<()> {
    let old = site.with_file_name("site-old");
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    if site.exists() {
        fs::rename(site, &old)?;
    }
    fs::rename(new, site).with_context(|| format!("can't put {} in place", site.display()))?;
    if old.exists() {
        fs::remove_dir_all(old)?;
    }
    Ok(())
}

fn copy_assets(style: &Path, site: &Path) -> Result<()> {
    let favicon = style.join("favicon.svg");
    if favicon.is_file() {
        fs::copy(favicon, site.join("favicon.svg"))?;
    }
    let root = style.join("site");
    if root.is_dir() {
        for file in compress::files(&root)? {
            fs::copy(&file, site.join(file.strip_prefix(&root)?))?;
        }
    }
    for (folder, extension) in [("icons", None), ("fonts", Some("woff2"))] {
        let from = style.join(folder);
        if !from.is_dir() {
            continue;
        }
        for file in compress::files(&from)? {
            if extension
                .is_some_and(|wanted| file.extension().is_none_or(|extension| extension != wanted))
            {
                continue;
            }
            let to = site.join(folder).join(file.strip_prefix(&from)?);
            fs::create_dir_all(to.parent().context("an asset lies in a folder")?)?;
            fs::copy(&file, to)?;
        }
    }
    Ok(())
}

/// What the site is made from: path, length and time of change of each file, this program included.
fn inputs(profile: Profile, module: &Path, style: &Path) -> Result<String> {
    let mut text = format!("{profile:?}\n");
    let mut files = compress::files(style)?;
    files.push(module.to_owned());
    files.push(std::env::current_exe()?);
    for file in files {
        let data = file
            .metadata()
            .with_context(|| format!("can't read {}", file.display()))?;
        let changed = data.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
        text.push_str(&format!("{} {} {changed}\n", file.display(), data.len()));
    }
    Ok(text)
}

/// One number for all files of the folder, names and contents.
///
/// Hashing the names of single files instead would mean rewriting them inside the modules; one version for all of them
/// costs a browser nothing but a full download after an upgrade.
fn version(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in compress::files(folder)? {
        file.strip_prefix(folder)?.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
