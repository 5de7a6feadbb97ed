//! Manifests on standard output, or a file each.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::OutputFormat;
use crate::kubernetes::templates::Templates;
use crate::kubernetes::{self, Manifest};
use crate::output;

/// Prints the manifests: YAML with the notes above them as comments, or one JSON list.
pub fn print(format: OutputFormat, notes: &[String], manifests: &[Manifest]) -> anyhow::Result<()> {
    match format {
        // An empty list and not nothing: what reads JSON wants a document.
        OutputFormat::Json => {
            let items: Vec<&Value> = manifests.iter().map(|manifest| &manifest.object).collect();
            output::stdout(&output::json(
                &json!({"apiVersion": "v1", "kind": "List", "items": items}),
            )?)
        }
        OutputFormat::Table | OutputFormat::Yaml | OutputFormat::Prometheus => output::stdout(&yaml(notes, manifests)),
    }
}

/// All manifests as one text.
pub fn yaml(notes: &[String], manifests: &[Manifest]) -> String {
    let documents: Vec<&str> = manifests.iter().map(|manifest| manifest.yaml.as_str()).collect();
    comment(notes) + &documents.join("---\n")
}

/// The notes with an empty line below, which keeps the notes apart from the comment of the first object.
fn comment(notes: &[String]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let lines: String = notes.iter().map(|line| format!("# {line}\n")).collect();
    lines + "\n"
}

/// Writes a file for each manifest and a kustomization.yaml, which comes last: the files that it names exist by then.
pub fn files(
    format: OutputFormat,
    dir: &Path,
    notes: &[String],
    manifests: &[Manifest],
    templates: &Templates,
) -> anyhow::Result<Vec<PathBuf>> {
    let json = format == OutputFormat::Json;
    let name = |manifest: &Manifest| match json {
        true => manifest.file_name.replace(".yaml", ".json"),
        false => manifest.file_name.clone(),
    };
    let mut written = Vec::new();
    for manifest in manifests {
        let text = match json {
            true => output::json(&manifest.object)?,
            false => yaml(notes, std::slice::from_ref(manifest)),
        };
        let path = dir.join(name(manifest));
        output::publish(&path, &text)?;
        written.push(path);
    }
    let names = |example: bool| -> Vec<String> {
        let wanted = manifests.iter().filter(|manifest| manifest.example == example);
        wanted.map(name).collect()
    };
    let path = dir.join("kustomization.yaml");
    output::publish(
        &path,
        &kubernetes::kustomization(templates, &names(false), &names(true))?,
    )?;
    written.push(path);
    Ok(written)
}

/// The files that the directory's kustomization names, also as examples: what an earlier run wrote there, or somebody else.
pub fn former(dir: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(dir.join("kustomization.yaml")).unwrap_or_default();
    let named = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("- ")
            .or_else(|| line.strip_prefix("# An example only: "))
    });
    let files = named
        .map(|name| name.trim().trim_matches('"'))
        .filter(|name| !name.contains('/'));
    files.map(|name| dir.join(name)).collect()
}

/// Whether the file has one object, made for the same cluster as these manifests.
pub fn is_akin(path: &Path, manifests: &[Manifest]) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let object: Value = serde_yaml::from_str(&text).unwrap_or_default();
    let whose = |object: &Value| {
        let labels = &object["metadata"]["labels"];
        let label = |key: &str| labels[key].as_str().map(str::to_owned);
        Some((label("app.kubernetes.io/managed-by")?, label("glusterctl/cluster")?))
    };
    let own = whose(&object);
    own.is_some() && manifests.iter().any(|manifest| whose(&manifest.object) == own)
}
