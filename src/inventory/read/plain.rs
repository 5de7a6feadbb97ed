//! The keys and values of an inventory as its operator wrote them, with aliases written out, as data that can be changed and
//! written again.

use serde_json::Value as Json;

use super::without_mark;
use super::yaml::{self, Node, Value};

/// The keys and values of a text that was read without problems; nothing of any other text.
pub(super) fn keys(text: &str) -> Json {
    match yaml::parse(without_mark(text)) {
        Ok(Some(root)) => json(&root),
        _ => Json::Null,
    }
}

/// The keys and values of any YAML, for readers of other programs' files.
///
/// # Errors
/// The text is not YAML; where and why, in a line.
pub fn data(text: &str) -> Result<Json, String> {
    let text = without_mark(text);
    let root = yaml::parse(text).map_err(|problem| {
        let before = problem
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        format!("line {}: {}", 1 + before.matches('\n').count(), problem.title())
    })?;
    Ok(root.map_or(Json::Null, |root| json(&root)))
}

/// A value that reads as the node does: a number if the operator wrote a whole number without quotes, and else a text, so that
/// `1.30` stays what it is.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, plain } => {
            let number = text
                .parse::<u64>()
                .ok()
                .filter(|number| *plain && number.to_string() == *text);
            number.map_or_else(|| Json::from(text.as_str()), Json::from)
        }
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let key = |key: &Node| match &key.value {
                Value::Scalar { text, .. } => text.clone(),
                other => other.noun().to_owned(),
            };
            let entries = entries.iter().map(|(name, value)| (key(name), json(value)));
            Json::Object(entries.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::read::read;

    #[test]
    fn values_stay_as_they_were_written() {
        let text = "\u{feff}a: &a {b: 1, c: \"1\", d: 1.30, e: 007, f: ~, g: true}\nh: [*a, on]\n";
        let a = json!({"b": 1, "c": "1", "d": "1.30", "e": "007", "f": null, "g": "true"});
        assert_eq!(keys(text), json!({"a": a, "h": [a, "on"]}));
    }

    // JSON is YAML: what is written again is read as the same inventory.
    #[test]
    fn every_example_is_the_same_inventory_when_written_again() {
        let mut seen = 0;
        for directory in ["inventories", "tests/inventories"] {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.extension() != Some("yaml".as_ref()) {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let again = keys(&text).to_string();
                assert_eq!(
                    read(&again, "again").unwrap(),
                    read(&text, "text").unwrap(),
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
        assert!(seen >= 7, "{seen}");
    }
}
