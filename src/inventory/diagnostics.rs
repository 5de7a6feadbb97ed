//! The problems of an inventory: what is wrong, where, and what to write instead. All problems are collected at once
//! and shown as rustc shows errors.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::text::{printable, wrapped};

/// A place in the text, in bytes.
pub type Span = Range<usize>;

/// Diagnostics that are shown. More problems are only counted: nobody reads hundreds, and a terminal should not scroll for
/// minutes.
const MAX_SHOWN: usize = 50;

/// In fewer columns nothing can be said.
const NARROWEST: usize = 40;
/// The columns of the number of a line and its border, and of a blank behind the marks.
const MARGIN: usize = 8;
/// The places that a problem of many hosts shows.
const MAX_PLACES: usize = 4;

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

/// A mistake in an inventory, as programs get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake<'r> {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<&'r str>,
    /// The inventory, as the operator named it.
    pub file: Option<&'r str>,
    /// The line, counted from 1; none if the file as a whole is wrong.
    pub line: Option<usize>,
    /// The column in the line, in characters, counted from 1; none if the file as a whole is wrong.
    pub column: Option<usize>,
}

/// Everything that is wrong with one inventory. Ends the program with exit status 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    origin: String,
    text: String,
    problems: Vec<Diagnostic>,
}

impl Report {
    /// The columns of a report that is not for a terminal.
    pub const WIDTH: usize = 100;

    /// `origin` is the operator's name for the text, usually the path of the file.
    pub(super) fn new(origin: &str, text: &str, mut problems: Vec<Diagnostic>) -> Self {
        problems.sort_by_key(|problem| (problem.span.as_ref().map(|span| span.start), problem.title.clone()));
        // A problem in `defaults:` is found again for each host that uses the defaults.
        problems.dedup();
        let problems = merged(problems);
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

    /// What is wrong and where, as data, for programs.
    pub fn mistakes(&self) -> impl Iterator<Item = Mistake<'_>> {
        self.problems.iter().map(|problem| Mistake {
            message: match problem.label.as_str() {
                "" => problem.title.clone(),
                label => format!("{}: {label}", problem.title),
            },
            help: problem.help.as_deref(),
            file: Some(&self.origin),
            line: problem.span.as_ref().map(|span| self.place(span).0),
            column: problem.span.as_ref().map(|span| self.place(span).1),
        })
    }

    /// The line and the column of a place, counted from 1, the column in characters.
    fn place(&self, span: &Span) -> (usize, usize) {
        let before = &self.text[..self.clip(span.start)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (1 + before.matches('\n').count(), 1 + line.chars().count())
    }

    /// The report for a terminal (`colour`) or for a file, in lines of `width` columns. The text ends with a newline.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let width = width.max(NARROWEST);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width);
        let mut out = String::new();
        for problem in self.problems.iter().take(MAX_SHOWN) {
            out.push_str(&renderer.render(&[self.group(problem, width)]));
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
        let told = format!("{}: {problems}; nothing was contacted", self.origin);
        out.push_str(&(wrapped(&told, width) + "\n"));
        out
    }

    fn group<'a>(&'a self, problem: &'a Diagnostic, width: usize) -> Group<'a> {
        let mut group = Group::with_title(Level::ERROR.primary_title(wrapped(&problem.title, width - "error: ".len())));
        // A label goes on in its line, behind the marks below the place; a long one is a paragraph of its own.
        let begins = problem.span.as_ref().map_or(0, |span| self.column(span) + MARGIN);
        let fits = begins + problem.label.chars().count() <= width;
        group = match &problem.span {
            Some(span) => group.element(self.snippet(problem, span, fits)),
            None => group.element(Origin::path(self.origin.as_str())),
        };
        // " = note: " stands before the first line, and as many blanks before the others.
        let paragraph = |text: &str| wrapped(text, width - "   = note: ".len());
        if !fits {
            group = group.element(Level::NOTE.message(paragraph(&problem.label)));
        }
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(paragraph(help))),
            None => group,
        }
    }

    /// The column behind the place, or behind its first line.
    fn column(&self, span: &Span) -> usize {
        let start = self.clip(span.start);
        let line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.clip(span.end).clamp(start, self.line_end(start));
        self.text[line..end].chars().count()
    }

    /// Only the lines from the first to the last place of the problem: the renderer scans all lines that it gets, for
    /// each problem.
    fn snippet<'a>(
        &'a self,
        problem: &'a Diagnostic,
        span: &Span,
        labelled: bool,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
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
            .annotation(
                AnnotationKind::Primary
                    .span(within(span))
                    .label(labelled.then_some(problem.label.as_str())),
            );
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
        f.write_str(self.render(false, Self::WIDTH).trim_end())
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

/// The same mistake in many places, once: the first place, and the next few.
fn merged(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut merged: Vec<(Diagnostic, usize)> = Vec::new();
    let mut known: HashMap<(String, String, Option<String>), usize> = HashMap::new();
    for problem in problems {
        let Some(span) = problem.span.clone().filter(|_| problem.also.is_empty()) else {
            merged.push((problem, 1));
            continue;
        };
        let words = (problem.title.clone(), problem.label.clone(), problem.help.clone());
        match known.get(&words).and_then(|&index| merged.get_mut(index)) {
            Some((first, places)) => {
                *places += 1;
                if *places <= MAX_PLACES {
                    first.also.push((span, "and here".to_owned()));
                }
            }
            None => {
                known.insert(words, merged.len());
                merged.push((problem, 1));
            }
        }
    }
    let told = |(mut problem, places): (Diagnostic, usize)| {
        if places > MAX_PLACES {
            problem.title += &format!(" ({places} times)");
        }
        problem
    };
    merged.into_iter().map(told).collect()
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
