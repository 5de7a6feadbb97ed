//! docs/json.md is made from the schemas that `glusterctl schema DOCUMENT` prints, so that the page has every field. When the two
//! differ, the test writes the page anew and fails: look at the difference, and commit it.

use std::sync::LazyLock;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::{Value, json};

use crate::support::schemas;
use crate::support::schemas::flattened;

static ALL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../templates/schema/documents.json")).unwrap());

/// The order of the page.
const ORDER: [&str; 19] = [
    "error",
    "check",
    "discover",
    "plan",
    "event",
    "status",
    "doctor",
    "ok-to-stop",
    "log",
    "record",
    "snapshots",
    "kubernetes",
    "kubernetes-apply",
    "image",
    "rehearsal",
    "labs",
    "boot",
    "probe",
    "version",
];

/// What a value is, in words.
fn kind(schema: &'static Value) -> String {
    if let Some(one) = schema.get("const") {
        return format!("`{}`", one.as_str().map_or_else(|| one.to_string(), str::to_owned));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words
            .iter()
            .map(|word| format!("`{}`", word.as_str().unwrap_or("null")))
            .collect();
        return words.join(", ");
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["object"],
    };
    let words = types.iter().map(|word| match *word {
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "`true`, `false`",
        "array" => "list",
        "null" => "`null`",
        other => other,
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// The rows of everything below a schema.
fn rows(path: &str, schema: &'static Value, text: &mut String) {
    let parts = flattened(&ALL, schema);
    for part in &parts {
        for (key, value) in part["properties"].as_object().into_iter().flatten() {
            let field = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let meaning = value["description"].as_str().unwrap_or_default();
            let items = value.get("items").and_then(|items| items["type"].as_str());
            let kind = match items {
                Some("string") => kind(value).replace("list", "list of texts"),
                _ => kind(value),
            };
            *text += &format!("| `{field}` | {meaning} | {kind} |\n");
            rows(&field, value, text);
        }
        if let Some(items) = part.get("items") {
            rows(&format!("{path}[]"), items, text);
        }
        for variant in part["oneOf"].as_array().into_iter().flatten() {
            rows(path, variant, text);
        }
    }
}

fn page() -> String {
    let mut text = "\
# What programs read

With `-o json` or `-o yaml` (before or after the command), data on standard output are documents, which this page lists. `status` has
metrics as well: `-o prometheus` ([status.md](status.md)). Messages for people, such as warnings, are on standard error.

Every document has a `version`. It grows when a field goes or gets another meaning; a new field alone does not change it, so a program
ignores fields that it does not know. Sizes are in bytes, durations in seconds, times in UTC (RFC 3339), and `null` means that a thing is
not there or not known, as each field says. This page is made from the schemas, and tests compare the schemas with what the program
prints. This prints the JSON Schema (draft-07) of a document:

```sh
glusterctl schema status
```

`apply` and other commands that take time print a document for each event, with `-o yaml` as a stream of documents ([event](#event)).
`init` writes an inventory, and prints no data ([inventory.md](inventory.md) has its schema).
"
    .to_owned();
    for name in ORDER {
        let document = &ALL["documents"][name];
        text += &format!("\n## `{name}`\n\n{}\n", document["description"].as_str().unwrap());
        const HEAD: &str = "\n| field | meaning | value |\n| --- | --- | --- |\n";
        match document["oneOf"].as_array() {
            None => {
                text += HEAD;
                rows("", document, &mut text);
            }
            Some(variants) => {
                for variant in variants {
                    let event = variant["properties"]["event"]["const"].as_str().unwrap();
                    text += &format!(
                        "\n### `{event}`\n\n{}\n{HEAD}",
                        variant["description"].as_str().unwrap()
                    );
                    rows("", variant, &mut text);
                }
            }
        }
    }
    text
}

#[test]
fn the_page_has_every_field_of_every_document() {
    let mut names: Vec<&str> = ORDER.to_vec();
    names.sort_unstable();
    let known: Vec<&str> = ALL["documents"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, known);
    schemas::compare("docs/json.md", &page());
}

#[test]
fn the_program_prints_the_schema_of_each_document() {
    for name in ORDER {
        let output = cargo_bin_cmd!("glusterctl")
            .args(["schema", name])
            .assert()
            .success()
            .get_output()
            .stdout
            .clone();
        let schema: Value = serde_json::from_slice(&output).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        assert_eq!(schema["description"], ALL["documents"][name]["description"]);
        assert!(!jsonschema::is_valid(&schema, &json!({"something": "else"})), "{name}");
    }
    let wrong = cargo_bin_cmd!("glusterctl")
        .args(["schema", "stauts"])
        .assert()
        .code(2)
        .get_output()
        .stderr
        .clone();
    assert!(
        String::from_utf8(wrong)
            .unwrap()
            .contains("the documents are inventory, boot, check, ")
    );
}
