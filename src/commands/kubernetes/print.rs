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
