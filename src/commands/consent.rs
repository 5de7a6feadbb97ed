//! Consent to formatting: a person at a terminal is asked once; anybody else says `--yes`.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal};

use crate::cli::Global;
use crate::events::{Event, Events};
use crate::execute::Stop;
use crate::inventory::HostName;
use crate::plan::Plan;

/// Who agrees to formatting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// `--yes`, or the disks are a lab's: files that it made itself.
    Given,
    /// A person at the terminal will be asked.
    Ask,
    /// Nobody is there to be asked.
    Missing,
}

/// The devices whose formatting was agreed to, by host.
pub type Agreed = BTreeSet<(HostName, String)>;

impl Consent {
    /// As the options and the terminal say.
    #[must_use]
    pub fn of(global: &Global) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        match (global.yes || global.lab.is_some(), terminal) {
            (true, _) => Consent::Given,
            (false, true) => Consent::Ask,
            (false, false) => Consent::Missing,
        }
    }
}

fn formatted(plan: &Plan) -> Agreed {
    plan.steps
        .iter()
        .filter_map(|step| Some((step.host.clone(), step.formats.clone()?)))
        .collect()
}

/// Gets consent to what the plan formats, asking once if need be; with nothing to format, nobody is asked.
///
/// # Errors
/// There is none.
pub async fn ask(consent: Consent, plan: &Plan, events: &Events, stop: &Stop) -> Result<Agreed, String> {
    let wanted = formatted(plan);
    if wanted.is_empty() || consent == Consent::Given {
        return Ok(wanted);
    }
    if consent == Consent::Missing {
        return Err(refusal(&wanted));
    }
    let mut text = super::plan::titles(plan);
    text.push_str(&format!("\nThis formats {}. Go on? [y/N] ", list(&wanted)));
    // Whoever owns the terminal shows it: a spinner would draw over the question.
    events.send(Event::Asking { question: text });
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    let answer = tokio::select! {
        answer = answer => answer,
        reason = stop.asked() => return Err(format!("stopped: {reason}; nothing was changed")),
    };
    match answer {
        Ok(Ok(answer)) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(wanted),
        _ => Err("nothing was changed: the answer was not yes".to_owned()),
    }
}

/// What a later plan formats without consent, as an error.
pub fn missing(plan: &Plan, agreed: &Agreed) -> Option<String> {
    let more: Agreed = formatted(plan).difference(agreed).cloned().collect();
    (!more.is_empty()).then(|| refusal(&more))
}

fn refusal(wanted: &Agreed) -> String {
    format!(
        "{} would be formatted, and nobody agreed to that\nlook at glusterctl plan, then add --yes",
        list(wanted)
    )
}

fn list(devices: &Agreed) -> String {
    let names: Vec<String> = devices
        .iter()
        .map(|(host, device)| format!("{host}:{device}"))
        .collect();
    names.join(", ")
}
