//! Reads typed values out of a YAML tree: each reader takes a node, notes every problem of the node, and gives back the
//! values that can be used. Only `inventory::read` calls these readers.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::suggest::{block_example, did_you_mean, listed, nearest};
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::{Diagnostic, Span, shown};
use crate::inventory::names::Refused;

/// A checked value and where the value was written.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub value: T,
    pub span: Span,
}

/// The problems that were found so far.
pub(super) type Diagnostics = Vec<Diagnostic>;

/// The keys of one block, checked against the keys that such a block may have.
pub(super) struct Fields<'n> {
    /// What messages call the block: "a host".
    what: &'static str,
    /// Where a message about the block as a whole points.
    pub span: Span,
    entries: Vec<Entry<'n>>,
    /// The existing keys that an unknown key of the block probably means.
    meant: Vec<&'static str>,
}

/// A key, the place of the key, and its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'n> {
    pub key: &'n str,
    pub at: &'n Node,
    pub value: &'n Node,
}

impl<'n> Fields<'n> {
    /// The entries of a block that may have only the `known` keys. `None` if the node is no block.
    pub fn read(
        node: &'n Node,
        what: &'static str,
        known: &[&'static str],
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let mut fields = Self::any(node, what, problems)?;
        if let Value::Map(entries) = &node.value {
            for (key, value) in entries {
                let Value::Scalar { text, .. } = &key.value else {
                    continue;
                };
                if let Some((word, _)) = unspaced(text, value) {
                    fields.meant.extend(did_you_mean(word, known));
                } else if !known.contains(&text.as_str()) {
                    fields.meant.extend(did_you_mean(text, known));
                    problems.push(unknown_key(key.span.clone(), text, what, known));
                }
            }
        }
        Some(fields)
    }

    /// The entries of a block with keys of the operator's choice.
    pub fn any(node: &'n Node, what: &'static str, problems: &mut Diagnostics) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            problems.push(
                Diagnostic::new(format!("{what} is written as a block of keys"), node.span.clone())
                    .label(format!("this is {}", node.value.noun()))
                    .help(match block_example(what) {
                        Some(example) => format!("for example `{example}`"),
                        None => {
                            "write each key as `key: value`, all of them in the same column or within { }".to_owned()
                        }
                    }),
            );
            return None;
        };
        let mut fields = Fields {
            what,
            span: node.span.start..node.span.start,
            entries: Vec::new(),
            meant: Vec::new(),
        };
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (key, value) in entries {
            let Value::Scalar { text, .. } = &key.value else {
                problems.push(
                    Diagnostic::new("a key is a single word", key.span.clone())
                        .label(format!("this is {}", key.value.noun()))
                        .help("write `key: value`"),
                );
                continue;
            };
            if let Some(first) = seen.get(text.as_str()) {
                let title = format!("`{}` is there twice in {what}", shown(text));
                problems.push(twice(title, &key.span, first));
                continue;
            }
            if seen.is_empty() {
                fields.span = key.span.clone();
            }
            seen.insert(text, key.span.clone());
            fields.entries.push(Entry {
                key: text,
                at: key,
                value,
            });
            if let Some((word, rest)) = unspaced(text, value) {
                problems.push(
                    Diagnostic::new(
                        "a key and its value are not separated by a colon and a space",
                        key.span.clone(),
                    )
                    .label(format!("write `{}: {}`", shown(word), shown(rest))),
                );
            } else if matches!(value.value, Value::Null) {
                problems.push(
                    Diagnostic::new(format!("`{}` has no value", shown(text)), key.span.clone())
                        .label("no value stands after the colon")
                        .help("write a value after the colon, or remove the key"),
                );
            }
        }
        Some(fields)
    }

    /// The value of a key, if the key has a value.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// The value of a key that the block must have; `example` shows how to write the key.
    pub fn required(&self, key: &str, example: &str, problems: &mut Diagnostics) -> Option<&'n Node> {
        if !self.entries.iter().any(|entry| entry.key == key) && !self.means(key) {
            problems.push(
                Diagnostic::new(format!("{} needs `{key}`", self.what), self.span.clone())
                    .label(format!("`{key}` is missing here"))
                    .help(format!("add `{example}`")),
            );
        }
        self.get(key)
    }

    /// Whether an unknown key of the block probably means this key.
    pub fn means(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }

    /// Every key that has a value.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'n>> {
        self.entries
            .iter()
            .copied()
            .filter(|entry| !matches!(entry.value.value, Value::Null))
    }
}

/// The key and the value of `key:value` or `key=value`, which YAML reads as a key without a value.
fn unspaced<'t>(key: &'t str, value: &Node) -> Option<(&'t str, &'t str)> {
    let parts = key
        .split_once([':', '='])
        .filter(|_| matches!(value.value, Value::Null));
    parts.filter(|(word, rest)| !word.is_empty() && !rest.is_empty())
}

fn unknown_key(span: Span, key: &str, what: &str, known: &[&str]) -> Diagnostic {
    let problem = Diagnostic::new(format!("there is no key `{}` in {what}", shown(key)), span);
    let all = format!("the keys of {what} are {}", listed(known));
    match did_you_mean(key, known) {
        Some("mount") if key != "mount" && key.contains("opt") => problem
            .label("options of the mount stand below `mount`")
            .help("for example `mount: {path: /data, options: [noatime]}`"),
        Some(likely) => problem.label(format!("did you mean `{likely}`?")).help(all),
        None if ["password", "ssh_pass", "become_password"].contains(&key) => {
            problem.label("an inventory has no passwords").help(
                "SSH logs in with a key (`identity_file`, or an agent); glusterctl asks for the password of sudo when it is needed",
            )
        }
        None if key == "<<" => problem.label("YAML's merge key is not read").help("write the keys out"),
        None => problem.label("this key is not known").help(all),
    }
}

