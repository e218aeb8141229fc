//! Makes sure that there is a site folder to embed: a clean checkout has none before `cargo xtask site`.

use std::path::Path;

fn main() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    std::fs::create_dir_all(&site).expect("target/site can be made");
    println!("cargo::rerun-if-changed=build.rs");
    // A release holds the files themselves; while developing they are read from disk.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={}", site.display());
    }
}
