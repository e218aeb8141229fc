//! `storetrail config`.

use crate::config::{Layers, SETTINGS};

/// Prints each setting, its value and where that came from. Secrets are hidden.
pub(super) fn run(layers: &Layers) {
    let rows = SETTINGS.map(|setting| {
        let source = layers.source(setting.name).to_string();
        (setting.name, layers.shown(&setting), source)
    });
    let width = |of: fn(&(&str, String, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let names = width(|(name, _, _)| name.len());
    let values = width(|(_, value, _)| value.chars().count());
    for (name, value, source) in &rows {
        println!("{name:names$}  {value:values$}  {source}");
    }
    for stray in layers.strays() {
        eprintln!("note: {stray}");
    }
}
