//! Checks what the program printed against the schemas of `glusterctl schema DOCUMENT`.

use serde_json::Value;

const DOCUMENTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/schema/documents.json"));

/// Panics unless the value is the document of that name.
pub fn valid(name: &str, value: &Value) {
    let all: Value = serde_json::from_str(DOCUMENTS).unwrap();
    let mut schema = all["documents"][name].clone();
    assert!(schema.is_object(), "there is no document {name}");
    schema["definitions"] = all["definitions"].clone();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{name}: {error} at {}\n{value:#}", error.instance_path());
    }
}
