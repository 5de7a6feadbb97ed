//! What comes into an inventory from elsewhere: characters that look like others, the marks of a merge that git could not
//! make, templates that were not filled in. The reader then stumbles over a consequence; the cause is told instead. Pure.

use super::fields::Diagnostics;
use crate::inventory::diagnostics::{Diagnostic, Span};

/// The problems, with the cause in place of its consequences; `is_yaml` says whether the text could be read as YAML.
pub(super) fn explained(text: &str, is_yaml: bool, problems: Diagnostics) -> Diagnostics {
    if let Some(conflict) = conflict(text).filter(|_| !is_yaml) {
        return vec![conflict];
    }
    let mut explained = Diagnostics::new();
    for problem in problems {
        let cause = problem.span().and_then(|span| cause(text, is_yaml, &span));
        let problem = cause.unwrap_or(problem);
        if !explained.contains(&problem) {
            explained.push(problem);
        }
    }
    explained
}

/// What may be the cause of a problem at that place.
fn cause(text: &str, is_yaml: bool, span: &Span) -> Option<Diagnostic> {
    let line_start = text.get(..span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |length| from + length);
    // The YAML parser stumbles behind the cause, sometimes in the next line.
    let suspected = match is_yaml {
        true => span.start..span.end.min(line_end(span.start)).max(span.start),
        false => {
            let before = text[..line_start.saturating_sub(1)]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            before..line_end(line_start)
        }
    };
    let suspect = text.get(suspected.clone())?;
    let template = ["{{", "{%", "${"].iter().find_map(|mark| suspect.find(mark));
    if let Some(at) = template.filter(|&at| !is_yaml || at == 0) {
        let at = suspected.start + at;
        let problem = Diagnostic::new("a template was not filled in", at..at + 2);
        return Some(
            problem
                .label("another program replaces this by a value")
                .help("give glusterctl the file that the other program makes; an inventory has no templates"),
        );
    }
    if let Some(at) = range(suspect).filter(|_| !is_yaml) {
        let at = suspected.start + at;
        let problem = Diagnostic::new("a range of hosts stands here", at..at + 1);
        return Some(
            problem
                .label("an inventory has no ranges")
                .help("write an entry for each host; glusterctl init 'kube[1:3]' writes the entries of a range"),
        );
    }
    let (at, c, what, instead) = suspect.char_indices().find_map(|(at, c)| {
        let (what, instead) = look_alike(c)?;
        let in_comment = suspect[..at].rsplit('\n').next().unwrap_or_default().contains(" #");
        (!in_comment).then_some((suspected.start + at, c, what, instead))
    })?;
    Some(
        Diagnostic::new(
            format!("{what} stands here (U+{:04X})", u32::from(c)),
            at..at + c.len_utf8(),
        )
        .label(instead)
        .help("such characters come from web pages, chats and word processors; type the text anew"),
    )
}

/// Where a range of names begins, as in `kube[1:3]`.
fn range(text: &str) -> Option<usize> {
    text.match_indices('[').map(|(at, _)| at).find(|&at| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_name = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        is_name && rest.len() < after.len() && (rest.starts_with([':', '-']) || rest.starts_with(".."))
    })
}

/// What a character is that looks like another one or like nothing, and what to write instead.
fn look_alike(c: char) -> Option<(&'static str, &'static str)> {
    Some(match c {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => {
            ("a space that is not the plain space", "write a plain space")
        }
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => (
            "an invisible character",
            "remove the character: it is between the letters that can be seen",
        ),
        '\u{2018}'..='\u{201f}' | '«' | '»' => ("a typographic quote", "write a plain quote: ' or \""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => ("a dash that is not the plain '-'", "write '-'"),
        '\u{ff01}'..='\u{ff5e}' => ("a character of double width", "write the plain character"),
        '\u{370}'..='\u{3ff}' => ("a Greek letter", "write the Latin letter that looks like it"),
        '\u{400}'..='\u{4ff}' => ("a Cyrillic letter", "write the Latin letter that looks like it"),
        _ => return None,
    })
}

/// A merge that git left to a person.
fn conflict(text: &str) -> Option<Diagnostic> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
            let problem = Diagnostic::new("a merge conflict is not resolved", start..start + 7);
            return Some(problem.label("git wrote this line").help(
                "keep one of the two versions, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>",
            ));
        }
        start += line.len();
    }
    None
}
