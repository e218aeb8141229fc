//! The browser's module: built by cargo, cut into one part a page, bound to JavaScript, optimised.
//!
//! It does what `cargo leptos build --split` does, in process, so that nobody has to compile cargo-leptos.

use anyhow::{Context as _, Result, anyhow, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::Options;

use crate::{bundle, compress, install, npm, program, site::Profile, workspace};

/// What the files are called, `LEPTOS_OUTPUT_NAME` in the words of Leptos.
pub const NAME: &str = "storetrail";
/// The script that loads parts, by the name under which Leptos preloads it.
pub const LOADER: &str = "__wasm_split.______________________.js";
/// Which files each part consists of; the server preloads them for the page it renders.
pub const MANIFEST: &str = "__wasm_split_manifest.json";

/// What tells cargo to build for the browser.
pub const TARGET: &str = "--target=wasm32-unknown-unknown";

/// Compiles the browser's module and returns where it is.
///
/// # Errors
/// The target can't be added, or cargo fails.
pub fn build(profile: Profile) -> Result<PathBuf> {
    install::wasm_target()?;
    program::run(
        program::cargo()
            .args(["build", "--package=frontend", "--lib", TARGET])
            .args(profile.arguments()),
    )?;
    Ok(workspace::target()
        .join("wasm32-unknown-unknown")
        .join(profile.folder())
        .join("frontend.wasm"))
}

/// Cuts `module` into parts and writes them with their scripts into `out`. `scratch` takes what is in between.
///
/// # Errors
/// The module wasn't built with relocations, or a step fails.
pub fn split_and_bind(module: &Path, scratch: &Path, out: &Path) -> Result<()> {
    let input = fs::read(module).with_context(|| format!("can't read {}", module.display()))?;
    let main = scratch.join("main.wasm");
    let main_script = format!("./{NAME}.js");
    let loader = format!("./{LOADER}");
    let mut options = Options::new(&input);
    options.output_dir = out;
    options.main_out_path = &main;
    options.main_module = &main_script;
    options.link_name = &loader;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("can't split {}: {error:?}", module.display()))?;
    // Sorted, so that the same input gives the same bytes.
    let parts: std::collections::BTreeMap<_, _> = split.prefetch_map.iter().collect();
    fs::write(out.join(MANIFEST), serde_json::to_vec(&parts)?)?;
    Bindgen::new()
        .input_path(&main)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .generate(out)
        .context("wasm-bindgen failed")
}

/// Shrinks every module in `folder` with `wasm-opt`, which comes from npm's `binaryen` or `PATH`.
/// Without one it says so and leaves the modules as they are: they work, but are larger.
///
/// # Errors
/// `wasm-opt` fails.
pub fn optimise(folder: &Path) -> Result<()> {
    let Some(tool) = WasmOpt::find()? else {
        println!("no wasm-opt and no npm to get it: the modules stay larger than they could be");
        return Ok(());
    };
    let modules: Vec<_> = compress::files(folder)?
        .into_iter()
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    let half = modules.len().div_ceil(2).max(1);
    // Two at a time: the tool uses one core for most of its work.
    thread::scope(|scope| {
        let workers: Vec<_> = modules
            .chunks(half)
            .map(|modules| {
                scope.spawn(|| modules.iter().try_for_each(|module| shrink(&tool, module)))
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a wasm-opt worker doesn't panic"))
    })
}

/// The features that rustc turns on for the target; wasm-opt refuses what it isn't told of.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

fn shrink(tool: &WasmOpt, module: &Path) -> Result<()> {
    let mut command = tool.command()?;
    command.arg("-Oz").args(FEATURES).arg(module);
    program::run(command.arg("-o").arg(module))
}

enum WasmOpt {
    /// A script that Node runs.
    OfNpm(PathBuf),
    OfMachine(PathBuf),
}

impl WasmOpt {
    fn find() -> Result<Option<Self>> {
        if npm::is_there() {
            let tool = npm::tool("binaryen", "132.0.0")?.join("bin/wasm-opt");
            return Ok(Some(Self::OfNpm(tool)));
        }
        // One that doesn't know the features is too old.
        let tool = program::find(&["wasm-opt"]);
        let tool = tool
            .filter(|tool| program::answers(program::new(tool).args(FEATURES).arg("--version")));
        Ok(tool.map(Self::OfMachine))
    }

    fn command(&self) -> Result<Command> {
        match self {
            Self::OfNpm(tool) => npm::command(tool),
            Self::OfMachine(tool) => Ok(program::new(tool)),
        }
    }
}

/// Checks that every file that the manifest or the loader names was written and begins as a module. Returns how many modules
/// there are.
///
/// # Errors
/// The manifest or the loader can't be read, or a file is missing or no module.
pub fn verify(folder: &Path) -> Result<usize> {
    let manifest = fs::read(folder.join(MANIFEST))?;
    let parts: std::collections::BTreeMap<String, Vec<String>> = serde_json::from_slice(&manifest)?;
    let joined = parts.values().flatten().map(String::as_str);
    let loader = fs::read_to_string(folder.join(LOADER))?;
    let main = format!("{NAME}_bg");
    let modules: Vec<_> = bundle::modules(&loader).chain([main.as_str()]).collect();
    for name in modules.iter().copied().chain(joined) {
        let file = folder.join(name).with_extension("wasm");
        let bytes = fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
        if !bytes.starts_with(b"\0asm") {
            bail!("{} is no WebAssembly module", file.display());
        }
    }
    Ok(modules.len())
}