/// The problem of a value that stands in two places and may stand in one place only.
pub(super) fn twice(title: String, again: &Span, first: &Span) -> Diagnostic {
    Diagnostic::new(title, again.clone())
        .label("again here")
        .also(first.clone(), "first here")
        .help("keep one of the two")
}

/// The problem of a key that has to be the name of a `what`, and is not the name of any `what`.
pub(super) fn unknown(what: &str, written: &str, at: &Node, known: &[&str]) -> Diagnostic {
    let problem = Diagnostic::new(format!("there is no {what} `{}`", shown(written)), at.span.clone());
    match did_you_mean(written, known) {
        Some(likely) => problem.label(format!("did you mean `{likely}`?")),
        None => problem.label(format!("the {what}s are {}", listed(known))),
    }
}

/// A single value, exactly as the operator wrote the value.
pub(super) fn text<'n>(node: &'n Node, what: &str, problems: &mut Diagnostics) -> Option<&'n str> {
    if let Value::Scalar { text, .. } = &node.value {
        return Some(text);
    }
    problems.push(
        Diagnostic::new(format!("{what} is a single value"), node.span.clone())
            .label(format!("this is {}", node.value.noun()))
            .help("write one value here"),
    );
    None
}

/// A name of the type `T`.
pub(super) fn name<T: FromStr<Err = Refused>>(
    node: &Node,
    what: &str,
    problems: &mut Diagnostics,
) -> Option<Located<T>> {
    let text = text(node, what, problems)?;
    match text.parse() {
        Ok(value) => Some(Located {
            value,
            span: node.span.clone(),
        }),
        Err(Refused(why)) => {
            let problem = Diagnostic::new(format!("`{}` cannot be {what}", shown(text)), node.span.clone()).label(why);
            problems.push(match nearest::<T>(text) {
                Some(nearest) => problem.help(format!("for example `{nearest}`")),
                None if text.starts_with('/') => problem,
                None if what == "a device" => problem.help("for example `/dev/vdb` or `/dev/disk/by-id/virtio-brick0`"),
                None if what == "a mount point" => problem.help("for example `/data`"),
                None => problem,
            });
            None
        }
    }
}

/// A name of the type `T`, if the node exists.
pub(super) fn value<T: FromStr<Err = Refused>>(
    node: Option<&Node>,
    what: &str,
    problems: &mut Diagnostics,
) -> Option<T> {
    name(node?, what, problems).map(|located| located.value)
}

/// A whole number in a range; `example` shows what to write.
pub(super) fn number(
    node: &Node,
    what: &str,
    range: RangeInclusive<usize>,
    example: &str,
    problems: &mut Diagnostics,
) -> Option<Located<usize>> {
    let written = text(node, what, problems)?;
    let plain = matches!(&node.value, Value::Scalar { plain: true, .. });
    let digits = plain && written.bytes().all(|b| b.is_ascii_digit()) && (written == "0" || !written.starts_with('0'));
    let value = written.trim().parse().ok().filter(|value| range.contains(value));
    match value.filter(|_| digits) {
        Some(value) => Some(Located {
            value,
            span: node.span.clone(),
        }),
        None => {
            let why = match value {
                Some(value) => format!("write the number without quotes, signs and leading zeros: {value}"),
                None => format!("{what} is a whole number from {} to {}", range.start(), range.end()),
            };
            problems.push(
                Diagnostic::new(format!("`{}` cannot be {what}", shown(written)), node.span.clone())
                    .label(why)
                    .help(example),
            );
            None
        }
    }
}

/// The value of the one word, among a few, that the operator wrote.
pub(super) fn choice<T: Copy>(
    node: &Node,
    what: &str,
    words: &[(&str, T)],
    problems: &mut Diagnostics,
) -> Option<Located<T>> {
    let written = text(node, what, problems)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == written) {
        return Some(Located {
            value: *value,
            span: node.span.clone(),
        });
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let problem = Diagnostic::new(format!("`{}` cannot be {what}", shown(written)), node.span.clone())
        .help(format!("{what} is {}", listed(&known).replace(" and ", " or ")));
    problems.push(match did_you_mean(written, &known) {
        Some(likely) => problem.label(format!("did you mean `{likely}`?")),
        None => problem.label("this word is not known"),
    });
    None
}

/// Notes that a value cannot be a `what`, and why.
pub(super) fn refuse(node: &Node, what: &str, why: &str, problems: &mut Diagnostics) {
    let written = match &node.value {
        Value::Scalar { text, .. } => text,
        other => other.noun(),
    };
    problems.push(Diagnostic::new(format!("`{}` cannot be {what}", shown(written)), node.span.clone()).label(why));
}

/// The entries of a list.
pub(super) fn list<'n>(node: &'n Node, what: &str, example: &str, problems: &mut Diagnostics) -> &'n [Node] {
    if let Value::List(items) = &node.value {
        return items;
    }
    problems.push(
        Diagnostic::new(format!("{what} are written as a list"), node.span.clone())
            .label(format!("this is {}", node.value.noun()))
            .help(format!("for example `{example}`")),
    );
    &[]
}
