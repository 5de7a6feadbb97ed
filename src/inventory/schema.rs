//! The JSON Schema of an inventory, with which editors complete and check the file. `read` knows more than a schema can say.
//! Pure.

use serde_json::{Map, Value, json};

use super::options;

/// The schema, but for Gluster's own options.
const SCHEMA: &str = include_str!("../../templates/schema/inventory.json");

/// The place of a volume's options in the schema.
const OPTIONS: &str = "/definitions/volume/properties/options";

/// The JSON Schema of an inventory (draft-07, which every editor understands), with Gluster's own options by name.
///
/// # Errors
/// The program's own text is no JSON.
pub fn schema() -> serde_json::Result<Value> {
    let mut schema: Value = serde_json::from_str(SCHEMA)?;
    if let Some(options) = schema.pointer_mut(OPTIONS) {
        options["properties"] = Value::Object(options::known().map(option).collect::<Map<_, _>>());
    }
    Ok(schema)
}

/// One of Gluster's options, by what its values look like.
fn option((name, form): (&str, &str)) -> (String, Value) {
    let values = match form {
        "" => String::new(),
        "switch" => ": on or off".to_owned(),
        "seconds" => ": a number of seconds".to_owned(),
        "percent" => ": a percentage, for example 10%".to_owned(),
        "size" => ": a size, for example 64MB".to_owned(),
        "number" => ": a number".to_owned(),
        words => format!(": one of {}", words.replace('|', ", ")),
    };
    let described = format!("An option of {}{values}.", options::VERSION);
    let value = json!({"description": described, "allOf": [{"$ref": "#/definitions/optionValue"}]});
    (name.to_owned(), value)
}
