//! YAML text as a tree in which every node knows where it stands. This module is the only user of the YAML parser; only
//! `inventory::read` calls this module.
//!
//! Scalars stay text: the field that reads a scalar decides whether `on` or `1.50` is a word or a number, so that no
//! value is rewritten. YAML that could be read in two ways (tags, merge keys, a second document) is refused.

use std::collections::HashMap;

use serde_yaml::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};

use crate::inventory::diagnostics::{Diagnostic, Span, shown};

/// A value and where the value stands in the text, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    /// No value, `~` or `null`.
    Null,
    /// A word or a number, as written; `plain` means without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys with their values, in the order of the text; a key may be there twice.
    Map(Vec<(Node, Node)>),
}

impl Value {
    /// What a message calls the value.
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

/// A thousand hosts with ten disks each are some 30,000 nodes; a larger tree comes from aliases that multiply values.
const MAX_NODES: usize = 100_000;

/// Parses one document; `None` for an empty document.
///
/// # Errors
/// The text is not YAML; the problem names the first place that is not.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Diagnostic> {
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
    /// The items of a list; the keys and values of a map in turn.
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
    fn take(&mut self, event: Event<'_>, at: Span) -> Result<(), Diagnostic> {
        if let Some(tag) = event.tag() {
            return Err(Diagnostic::new("a YAML tag has no meaning here", at.start..at.start)
                .label(format!("the value after `{}`", shown(&tag.original())))
                .help("remove the tag: the key decides how its value is read"));
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Diagnostic::new("an inventory is a single YAML document", at)
                        .label("a second document begins here")
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
                    return Err(
                        Diagnostic::new("an alias cannot stand inside the value that it names", at)
                            .label("the value would contain itself")
                            .help("write the value out here"),
                    );
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

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(
                Diagnostic::new("the inventory is too large", node.span.start..node.span.start)
                    .label(format!("more than {MAX_NODES} values up to here, aliases written out"))
                    .help(
                        "write the values of aliases (*name) out, or use `defaults:`; keep one inventory for each cluster",
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

/// What the parser refused, in an operator's words.
fn explain(error: &ScanError, text: &str) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // The parser may name the place behind the tab, or the word that stands there, instead of the tab.
    let before = &text[line_start..];
    let indentation = &before[..before.find(|c| c != ' ' && c != '\t').unwrap_or(before.len())];
    let tab = indentation.find('\t').filter(|_| at <= line_start + indentation.len());
    if let Some(line) =
        without_colon(text, line_start).filter(|_| matches!(error.kind(), ErrorKind::MappingValueNotAllowed))
    {
        let problem = Diagnostic::new("the inventory is not valid YAML", line);
        return problem.label("this line has no colon").help("write `key: value`");
    }
    let at = tab.map_or(at, |tab| line_start + tab);
    let (label, help) = match tab {
        Some(_) => (
            "a tab in the indentation".to_owned(),
            "indent with spaces: YAML takes no tabs in the indentation",
        ),
        None => in_brackets(error.kind()).unwrap_or_else(|| cause(error.kind())),
    };
    Diagnostic::new("the inventory is not valid YAML", at..at)
        .label(label)
        .help(help)
}

/// The line before that one, if the line has text and no colon: YAML then reads the next line as the text's continuation.
fn without_colon(text: &str, line_start: usize) -> Option<Span> {
    let end = text[..line_start].trim_end().len();
    let start = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..end].trim_start();
    let is_text = !line.is_empty() && !line.starts_with(['#', '-']) && !line.contains(':');
    is_text.then(|| end - line.len()..end)
}

/// The label and the help for a mistake between `{ }` or `[ ]`; `None` for any other mistake.
fn in_brackets(kind: &ErrorKind) -> Option<(String, &'static str)> {
    Some(match kind {
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
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => (
            format!("this `{open}` is closed by `{close}`"),
            "close each { with } and each [ with ], the inner bracket first",
        ),
        ErrorKind::BlockEntryInFlowCollection => (
            "a bracket above here is still open".to_owned(),
            "close each { with } and each [ with ] before the next entry",
        ),
        _ => return None,
    })
}

/// The label and the help for a mistake anywhere.
fn cause(kind: &ErrorKind) -> (String, &'static str) {
    const CLOSE_QUOTE: &str = "close the text with the same kind of quote";
    let (label, help) = match kind {
        ErrorKind::UnknownAnchor => (
            "no `&name` before it defines this alias",
            "define the alias above, or put the text in quotes if no alias is meant",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` where no key can end",
            "put a space after each colon in the lines above, and begin the keys of one block in the same column",
        ),
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "this line begins in another column than the lines above",
            "begin the entries of one list, and the keys of one block, in the same column",
        ),
        ErrorKind::InvalidQuotedScalarIndent => ("a quote above here is still open", CLOSE_QUOTE),
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed", CLOSE_QUOTE),
        ErrorKind::DirectiveDisallowed => ("a YAML directive", "remove this line: an inventory needs no directive"),
        ErrorKind::RecursionLimitExceeded => ("values are nested too deeply", "an inventory nests a few levels only"),
        ErrorKind::UnexpectedCharacter { character } => {
            let shown = shown(&character.to_string());
            return if character.is_control() {
                let label = format!("the control character {shown} cannot stand here");
                (label, "remove the character")
            } else {
                let label = format!("{shown} cannot stand here");
                (label, "put a value with special characters in single quotes")
            };
        }
        kind => {
            let help = "compare the indentation with the lines above: entries of one list or block begin in the same \
                        column, and a colon or comma is followed by a space";
            return (kind.to_string(), help);
        }
    };
    (label.to_owned(), help)
}
