//! The ladder: dependencies only point down, siblings never name each other.

use std::{collections::BTreeMap, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The rungs, lowest first. A crate that is not here yet is refused: decide where it belongs.
const RUNGS: &[(&str, &[&str])] = &[
    ("words", &["centrala-keys", "centrala-time"]),
    ("seam", &["centrala-dialogue"]),
    ("wire and sound", &["centrala-sip", "centrala-sdp", "centrala-media", "centrala-dtmf"]),
    ("machines", &["centrala-ua", "centrala-ivr", "centrala-voicemail", "centrala-speech"]),
    ("model", &["centrala-office"]),
    ("exchange", &["centrala-switch"]),
    ("proof", &["centrala-plan"]),
    ("disk", &["centrala-disk"]),
    ("adapters", &["centrala-store-files", "centrala-store-locations"]),
    ("shell", &["centrala-reference-pbx"]),
];

/// Crates for which the ladder has no rung: equipment, small programs and automation, never depended upon.
const BESIDE: &[&str] =
    &["centrala-testkit", "centrala-benches", "centrala-sip-lint", "centrala-sip-torture", "xtask"];

/// Checks every edge between our crates, development dependencies left out.
pub(crate) fn check(root: &Path) -> Result<()> {
    let rungs: BTreeMap<&str, usize> = RUNGS
        .iter()
        .enumerate()
        .flat_map(|(rung, (_, crates))| crates.iter().map(move |name| (*name, rung)))
        .collect();
    let mut faults = Vec::new();
    for (package, dependencies) in edges(root)? {
        if BESIDE.contains(&package.as_str()) {
            continue;
        }
        let Some(&own) = rungs.get(package.as_str()) else {
            faults.push(format!("{package} stands on no rung: add it to the ladder"));
            continue;
        };
        for dependency in dependencies {
            match rungs.get(dependency.as_str()) {
                Some(&below) if below < own => {}
                Some(_) => faults.push(format!("{package} -> {dependency} does not point down")),
                None => faults.push(format!("{package} -> {dependency}, which is on no rung")),
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

/// Returns the packages on the rungs below the shell.
pub(crate) fn libraries(root: &Path) -> Result<Vec<String>> {
    let shell = "centrala-reference-pbx";
    let packages = edges(root)?.into_keys();
    Ok(packages.filter(|name| name != shell && !BESIDE.contains(&name.as_str())).collect())
}

/// Returns each package of the workspace with those of its dependencies that are ours.
fn edges(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let name =
        |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let packages = list(&metadata, "packages");
    if packages.is_empty() {
        bail!("cargo metadata names no packages");
    }
    let is_null = |value: &Value, key: &str| value.get(key).is_none_or(Value::is_null);
    let own = |value: &&Value| !is_null(value, "path") && is_null(value, "kind");
    let mut edges = BTreeMap::new();
    for package in &packages {
        let dependencies = list(package, "dependencies");
        edges.insert(name(package), dependencies.iter().filter(own).map(name).collect());
    }
    Ok(edges)
}
