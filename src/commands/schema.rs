//! `schema`: the JSON Schema of the inventory, for editors, and of the documents that commands print, for programs.

use anyhow::Context;
use serde_json::Value;

use super::{Ending, Usage};
use crate::cli::{Global, OutputFormat};
use crate::inventory;
use crate::output;

/// A schema for each document below `documents`, and what they share below `definitions`.
const DOCUMENTS: &str = include_str!("../../templates/schema/documents.json");

/// Runs `schema`.
///
/// # Errors
/// There is no such document; standard output cannot be written.
pub fn run(global: &Global, document: Option<&str>) -> anyhow::Result<Ending> {
    let schema = match document {
        None | Some("inventory") => inventory::schema()?,
        Some(name) => of_document(name)?,
    };
    // A schema has no form as a table: without -o, it is JSON.
    let text = match global.output {
        OutputFormat::Yaml => output::yaml(&schema)?,
        _ => output::json(&schema)?,
    };
    output::stdout(&text)?;
    Ok(Ending::Done)
}

/// The schema of the document of that name, complete in itself.
fn of_document(name: &str) -> anyhow::Result<Value> {
    let mut all: Value = serde_json::from_str(DOCUMENTS).context("reading the schemas of documents")?;
    let [dialect, shared, documents] = ["$schema", "definitions", "documents"].map(|key| all[key].take());
    let Some(document) = documents.get(name) else {
        let names: Vec<&str> = documents
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let names = names.join(", ");
        return Err(Usage(format!(
            "error: there is no document {name:?}\nthe documents are inventory, {names}"
        ))
        .into());
    };
    let mut schema = document.clone();
    schema["$schema"] = dialect;
    schema["definitions"] = shared;
    Ok(schema)
}
