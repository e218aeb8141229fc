//! One file for each part of the browser's program.
//!
//! Splitting makes a module of everything that the same parts share: the activity log alone needs 171. Each compressed by
//! itself, they are two fifths larger than all of them in one, and each is a request. So the modules of a part are also
//! written one after the other into one file, which a page's first load takes; the loader cuts it up again. Who comes
//! from another page has most of them and takes the others one by one.

use anyhow::{Context as _, Result, ensure};
use std::{collections::BTreeMap, fs, path::Path};

use crate::wasm::{LOADER, MANIFEST};

/// What the loader is given before everything else.
const HEAD: &str = include_str!("bundle.js");

/// How a line begins that asks for a module.
const TAKES: &str = "const src = take(\"";

/// Parts that open beside a page, and that page's: what it has already is left out of theirs.
const BESIDE: [(&str, &str); 2] = [
    ("drawer_content_", "activity_part_"),
    ("aside_part_", "activity_part_"),
];

/// Names of modules by part, without their extension; the part's own is the last.
type Parts = BTreeMap<String, Vec<String>>;

/// Writes `all_{part}.wasm` for each part of the manifest, teaches the loader to read it, and has the manifest, which says
/// what the server preloads, name it.
///
/// The files are no modules, but Leptos preloads nothing without that extension.
///
/// # Errors
/// A file can't be read or written, or the loader isn't as wasm-split writes it.
pub fn join(folder: &Path) -> Result<()> {
    let parts: Parts = serde_json::from_slice(&fs::read(folder.join(MANIFEST))?)?;
    let mut sizes = BTreeMap::new();
    for name in parts.values().flatten() {
        sizes.insert(name.as_str(), read(folder, name)?.len());
    }
    let joined: BTreeMap<_, _> = parts
        .keys()
        .map(|part| (part.as_str(), own(&parts, part)))
        .collect();
    let mut preloaded = BTreeMap::new();
    for (part, names) in &joined {
        let mut all = Vec::new();
        for name in names {
            all.extend(read(folder, name)?);
        }
        let file = format!("all_{part}");
        fs::write(folder.join(&file).with_extension("wasm"), all)?;
        preloaded.insert(*part, [file]);
    }
    let loader = folder.join(LOADER);
    let text = fs::read_to_string(&loader)?;
    let head = HEAD
        .replace(r#""{SIZES}""#, &serde_json::to_string(&sizes)?)
        .replace(r#""{PARTS}""#, &serde_json::to_string(&joined)?);
    fs::write(loader, head + &taught(&text, sizes.len(), parts.len())?)?;
    fs::write(folder.join(MANIFEST), serde_json::to_vec(&preloaded)?)?;
    Ok(())
}

/// What lies in the file of a part: its modules, but not those of the page that it opens beside.
fn own<'a>(parts: &'a Parts, part: &str) -> Vec<&'a str> {
    let page = BESIDE
        .iter()
        .find(|(beside, _)| part.starts_with(beside))
        .and_then(|(_, page)| parts.iter().find(|(name, _)| name.starts_with(page)));
    parts[part]
        .iter()
        .filter(|name| page.is_none_or(|(_, has)| !has.contains(name)))
        .map(String::as_str)
        .collect()
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let file = folder.join(name).with_extension("wasm");
    fs::read(&file).with_context(|| format!("can't read {}", file.display()))
}

/// The modules that a loader asks for, once it was taught to.
pub fn modules(loader: &str) -> impl Iterator<Item = &str> {
    loader.lines().filter_map(|line| {
        line.strip_prefix(TAKES)
            .and_then(|rest| rest.strip_suffix("\");"))
    })
}

/// The loader, asking [`HEAD`] for its modules instead of fetching them.
fn taught(loader: &str, modules: usize, parts: usize) -> Result<String> {
    let mut text = String::with_capacity(loader.len());
    let mut part = None;
    let (mut fetched, mut opened) = (0, 0);
    for line in loader.lines() {
        if let Some(name) = line
            .trim_start()
            .strip_prefix(r#"const src = fetch(new URL("./"#)
            .and_then(|rest| rest.strip_suffix(r#".wasm", import.meta.url));"#))
        {
            fetched += 1;
            text.push_str(&format!("{TAKES}{name}\");\n"));
            continue;
        }
        if let Some((name, _)) = line
            .strip_prefix("export const __wasm_split_load_")
            .and_then(|rest| rest.split_once(' '))
        {
            part = Some(name);
        }
        match (part, line.strip_suffix("]));")) {
            (Some(name), Some(modules)) => {
                opened += 1;
                part = None;
                text.push_str(&format!("{modules}], \"{name}\"));\n"));
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    ensure!(
        fetched == modules && opened == parts,
        "the loader of wasm-split has changed: {fetched} of {modules} modules and {opened} of {parts} parts are where they were"
    );
    for (old, new) in [
        (
            "function makeLoad(fetcher, deps) {",
            "function makeLoad(fetcher, deps, part) {",
        ),
        (
            "const parallelStuff = ",
            "if (part !== undefined) open(part);\n        const parallelStuff = ",
        ),
    ] {
        ensure!(
            text.matches(old).count() == 1,
            "the loader of wasm-split has changed: no `{old}`"
        );
        text = text.replace(old, new);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER: &str = r#"function makeLoad(fetcher, deps) {
    const loader = async () => {
        const parallelStuff = deps.map(d => d());
    };
}
/* log_part_1 */
const __chunk_2 = makeLoad(() => {
    const src = fetch(new URL("./chunk_2.wasm", import.meta.url));
}
, []);
export const __wasm_split_load_log_part_1 = wrapAsyncCb(makeLoad(() => {
    const src = fetch(new URL("./split_log_part_1.wasm", import.meta.url));
}
, [__chunk_2]));
"#;

    #[test]
    fn the_loader_takes_modules_from_a_part_that_it_opens() -> Result<()> {
        let text = taught(LOADER, 2, 1)?;
        assert!(modules(&text).eq(["chunk_2", "split_log_part_1"]), "{text}");
        assert!(text.contains(r#", [__chunk_2], "log_part_1"));"#), "{text}");
        assert!(
            text.contains("if (part !== undefined) open(part);"),
            "{text}"
        );
        assert!(!text.contains("fetch("), "{text}");
        Ok(())
    }

    #[test]
    fn a_loader_that_looks_otherwise_is_refused() {
        assert!(taught(&LOADER.replace("new URL", "URL.of"), 2, 1).is_err());
        assert!(taught(&LOADER.replace("parallelStuff", "stuff"), 2, 1).is_err());
    }

    #[test]
    fn what_the_page_has_is_not_in_the_file_of_its_drawer() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let parts = Parts::from([
            ("activity_part_1".into(), names(&["chunk_1", "chunk_2"])),
            ("drawer_content_2".into(), names(&["chunk_2", "chunk_3"])),
        ]);
        assert_eq!(own(&parts, "drawer_content_2"), ["chunk_3"]);
        assert_eq!(own(&parts, "activity_part_1"), ["chunk_1", "chunk_2"]);
    }
}
