//! `target/site`: what the browser loads.
//!
//! ```text
//! version.txt     16 hexadecimal digits over all of pkg/; the server answers pkg/ under /pkg/<version>/
//! favicon.svg, icons/, fonts/, manifest.webmanifest, sw.js, register.js, offline.html
//!                 style/site/ as it is; the names of fonts carry a version
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
    copy_assets(&style.join("site"), &new)?;
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

/// Copies what is served as it is. `cargo leptos` takes the same folder as its assets.
fn copy_assets(from: &Path, site: &Path) -> Result<()> {
    for file in compress::files(from)? {
        let to = site.join(file.strip_prefix(from)?);
        fs::create_dir_all(to.parent().context("an asset lies in a folder")?)?;
        fs::copy(&file, to)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The addresses between `before` and a quotation mark.
    fn named<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        let rest = text.split(before).skip(1);
        rest.filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn cargo_leptos_takes_as_assets_all_that_pages_name() {
        let root = workspace::root();
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let manifest = read("Cargo.toml");
        let assets = named(&manifest, "\nassets-dir = \"");
        let [assets] = assets[..] else {
            panic!("one folder of assets, not {assets:?}");
        };
        let (shell, fonts) = (read("app/src/shell.rs"), read("style/fonts.css"));
        let app = read("style/site/manifest.webmanifest");
        let mut paths = named(&shell, "href=\"/");
        paths.extend(named(&shell, "src=\"/"));
        paths.extend(named(&fonts, "url(\"/"));
        paths.extend(named(&app, "\"src\": \"/"));
        assert!(paths.len() > 10, "{paths:?}");
        for path in paths {
            assert!(root.join(assets).join(path).is_file(), "{path}");
        }
    }
}
