//! `doctor`: runs all checks over what `status` and `plan` observe, within 30 seconds; or explains a code.

use super::status;
use super::{Ending, Usage, cluster, waiting};
use crate::cli::Global;
use crate::desired::Desired;
use crate::health::doctor::{self, Report};
use crate::output;

/// Runs `doctor`. A host that cannot be observed is a finding.
///
/// # Errors
/// The inventory is wrong, or there is no such code.
pub fn run(global: &Global, code: Option<&str>, list: bool, exit_code: bool) -> anyhow::Result<Ending> {
    if list {
        output::text(&doctor::list())?;
        return Ok(Ending::Done);
    }
    if let Some(code) = code {
        let Some(text) = doctor::explanation(code) else {
            let words = format!("error: no check has the code {code}\nglusterctl doctor --list shows all codes");
            return Err(Usage(words).into());
        };
        output::text(&text)?;
        return Ok(Ending::Done);
    }
    let inventory = cluster::inventory(global)?;
    let hosts = cluster::hosts(global, &inventory)?;
    let (facts, looks) = waiting::look(global, &hosts, async { Ok(status::look_closely(&hosts).await) })?;
    let report = Report::of(doctor::examine(&Desired::of(&inventory), &facts, &looks));
    output::report(global.output, &report, || report.text())?;
    Ok(match exit_code && report.has_failed() {
        true => Ending::Difference,
        false => Ending::Done,
    })
}
