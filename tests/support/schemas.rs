//! Finds the parts of a JSON Schema that hold for a place of a document.

use std::path::Path;

use serde_json::Value;

/// A schema, and those that it refers to, all of which or some of which hold for the same value.
pub fn flattened<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut all = vec![schema];
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#'));
        all.extend(target.map(|target| flattened(root, target)).unwrap_or_default());
    }
    for word in ["allOf", "anyOf"] {
        let parts = schema[word].as_array().into_iter().flatten();
        all.extend(parts.flat_map(|part| flattened(root, part)));
    }
    all
}

/// The schemas that hold for the place of a document with that JSON pointer.
pub fn place<'s>(root: &'s Value, pointer: &str) -> Vec<&'s Value> {
    let mut here = flattened(root, root);
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let below = here.iter().flat_map(|schema| {
            let entry = schema["properties"].get(&key).or(schema.get("additionalProperties"));
            // A number is an index, unless a block has numbers for keys.
            let item = schema.get("items").filter(|_| key.parse::<usize>().is_ok());
            entry.into_iter().chain(item).filter(|schema| schema.is_object())
        });
        here = below.flat_map(|schema| flattened(root, schema)).collect();
    }
    here
}

/// The JSON pointers of a document and of everything in it.
pub fn places(document: &Value) -> Vec<String> {
    fn add(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    add(
                        value,
                        &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                        all,
                    );
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    add(value, &format!("{at}/{index}"), all);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    add(document, "", &mut all);
    all
}

/// Panics unless the page in the repository has this text, which is made from a schema: the page is written anew then.
pub fn compare(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if text != std::fs::read_to_string(&path).unwrap_or_default() {
        std::fs::write(&path, text).unwrap();
        panic!("{page} was not what the schema says, and has been written anew: look at the difference");
    }
}

/// Calls `see` with each object in a schema.
pub fn walk<'s>(schema: &'s Value, see: &mut impl FnMut(&'s Value)) {
    match schema {
        Value::Object(entries) => {
            see(schema);
            for value in entries.values() {
                walk(value, see);
            }
        }
        Value::Array(items) => {
            for value in items {
                walk(value, see);
            }
        }
        _ => {}
    }
}
