//! The problems of an inventory: what is wrong, where, and what to write instead. All problems are collected at once
//! and shown as rustc shows errors.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::text::printable;

/// A place in the text, in bytes.
pub type Span = Range<usize>;

/// Diagnostics that are shown. More problems are only counted: nobody reads hundreds, and a terminal should not scroll for
/// minutes.
const MAX_SHOWN: usize = 50;

/// One mistake in an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    title: String,
    span: Option<Span>,
    label: String,
    also: Vec<(Span, String)>,
    help: Option<String>,
}

impl Diagnostic {
    /// `title` says what is wrong, `span` where.
    pub(super) fn new(title: impl Into<String>, span: Span) -> Self {
        Diagnostic {
            span: Some(span),
            ..Diagnostic::of_the_whole(title)
        }
    }

    /// A problem of the file as a whole.
    pub(super) fn of_the_whole(title: impl Into<String>) -> Self {
        Diagnostic {
            title: title.into(),
            span: None,
            label: String::new(),
            also: Vec::new(),
            help: None,
        }
    }

    /// The words that stand below the underlined place.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Another place that has to do with the problem.
    pub(super) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }

    /// What to write instead.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The place of the problem; `None` for the file as a whole.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.span.clone()
    }
}

/// Everything that is wrong with one inventory. Ends the program with exit status 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    origin: String,
    text: String,
    problems: Vec<Diagnostic>,
}

impl Report {
    /// `origin` is the operator's name for the text, usually the path of the file.
    pub(super) fn new(origin: &str, text: &str, mut problems: Vec<Diagnostic>) -> Self {
        problems.sort_by_key(|problem| (problem.span.as_ref().map(|span| span.start), problem.title.clone()));
        // A problem in `defaults:` is found again for each host that uses the defaults.
        problems.dedup();
        Report {
            origin: printable(origin),
            text: text.to_owned(),
            problems,
        }
    }

    /// The problems, in the order of the text.
    #[must_use]
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// The report for a terminal (`colour`) or for a file. The text ends with a newline.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(100);
        let mut out = String::new();
        for problem in self.problems.iter().take(MAX_SHOWN) {
            out.push_str(&renderer.render(&[self.group(problem)]));
            out.push_str("\n\n");
        }
        let count = self.problems.len();
        if count > MAX_SHOWN {
            out.push_str(&format!("{} more problems are not shown\n", count - MAX_SHOWN));
        }
        let problems = if count == 1 {
            "1 problem".to_owned()
        } else {
            format!("{count} problems")
        };
        out.push_str(&format!("{}: {problems}; nothing was contacted\n", self.origin));
        out
    }

    fn group<'a>(&'a self, problem: &'a Diagnostic) -> Group<'a> {
        let group = Group::with_title(Level::ERROR.primary_title(problem.title.as_str()));
        let group = match &problem.span {
            Some(span) => group.element(self.snippet(problem, span)),
            None => group.element(Origin::path(self.origin.as_str())),
        };
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(wrapped(help))),
            None => group,
        }
    }

    /// Only the lines from the first to the last place of the problem: the renderer scans all lines that it gets, for
    /// each problem.
    fn snippet<'a>(&'a self, problem: &'a Diagnostic, span: &Span) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let all = || std::iter::once(span).chain(problem.also.iter().map(|(span, _)| span));
        let first = self.clip(all().map(|span| span.start).min().unwrap_or(0));
        let last = self.clip(all().map(|span| span.start).max().unwrap_or(0));
        let from = self.text[..first].rfind('\n').map_or(0, |newline| newline + 1);
        let to = self.line_end(last);
        let within = |span: &Span| {
            let start = self.clip(span.start);
            let end = self.clip(span.end).clamp(start, self.line_end(start));
            start - from..end - from
        };
        let mut snippet = Snippet::source(harmless(&self.text[from..to]))
            .path(self.origin.as_str())
            .line_start(1 + self.text[..from].matches('\n').count())
            .annotation(AnnotationKind::Primary.span(within(span)).label(problem.label.as_str()));
        for (span, label) in &problem.also {
            snippet = snippet.annotation(AnnotationKind::Context.span(within(span)).label(label.as_str()));
        }
        snippet
    }

    /// The nearest place at or before `offset` that is inside the text and between two characters.
    fn clip(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset)
            .rev()
            .find(|&at| self.text.is_char_boundary(at))
            .unwrap_or(0)
    }

    fn line_end(&self, offset: usize) -> usize {
        let end = self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |length| offset + length);
        if end > offset && self.text[..end].ends_with('\r') {
            end - 1
        } else {
            end
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Report {}

/// A value for a message: no control character reaches the terminal, and a long value is cut.
pub(super) fn shown(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((cut, _)) => printable(&text[..cut]) + "…",
        None => printable(text),
    }
}

/// Lines of at most some 90 columns, broken between words.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 90;
    let mut out = String::new();
    for line in text.split('\n') {
        let mut column = 0;
        for (index, word) in line.split(' ').enumerate() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > WIDTH {
                out.push('\n');
                column = 0;
            } else if index > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// Replaces the C1 controls (two bytes in UTF-8) of source lines: the renderer lets only these controls reach the
/// terminal. The number of bytes stays, so that places stay right.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if ('\u{80}'..='\u{9f}').contains(&c) {
                '\u{b7}'
            } else {
                c
            }
        })
        .collect()
}
