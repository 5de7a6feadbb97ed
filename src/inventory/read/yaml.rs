//! YAML text as a tree in which every node knows where it stands. The only user of the YAML parser; only
//! `inventory::read` calls it.
//!
//! Scalars stay text: whether `on` or `1.50` is a word or a number is for the field that reads it, so nothing is ever
//! rewritten on the way. Everything that could be read in two ways (tags, merge keys, a second document) is refused.

use std::collections::HashMap;

use serde_yaml::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};

use crate::inventory::diagnostics::{Problem, Span, shown};

/// A value and where it stands in the text, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A word or a number, as written; `plain` means without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the text; a key may be there twice.
    Map(Vec<(Node, Node)>),
}

impl Value {
    /// What it is, for a message.
    pub fn noun(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a block of keys",
        }
    }

    fn size(&self) -> usize {
        1 + match self {
            Value::Null | Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(|item| item.value.size()).sum(),
            Value::Map(entries) => entries.iter().map(|(_, value)| 1 + value.value.size()).sum(),
        }
    }
}

/// A thousand hosts with ten disks each are some 30,000 nodes; beyond this, aliases have been multiplying.
const MAX_NODES: usize = 100_000;

/// Parses one document; `None` when there is nothing in it.
///
/// # Errors
/// The first place that is not YAML.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Problem> {
    let mut builder = Builder::default();
    let options = options! { emit_comments: false, disallow_directives: true };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| explain(&error, text))?;
        let at = span.byte_range().unwrap_or(0..0);
        builder.take(event, at)?;
    }
    Ok(builder.root)
}

/// A list or map whose end has not come yet.
struct Open {
    anchor: usize,
    start: usize,
    is_map: bool,
    /// Of a map: keys and values in turn.
    children: Vec<Node>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    documents: usize,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Span) -> Result<(), Problem> {
        if let Some(tag) = event.tag() {
            return Err(Problem::new("a YAML tag has no meaning here", at.start..at.start)
                .label(format!("the value after `{}`", shown(&tag.original())))
                .help("remove the tag: every value is read as its key asks for"));
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::new("an inventory is a single YAML document", at)
                        .label("a second one begins here")
                        .help("keep one file for each cluster and name it with -i"));
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    _ => Value::Scalar {
                        text: text.into_owned(),
                        plain,
                    },
                };
                self.close(Node { span: at, value }, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.start(anchor, at, false),
            Event::MappingStart(_, anchor, _) => self.start(anchor, at, true),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let span = open.start..at.end.max(open.start);
                    let value = if open.is_map {
                        Value::Map(pairs(open.children))
                    } else {
                        Value::List(open.children)
                    };
                    self.close(Node { span, value }, open.anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let Some(mut node) = self.anchors.get(&anchor).cloned() else {
                    return Err(Problem::new("an alias cannot stand inside what it names", at)
                        .label("this would contain itself")
                        .help("write the value out here"));
                };
                self.nodes += node.value.size();
                node.span = at;
                self.close(node, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, anchor: usize, at: Span, is_map: bool) {
        self.open.push(Open {
            anchor,
            start: at.start,
            is_map,
            children: Vec::new(),
        });
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(
                Problem::new("the inventory is too large", node.span.start..node.span.start)
                    .label(format!("more than {MAX_NODES} values up to here, aliases written out"))
                    .help(
                        "if it uses aliases (*name), write the values out or use `defaults:`; else split it by cluster",
                    ),
            );
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn pairs(children: Vec<Node>) -> Vec<(Node, Node)> {
    let mut children = children.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    pairs
}

/// What the parser stumbled over, in an operator's words.
fn explain(error: &ScanError, text: &str) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // The parser may name the place behind the tab, or what stands there, instead of the tab.
    let before = &text[line_start..];
    let indentation = &before[..before.find(|c| c != ' ' && c != '\t').unwrap_or(before.len())];
    let tab = indentation.find('\t').filter(|_| at <= line_start + indentation.len());
    let at = tab.map_or(at, |tab| line_start + tab);
    let (label, help) = match error.kind() {
        _ if tab.is_some() => (
            "a tab in the indentation".to_owned(),
            "indent with spaces: YAML takes no tabs there",
        ),
        ErrorKind::UnknownAnchor => (
            "no `&name` before it defines this alias".to_owned(),
            "define it above, or put the text in quotes if it is not an alias",
        ),
        ErrorKind::UnclosedFlowCollection { open } => (
            format!("this `{open}` is never closed"),
            "add the closing bracket; inside brackets, entries are separated by commas",
        ),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a comma or the closing bracket should stand here, or before".to_owned(),
            "separate the entries by commas and close each { with } and each [ with ]",
        ),
        ErrorKind::BlockEntryInFlowCollection => (
            "a bracket above here is still open".to_owned(),
            "close each { with } and each [ with ] before the next entry",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` where no key can end".to_owned(),
            "put a space after each colon in the lines above, and begin the keys of one block in the same column",
        ),
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "this begins in another column than the lines above".to_owned(),
            "begin the entries of one list, and the keys of one block, in the same column",
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quote above here is still open".to_owned(),
            "close it with the same kind of quote",
        ),
        ErrorKind::UnclosedQuotedScalar => (
            "this quote is never closed".to_owned(),
            "close it with the same kind of quote",
        ),
        ErrorKind::DirectiveDisallowed => ("a YAML directive".to_owned(), "remove this line: none is needed"),
        ErrorKind::RecursionLimitExceeded => ("nested too deeply".to_owned(), "an inventory nests a few levels only"),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => (
            format!(
                "the control character {} cannot stand here",
                shown(&character.to_string())
            ),
            "remove it",
        ),
        ErrorKind::UnexpectedCharacter { character } => (
            format!("{} cannot stand here", shown(&character.to_string())),
            "put a value with special characters in single quotes",
        ),
        kind => (
            kind.to_string(),
            "compare the indentation with the lines above: entries of one list or block begin in the same column, \
             and a colon or comma is followed by a space",
        ),
    };
    Problem::new("this is not valid YAML", at..at).label(label).help(help)
}
