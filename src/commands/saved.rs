//! Saved plans: exactly what was shown is what runs, or nothing does.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Usage;
use crate::output;
use crate::plan::{Plan, Step};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    #[serde(flatten)]
    plan: Plan,
}

/// What every version of a saved plan has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Writes a plan to a file: the same JSON as `plan -o json` prints.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, plan: &Plan) -> anyhow::Result<()> {
    let text = output::json(&Saved {
        version: VERSION,
        plan: plan.clone(),
    })?;
    output::replace(file, &text)
}

/// Reads a saved plan.
///
/// # Errors
/// It cannot be read, or is no saved plan.
pub fn read(file: &Path) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Usage(format!(
            "error: {}: {error}\nmake one with: glusterctl plan --out FILE",
            file.display()
        ))
    })?;
    let no_plan = |error: serde_json::Error| {
        Usage(format!(
            "error: {} is no saved plan: {error}\nmake one with: glusterctl plan --out FILE",
            file.display()
        ))
    };
    // First of all: what else another version holds may not be understood.
    let Version { version } = serde_json::from_str(&text).map_err(no_plan)?;
    if version != VERSION {
        return Err(Usage(format!(
            "error: {} is a plan of version {version}, and this program knows version {VERSION}\n\
             make another plan with: glusterctl plan --out FILE",
            file.display(),
        ))
        .into());
    }
    let saved: Saved = serde_json::from_str(&text).map_err(no_plan)?;
    Ok(saved.plan)
}

/// How the plan of now differs from the saved one, as an error; none if they are the same.
#[must_use]
pub fn changes(saved: &Plan, now: &Plan) -> Option<String> {
    if saved == now {
        return None;
    }
    let mut lines = vec!["the hosts are not as they were when the plan was made; nothing was done".to_owned()];
    let same = |one: &Step, other: &Step| {
        (&one.host, &one.title, &one.command, &one.success)
            == (&other.host, &other.title, &other.command, &other.success)
    };
    let list = |lines: &mut Vec<String>, sign: &str, steps: &[Step], others: &[Step]| {
        for step in steps
            .iter()
            .filter(|step| !others.iter().any(|other| same(step, other)))
        {
            lines.push(format!("  {sign} {}: {} ({})", step.host, step.title, step.reason));
        }
    };
    list(&mut lines, "no longer:", &saved.steps, &now.steps);
    list(&mut lines, "now also:", &now.steps, &saved.steps);
    for problem in now.problems.iter().filter(|problem| !saved.problems.contains(problem)) {
        lines.push(format!(
            "  now in the way: {}",
            problem.message().replace('\n', "\n    ")
        ));
    }
    for waiting in now.waiting.iter().filter(|waiting| !saved.waiting.contains(waiting)) {
        lines.push(format!("  now waiting: {} until {}", waiting.what, waiting.until));
    }
    if lines.len() == 1 {
        lines.push("  the same steps, for other reasons or in another order".to_owned());
    }
    lines.push("make another plan".to_owned());
    Some(lines.join("\n"))
}
