//! Lets a fault happen on the stand-ins, and mends it as the documentation says.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::time::sleep;

use super::super::names;
use super::Stage;
use super::choice::Strike;
use crate::commands::apply;
use crate::commands::cluster::blocking;
use crate::converge::Terms;
use crate::converge::consent::Consent;
use crate::execute::Stop;
use crate::inventory::{BrickName, HostName};
use crate::plan::{Operation, Replace};
use crate::remote::Hosts;

/// For how long a brick whose disk died is tried to be replaced, and the pause before it is tried again.
const REPLACED: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_secs(5);

/// Lets the fault happen.
pub async fn hit(stage: &Stage<'_>, strike: &Strike) -> anyhow::Result<()> {
    let (lab, strike, all) = (Arc::clone(stage.lab), strike.clone(), names(stage.inventory));
    blocking(move || match &strike {
        Strike::Host(host) => {
            let host = std::slice::from_ref(host);
            // Without power, a host does not even say that its connections end.
            lab.partition(host)?;
            lab.kill(host, &|_| ())
        }
        Strike::Disk { host, index, mount, .. } => {
            lab.fail_disk(host, *index)?;
            // XFS looks every 30 s whether its log can be written; this is to look now, and fails.
            let mut look = lab.within(host)?;
            look.args(["timeout", "10", "sync", "-f", mount]);
            look.stdout(Stdio::null()).stderr(Stdio::null());
            look.status().context("starting nsenter").map(drop)
        }
        Strike::Network(away) => lab.split(away),
        Strike::Power => lab.kill(&all, &|_| ()),
    })
    .await
}

/// Ends the fault, and does what the documentation says.
pub async fn mend(stage: &Stage<'_>, hosts: &Arc<Hosts>, strike: &Strike) -> anyhow::Result<()> {
    let (lab, fault, all) = (Arc::clone(stage.lab), strike.clone(), names(stage.inventory));
    blocking(move || match &fault {
        Strike::Host(host) => {
            let host = std::slice::from_ref(host);
            lab.heal(host)?;
            lab.start(host, &|_| ())
        }
        Strike::Disk { host, index, .. } => lab.renew_disk(host, *index),
        Strike::Network(away) => lab.join(away),
        Strike::Power => lab.start(&all, &|_| ()),
    })
    .await?;
    match strike {
        Strike::Disk { host, brick, .. } => replace(stage, hosts, host, brick).await,
        Strike::Host(_) | Strike::Network(_) | Strike::Power => Ok(()),
    }
}

/// Does what `replace HOST:BRICK` does; again if it is refused, as a person would, because a brick may take half a minute to end
/// whose disk died.
async fn replace(stage: &Stage<'_>, hosts: &Arc<Hosts>, host: &HostName, brick: &BrickName) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let terms = Terms {
            operation: Operation::Replace(Replace {
                host: host.clone(),
                brick: Some(brick.clone()),
                with: None,
            }),
            consent: Consent::Given,
            saved: None,
            wait: None,
        };
        match apply::noted(stage.global, hosts, terms, Stop::new(), stage.notes.clone()).await {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > REPLACED => return Err(error.context(format!("replace {host}:{brick}"))),
            Err(_) => sleep(AGAIN).await,
        }
    }
}
