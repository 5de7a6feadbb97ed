//! Waits until a host has booted: while the host is down, it cannot be reached, and that is no failure.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::step::Runner;
use crate::events::Event;
use crate::remote::{Output, Script};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a host that answers may take for one look.
const LOOK: Duration = Duration::from_secs(10);

impl Runner {
    /// Looks until the host says another number of its boot than `before`; fails with the reason, and the last output if the
    /// host answered.
    pub async fn booted(&self, before: &str) -> Result<Output, (String, Option<Output>)> {
        let limit = Duration::from_secs(self.step.limit_seconds);
        let (begun, host) = (Instant::now(), &self.step.host);
        let look = Script {
            limit: LOOK,
            changes: false,
            ..self.step.script()
        };
        loop {
            let (why, output) = match self.hosts.run(host, &look).await {
                Ok(output) if is_new(before, &output) => return Ok(output),
                Ok(output) => ("the host is not down yet".to_owned(), Some(output)),
                Err(lost) => (lost.what.clone(), None),
            };
            if begun.elapsed() > limit {
                let why = format!(
                    "{host} did not come back within {} s: {why}\nlook at the console of {host}, or switch {host} off and on; \
                     once {host} is back, run the same command again, which carries on with {host}",
                    limit.as_secs()
                );
                return Err((why, output));
            }
            self.events.send(Event::Again {
                host: host.clone(),
                step: self.step.title.clone(),
                why: why.clone(),
            });
            tokio::select! {
                () = sleep(PAUSE) => {}
                reason = self.stop.asked() => return Err((format!("{why}\nnot waited for any longer: {reason}"), output)),
            }
        }
    }
}

/// Whether the host says that it has booted since.
fn is_new(before: &str, output: &Output) -> bool {
    let now = output.stdout.trim();
    output.status == 0 && !now.is_empty() && now != before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_number_is_a_boot() {
        let said = |status, stdout: &str| Output {
            status,
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        assert!(is_new("6b1d", &said(0, "77aa\n")));
        for not in [said(0, "6b1d\n"), said(0, ""), said(1, "77aa\n")] {
            assert!(!is_new("6b1d", &not), "{not:?}");
        }
    }
}
