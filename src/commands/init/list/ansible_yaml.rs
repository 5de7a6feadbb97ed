//! An inventory of Ansible in YAML. Pure.
//!
//! The form: docs.ansible.com, `ansible.builtin.yaml`: groups with `hosts`, `vars` and `children`.

use serde_json::{Map, Value};

use super::ansible::{Ansible, Variables};
use crate::text::printable;

/// The keys of a group.
const KEYS: [&str; 3] = ["hosts", "vars", "children"];

/// Whether a document is groups of Ansible.
pub fn is_one(document: &Value) -> bool {
    let is_group = |group: &Value| match group {
        Value::Object(keys) => keys.keys().all(|key| KEYS.contains(&key.as_str())),
        other => other.is_null(),
    };
    let has_hosts = |group: &Value| ["hosts", "children"].iter().any(|key| group.get(key).is_some());
    document
        .as_object()
        .is_some_and(|groups| groups.values().all(is_group) && groups.values().any(has_hosts))
}

/// Reads the inventory.
///
/// # Errors
/// Every place that is wrong.
pub fn read(document: &Value) -> Result<Ansible, Vec<String>> {
    let mut reader = Reader::default();
    for (name, group) in document.as_object().into_iter().flatten() {
        reader.group(name, group, 0);
    }
    match reader.problems.is_empty() {
        true => Ok(reader.ansible),
        false => Err(reader.problems),
    }
}

#[derive(Default)]
struct Reader {
    ansible: Ansible,
    problems: Vec<String>,
}

impl Reader {
    /// Groups are at most so many groups deep.
    const DEEPEST: usize = 50;

    fn group(&mut self, name: &str, group: &Value, depth: usize) {
        let Value::Object(keys) = group else {
            if !group.is_null() {
                self.wrong(name, "is no block with hosts, vars or children");
            }
            return;
        };
        for key in keys.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            self.wrong(
                name,
                &format!("has {key:?}, and a group has hosts, vars and children; a host stands below hosts:"),
            );
        }
        match keys.get("hosts") {
            Some(Value::Object(hosts)) => {
                for (pattern, own) in hosts {
                    self.host(name, pattern, own);
                }
            }
            Some(Value::String(pattern)) => self.host(name, pattern, &Value::Null),
            Some(Value::Null) | None => {}
            Some(_) => self.wrong(
                name,
                "has hosts that are no block; write each host as `NAME:` below hosts:",
            ),
        }
        if let Some(Value::Object(own)) = keys.get("vars") {
            self.ansible.set(name, variables(own));
        }
        let children = keys.get("children").and_then(Value::as_object);
        if children.is_some() && depth >= Self::DEEPEST {
            return self.wrong(name, "lies too many groups deep");
        }
        for (child, group) in children.into_iter().flatten() {
            self.ansible.child(name, child);
            self.group(child, group, depth + 1);
        }
    }

    fn host(&mut self, group: &str, pattern: &str, own: &Value) {
        let own = match own {
            Value::Object(own) => variables(own),
            Value::Null => Variables::new(),
            _ => {
                return self.wrong(
                    group,
                    &format!("has the host {pattern:?} with a value that is no block of variables"),
                );
            }
        };
        if let Err(problem) = self.ansible.add(group, pattern, &own) {
            self.problems.push(problem);
        }
    }

    fn wrong(&mut self, group: &str, what: &str) {
        self.problems.push(format!("the group {} {what}", printable(group)));
    }
}

/// The variables that have one value.
fn variables(own: &Map<String, Value>) -> Variables {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        _ => None,
    };
    own.iter()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}
