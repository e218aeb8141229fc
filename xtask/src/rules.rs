//! Who may depend on whom, held against what cargo and the sources say.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::{compress, program, workspace};

const PRODUCT: [&str; 6] = [
    "domain",
    "storage",
    "migrations",
    "app",
    "server",
    "frontend",
];
const BROWSER: &str = "wasm32-unknown-unknown";
/// The most lines a source file may have; at 400 one should think of splitting it.
const MOST_LINES: usize = 600;

/// Checks all rules and names every breach.
///
/// # Errors
/// A rule is broken, or cargo can't describe the workspace.
pub fn check() -> Result<()> {
    let metadata = program::output(program::cargo().args([
        "metadata",
        "--format-version=1",
        "--no-deps",
        "--locked",
    ]))
    .context("Cargo.lock must be up to date: run `cargo metadata` once and commit it")?;
    let packages = Packages::parse(&metadata)?;
    let mut breaches = declared(&packages)?;
    breaches.extend(reached()?);
    breaches.extend(sources(workspace::root())?);
    for breach in &breaches {
        eprintln!("  {breach}");
    }
    ensure!(
        breaches.is_empty(),
        "{} dependency rules broken, see docs/architecture.md",
        breaches.len()
    );
    Ok(())
}

/// What each crate's Cargo.toml declares.
fn declared(packages: &Packages) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    let domain = packages.get("domain")?;
    if !domain.features.is_empty() {
        breaches.push(
            "domain has cargo features: it has none, so that browser and server share one build"
                .into(),
        );
    }
    let app = packages.get("app")?;
    let features: BTreeSet<_> = app.features.keys().map(String::as_str).collect();
    if features != BTreeSet::from(["hydrate", "ssr"]) {
        breaches.push(format!(
            "app has the features {features:?}: it has exactly hydrate and ssr"
        ));
    }
    for server_only in ["storage", "leptos_axum", "axum"] {
        let is_optional = app
            .dependencies
            .get(server_only)
            .is_none_or(|dependency| dependency.is_optional);
        let is_hydrated = app
            .features
            .get("hydrate")
            .is_some_and(|names| names.iter().any(|name| names_dependency(name, server_only)));
        if !is_optional || is_hydrated {
            breaches.push(format!("app needs {server_only} without the feature ssr"));
        }
    }
    for (name, dependency) in &packages.get("migrations")?.dependencies {
        if dependency.is_normal && name != "sea-orm-migration" {
            breaches.push(format!(
                "migrations depends on {name}: sea-orm-migration is all it may know"
            ));
        }
    }
    for name in packages.get("xtask")?.dependencies.keys() {
        if PRODUCT.contains(&name.as_str()) {
            breaches.push(format!(
                "xtask depends on {name}: it depends on none of the product's crates"
            ));
        }
    }
    for (name, dependency) in &packages.get("frontend")?.dependencies {
        if dependency.target.as_deref() != Some("cfg(target_arch = \"wasm32\")") {
            breaches.push(format!(
                "frontend depends on {name} for every target: under cfg(target_arch = \"wasm32\") only, or cargo unites hydrate with ssr"
            ));
        }
    }
    Ok(breaches)
}

/// What each crate reaches through others.
fn reached() -> Result<Vec<String>> {
    let databases = [
        "sea-orm",
        "sea-orm-migration",
        "sqlx",
        "sqlx-core",
        "rusqlite",
        "storage",
        "migrations",
    ];
    let rules: [(&str, &[&str], &[&str]); 4] = [
        (
            "domain",
            &[],
            &["axum", "leptos", "tokio", "storage", "app", "server"],
        ),
        ("storage", &[], &["axum", "leptos", "app", "server"]),
        (
            "frontend",
            &["--target", BROWSER],
            &["tokio", "axum", "server"],
        ),
        ("xtask", &[], &PRODUCT),
    ];
    let mut breaches = Vec::new();
    for (package, arguments, banned) in rules {
        let tree = program::output(
            program::cargo()
                .args([
                    "tree",
                    "--locked",
                    "--prefix=none",
                    "--format={p}",
                    "--edges=normal,build",
                    "--package",
                    package,
                ])
                .args(arguments),
        )?;
        let names: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .filter(|name| *name != package)
            .collect();
        let without_database = matches!(package, "domain" | "frontend").then_some(databases);
        for name in banned
            .iter()
            .copied()
            .chain(without_database.into_iter().flatten())
        {
            if names.contains(name) {
                breaches.push(format!(
                    "{package} reaches {name}: `cargo tree --package {package} {} --invert {name}`",
                    arguments.join(" ")
                ));
            }
        }
    }
    Ok(breaches)
}

