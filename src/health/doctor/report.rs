//! What `doctor` prints. Pure.

use serde::Serialize;

use crate::output;

use super::{Check, FAMILIES, Finding, Severity, checks};

/// What all checks found. Its JSON is a stable interface.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of this interface.
    version: u32,
    /// How many checks there are.
    checks: usize,
    /// What they found, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The report of these findings.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Self {
        Report {
            version: 1,
            checks: checks().count(),
            findings,
        }
    }

    /// Whether a check failed: a note is no failure.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity != Severity::Note)
    }

    /// The findings for people: code, severity and sentence, and below what mends.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let Finding {
                code,
                severity,
                what,
                mend,
                ..
            } = finding;
            text += &format!("{code} {:<7}  {what}\n", severity.word());
            for (at, line) in mend.lines().enumerate() {
                let label = if at == 0 { "mend:" } else { "" };
                let line = format!("    {label:<5} {line}");
                text += &(output::fold_line(&line, 6) + "\n");
            }
        }
        let count = |severity| {
            self.findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        let counts = [
            (Severity::Error, "errors"),
            (Severity::Warning, "warnings"),
            (Severity::Note, "notes"),
        ];
        let counts = counts.map(|(severity, words)| format!("{} {words}", count(severity)));
        let line = format!("{} checks: {}.\n", self.checks, counts.join(", "));
        match self.findings.is_empty() {
            true => format!("{} checks: nothing found.\n", self.checks),
            false => format!("{text}\n{line}glusterctl doctor CODE explains a code.\n"),
        }
    }
}

/// A check, explained.
#[must_use]
pub fn explanation(code: &str) -> Option<String> {
    let check = checks().find(|check| check.code.eq_ignore_ascii_case(code))?;
    let Check {
        code,
        severity,
        sentence,
        mend,
        ..
    } = check;
    Some(format!("{code} ({})\n{sentence}\nmend: {mend}\n", severity.word()))
}

/// All checks as the tables of docs/doctor.md.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    for family in FAMILIES {
        text += &format!(
            "## {}\n\n| code | severity | what is wrong | what mends |\n| --- | --- | --- | --- |\n",
            family.title
        );
        for check in family.checks {
            let mend = check.mend.replace('|', "\\|");
            text += &format!(
                "| {} | {} | {} | {mend} |\n",
                check.code,
                check.severity.word(),
                check.sentence
            );
        }
        text += "\n";
    }
    text.trim_end().to_owned() + "\n"
}
