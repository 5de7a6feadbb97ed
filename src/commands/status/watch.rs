//! `status --watch`: the state again and again, until Ctrl-C. Redraws on a terminal; with JSON, an object on each line.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::look;
use crate::cli::Global;
use crate::clock;
use crate::commands::interruption::interrupted;
use crate::commands::{Ending, Usage, cluster};
use crate::desired::Desired;
use crate::facts::VitalsOfAll;
use crate::health::{self, Health};
use crate::inventory::HostName;
use crate::output::{self, Format};
use crate::remote::Hosts;

/// Moves the cursor to the first column of the first line, and erases the screen (ECMA-48).
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Shows the state every `pause`. A host that cannot be observed is part of the picture, and no error.
///
/// # Errors
/// The format is not for a picture that goes on, or standard output cannot be written.
pub fn run(
    global: &Global,
    hosts: &Arc<Hosts>,
    limit: Option<&BTreeSet<HostName>>,
    pause: Duration,
) -> anyhow::Result<Ending> {
    if global.output == Format::Prometheus {
        let words = "error: --watch does not go with -o prometheus: the textfile collector reads a whole file\n\
                     run glusterctl -o prometheus status from a timer, and rename its output into place";
        return Err(Usage(words.to_owned()).into());
    }
    cluster::run(hosts, async {
        tokio::select! {
            biased;
            // To end the picture is no failure.
            _ = interrupted() => Ok(Ending::Done),
            ended = forever(global, hosts, limit, pause) => ended,
        }
    })
}

async fn forever(
    global: &Global,
    hosts: &Arc<Hosts>,
    limit: Option<&BTreeSet<HostName>>,
    pause: Duration,
) -> anyhow::Result<Ending> {
    let desired = Desired::of(hosts.inventory());
    let mut first: Option<(Arc<VitalsOfAll>, Instant)> = None;
    loop {
        let begun = Instant::now();
        let (facts, mut looks) = look(hosts).await;
        match &first {
            Some((vitals, since)) => looks.earlier = Some((Arc::clone(vitals), since.elapsed().as_secs())),
            None => first = Some((Arc::new(looks.vitals.clone()), Instant::now())),
        }
        let health = Health::within(limit, &desired, &facts, &mut looks);
        draw(global, &health, pause)?;
        sleep(pause.saturating_sub(begun.elapsed())).await;
    }
}

fn draw(global: &Global, health: &Health, pause: Duration) -> anyhow::Result<()> {
    match global.output {
        format @ (Format::Json | Format::Yaml) => output::stdout(&output::streamed(format, health)?),
        Format::Table | Format::Prometheus => {
            if std::io::stdout().is_terminal() {
                output::stdout(CLEAR)?;
            }
            // Its window may have another size by now.
            output::measure();
            let head = format!("{}, every {} s\n\n", clock::now(), pause.as_secs());
            let text = format!("{head}{}\n", health::table(health));
            output::text(&output::fold(&text))
        }
    }
}
