//! docs/inventory.md is made from the JSON Schema of the inventory, so that the page has every key. When the two differ, the test
//! writes the page anew and fails: look at the difference, and commit it.

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::schemas;
use crate::support::schemas::flattened;
use glusterctl::inventory;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| inventory::schema().unwrap());

/// The schemas that a schema consists of.
fn parts(schema: &'static Value) -> Vec<&'static Value> {
    flattened(&SCHEMA, schema)
}

/// The schemas of a block of keys, if the value can be one.
fn block(schema: &'static Value) -> Option<&'static Value> {
    parts(schema)
        .into_iter()
        .find(|part| part["additionalProperties"] == false)
}

/// The schema of the values of a map with keys of the operator's choice, and what the page calls such a key.
fn map(schema: &'static Value) -> Option<(&'static str, &'static Value)> {
    let part = parts(schema)
        .into_iter()
        .find(|part| part["additionalProperties"].is_object())?;
    Some((
        part["propertyNames"]["title"].as_str().unwrap(),
        &part["additionalProperties"],
    ))
}

fn items(schema: &'static Value) -> Option<&'static Value> {
    parts(schema).into_iter().find_map(|part| part.get("items"))
}

fn words(part: &Value) -> Option<String> {
    let words: Vec<String> = part["enum"]
        .as_array()?
        .iter()
        .map(|word| format!("`{}`", word.as_str().unwrap()))
        .collect();
    Some(words.join(", "))
}

/// What a value is, in words.
fn kind(schema: &'static Value) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for part in parts(schema) {
        let types = match &part["type"] {
            Value::Array(types) => types[0].as_str(),
            other => other.as_str(),
        };
        let kind = match types {
            _ if part["enum"].is_array() => words(part).unwrap(),
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => "`true`, `false`".to_owned(),
            Some("array") => format!("list of {}", kind(&part["items"]).replace("block", "blocks")),
            Some("object") => "block".to_owned(),
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

/// What else the value has to be: the rules of its definition, and the limits of a number.
fn rule(schema: &'static Value) -> String {
    let own = schema["description"].as_str();
    let of = |schema: &'static Value| {
        parts(schema)
            .into_iter()
            .filter(|part| block(part).is_none() || part["type"] != "object")
    };
    let listed = items(schema).into_iter().flat_map(of);
    let mut rules: Vec<String> = Vec::new();
    for part in of(schema).chain(listed) {
        let described = part["description"]
            .as_str()
            .filter(|text| Some(*text) != own)
            .map(str::to_owned);
        let limits = (part["type"] == "integer").then(|| format!("{} to {}", part["minimum"], part["maximum"]));
        rules.extend(
            described
                .into_iter()
                .chain(limits)
                .filter(|rule| !rules.contains(rule))
                .collect::<Vec<_>>(),
        );
    }
    rules.join(" ")
}

/// The rows of a key, and of the keys of a map below it; the blocks below are added to `blocks`.
fn rows(
    key: &str,
    below: &str,
    schema: &'static Value,
    needed: bool,
    blocks: &mut Vec<(String, &'static Value)>,
) -> String {
    let path = if below.is_empty() {
        key.to_owned()
    } else {
        format!("{below}.{key}")
    };
    let meaning = parts(schema)
        .iter()
        .find_map(|part| part["description"].as_str())
        .unwrap_or_default();
    let default = match &schema["default"] {
        _ if needed => "needed".to_owned(),
        Value::Null => String::new(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    let (kind, rule) = (kind(schema), rule(schema));
    let mut text = format!(
        "| `{key}` | {meaning} | {kind} | {default} | {} |\n",
        rule.replace(meaning, "").trim()
    )
    .replace("  ", " ");
    blocks.extend(block(schema).map(|block| (path.clone(), block)));
    blocks.extend(items(schema).and_then(block).map(|block| (format!("{path}[]"), block)));
    if let Some((title, value)) = map(schema) {
        match block(value) {
            Some(block) => blocks.push((format!("{path}.{title}"), block)),
            None => text += &rows(&format!("{key}.{title}"), below, value, false, blocks),
        }
    }
    text
}

fn page() -> String {
    let mut text = "\
# Every key of the inventory

Made from the schema that `glusterctl schema` prints; `inventories/` has examples. A value that is no block and no list may be
written with or without quotes. Unknown keys are errors.

An editor with yaml-language-server (VS Code, Neovim, Helix, Emacs, …) completes these keys, shows their meaning and marks mistakes if
the inventory has this line, and the file beside it, as `glusterctl init` writes both:

```yaml
# yaml-language-server: $schema=glusterctl.schema.json
```

```sh
glusterctl schema >glusterctl.schema.json
```

writes that file for an inventory that has none, and anew after an update of glusterctl. No network is needed. `glusterctl check` knows
more than a schema can say: whether names are unique, and whether the bricks make whole sets.
"
    .to_owned();
    let mut blocks: Vec<(String, &'static Value)> = vec![(String::new(), &SCHEMA)];
    let mut told: Vec<(String, *const Value)> = Vec::new();
    let mut at = 0;
    while let Some((path, block)) = blocks.get(at).cloned() {
        at += 1;
        let title = if path.is_empty() {
            "The inventory".to_owned()
        } else {
            format!("`{path}`")
        };
        // The same block stands in several places: it is told once.
        if let Some((first, _)) = told.iter().find(|(_, known)| std::ptr::eq(*known, block)) {
            text += &format!("\n## {title}\n\nAs `{first}`.\n");
            continue;
        }
        told.push((path.clone(), block));
        text +=
            &format!("\n## {title}\n\n| key | meaning | value | default | rule |\n| --- | --- | --- | --- | --- |\n");
        let required: Vec<&str> = block["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = block["properties"].as_object().unwrap();
        let rest = properties
            .keys()
            .map(String::as_str)
            .filter(|key| !required.contains(key));
        let mut below = Vec::new();
        for key in required.iter().copied().chain(rest) {
            text += &rows(key, &path, &properties[key], required.contains(&key), &mut below);
        }
        // The blocks of a block follow it.
        blocks.splice(at..at, below);
    }
    text
}

#[test]
fn the_page_has_every_key_of_the_schema() {
    schemas::compare("docs/inventory.md", &page());
}
