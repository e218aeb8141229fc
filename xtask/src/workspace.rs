//! Where things are.

use std::path::{Path, PathBuf};

/// The folder that holds the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// Cargo's output, always in the workspace: the server embeds the site from this place.
pub fn target() -> PathBuf {
    root().join("target")
}

/// What the browser loads. `server` embeds this folder.
pub fn site() -> PathBuf {
    target().join("site")
}

/// The server as `cargo build` leaves it.
///
/// `profile` is cargo's name of the folder: `debug` or `release`.
pub fn server(profile: &str) -> PathBuf {
    target().join(profile).join("storetrail")
}