/// What the source files say.
fn sources(root: &Path) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    for package in PRODUCT.iter().chain(&["xtask"]) {
        for folder in ["src", "tests"] {
            let folder = root.join(package).join(folder);
            if !folder.is_dir() {
                continue;
            }
            for file in compress::files(&folder)? {
                if file.extension().is_none_or(|extension| extension != "rs") {
                    continue;
                }
                let text = fs::read_to_string(&file)
                    .with_context(|| format!("can't read {}", file.display()))?;
                let name = file.strip_prefix(root)?.display().to_string();
                breaches.extend(source(package, &name, &text));
            }
        }
    }
    let frontend = fs::read_to_string(root.join("frontend/src/lib.rs"))?;
    if !frontend.starts_with("#![cfg(target_arch = \"wasm32\")]\n") {
        breaches
            .push("frontend/src/lib.rs must start with #![cfg(target_arch = \"wasm32\")]".into());
    }
    Ok(breaches)
}

/// What one source file breaks.
fn source(package: &str, name: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        breaches.push(format!(
            "{name} has {lines} lines: split it by meaning, {MOST_LINES} are the most"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", index + 1);
        let code = line.split("//").next().unwrap_or_default();
        // Tests and measurements look at the database from outside; the product doesn't.
        if matches!(package, "app" | "server")
            && name.contains("/src/")
            && ["sea_orm", "sqlx::"].iter().any(|word| code.contains(word))
        {
            breaches.push(format!("{place}: queries live in storage, behind a Scope"));
        }
        if package == "storage" && code.trim_start().starts_with("pub mod entit") {
            breaches.push(format!("{place}: entities are private to storage"));
        }
    }
    breaches
}

fn names_dependency(feature: &str, dependency: &str) -> bool {
    feature
        .strip_prefix("dep:")
        .unwrap_or(feature)
        .strip_prefix(dependency)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The workspace's crates as `cargo metadata` describes them.
struct Packages(BTreeMap<String, Package>);

struct Package {
    features: BTreeMap<String, Vec<String>>,
    dependencies: BTreeMap<String, Dependency>,
}

struct Dependency {
    is_optional: bool,
    /// Neither a build nor a development dependency.
    is_normal: bool,
    target: Option<String>,
}

impl Packages {
    fn parse(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let packages = metadata["packages"]
            .as_array()
            .context("cargo metadata names no packages")?;
        packages
            .iter()
            .map(|package| Ok((text(&package["name"])?, Package::parse(package)?)))
            .collect::<Result<_>>()
            .map(Self)
    }

    fn get(&self, name: &str) -> Result<&Package> {
        let Some(package) = self.0.get(name) else {
            bail!("the workspace has no crate {name}")
        };
        Ok(package)
    }
}

impl Package {
    fn parse(package: &Value) -> Result<Self> {
        let features = package["features"]
            .as_object()
            .context("a package has features")?;
        let features = features
            .iter()
            .map(|(name, enables)| {
                let enables = enables.as_array().context("a feature is a list")?;
                Ok((
                    name.clone(),
                    enables.iter().map(text).collect::<Result<_>>()?,
                ))
            })
            .collect::<Result<_>>()?;
        let dependencies = package["dependencies"]
            .as_array()
            .context("a package has dependencies")?;
        let dependencies = dependencies
            .iter()
            .map(|dependency| {
                let described = Dependency {
                    is_optional: dependency["optional"].as_bool().unwrap_or(false),
                    is_normal: dependency["kind"].is_null(),
                    target: dependency["target"].as_str().map(str::to_owned),
                };
                Ok((text(&dependency["name"])?, described))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            features,
            dependencies,
        })
    }
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_outside_storage_is_found_and_a_comment_is_not() {
        let found = source(
            "app",
            "app/src/a.rs",
            "use a::b;\nuse sea_orm::Entity;\n// sea_orm stays out\n",
        );
        assert_eq!(
            found,
            ["app/src/a.rs:2: queries live in storage, behind a Scope"]
        );
        assert!(source("storage", "storage/src/a.rs", "use sea_orm::Entity;\n").is_empty());
    }

    #[test]
    fn a_file_of_601_lines_is_too_long() {
        assert!(source("domain", "a.rs", &"x\n".repeat(600)).is_empty());
        assert_eq!(source("domain", "a.rs", &"x\n".repeat(601)).len(), 1);
    }

    #[test]
    fn a_feature_names_a_dependency_as_dep_as_feature_and_as_it_is() {
        for feature in ["dep:axum", "axum", "axum/ws"] {
            assert!(names_dependency(feature, "axum"), "{feature}");
        }
        assert!(!names_dependency("dep:axum-extra", "axum"));
    }
}
