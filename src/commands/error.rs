//! How a command that failed tells why, on standard error: text for people, or with `-o json` and `-o yaml` one document. Called
//! by `main`.

use serde::Serialize;

use super::cluster::Failures;
use super::{Interrupted, Usage};
use crate::cli::{Global, OutputFormat};
use crate::inventory::{Mistake, Report};
use crate::output;

/// The document of an error, a stable interface.
#[derive(Debug, Serialize)]
struct Document<'e> {
    version: u32,
    kind: Kind,
    /// The exit status of the program.
    status: u8,
    errors: Vec<Mistake<'e>>,
}

/// What kind of error ended the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// The inventory is wrong; no host was contacted.
    Inventory,
    /// The command line, or a file that it names, is wrong; no host was contacted.
    Usage,
    /// The command failed.
    Failed,
    /// A signal ended the command.
    Interrupted,
}

/// Prints the error, and returns the exit status.
pub fn tell(global: &Global, error: &anyhow::Error) -> u8 {
    let (kind, status) = match error.downcast_ref::<Interrupted>() {
        Some(interrupted) => (Kind::Interrupted, interrupted.status()),
        None if error.is::<Report>() => (Kind::Inventory, 2),
        None if error.is::<Usage>() => (Kind::Usage, 2),
        None => (Kind::Failed, 1),
    };
    let document = || Document {
        version: 1,
        kind,
        status,
        errors: mistakes(error),
    };
    let data = match global.output {
        OutputFormat::Json => output::json_line(&document()),
        OutputFormat::Yaml => output::yaml(&document()),
        OutputFormat::Table | OutputFormat::Prometheus => Ok(String::new()),
    };
    match (data, error.downcast_ref::<Report>()) {
        (Ok(data), _) if !data.is_empty() => output::stderr(&data),
        (_, Some(report)) => {
            let colour = output::colour(global.color, &std::io::stderr());
            let width = output::width(&std::io::stderr()).unwrap_or(Report::WIDTH);
            output::stderr_styled(&report.render(colour, width));
        }
        // A message about the command line begins with "error: " itself.
        (_, None) if kind == Kind::Usage => output::stderr(&format!("{error}\n")),
        (_, None) => output::stderr(&format!("error: {error:#}\n")),
    }
    status
}

/// Every reason of an error; only those about an inventory have a place.
fn mistakes(error: &anyhow::Error) -> Vec<Mistake<'_>> {
    if let Some(report) = error.downcast_ref::<Report>() {
        return report.mistakes().collect();
    }
    // Words around the failures, as those of `rehearse`, stand in the text only.
    let failures = error.chain().next().and_then(|error| error.downcast_ref::<Failures>());
    let messages = match failures {
        Some(Failures(messages)) => messages.clone(),
        None => {
            let text = format!("{error:#}");
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            text.split("\nerror: ").map(str::to_owned).collect()
        }
    };
    let told = |message| Mistake {
        message,
        help: None,
        file: None,
        line: None,
        column: None,
    };
    messages.into_iter().map(told).collect()
}
