//! One style sheet out of `style/main.css` and what it imports.

use anyhow::{Result, anyhow};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    stylesheet::{MinifyOptions, ParserOptions, PrinterOptions},
};
use std::path::Path;

/// Bundles and minifies. No browser targets are set: nesting, layers and `light-dark()` stay as written.
///
/// # Errors
/// A file is missing or has a mistake; the message names file, line and column.
pub fn bundle(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let options = ParserOptions::default();
    let mut sheet = Bundler::new(&files, None, options)
        .bundle(entry)
        .map_err(|error| anyhow!("{error}"))?;
    sheet
        .minify(MinifyOptions::default())
        .map_err(|error| anyhow!("{error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: true,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("{error}"))?;
    Ok(printed.code)
}
