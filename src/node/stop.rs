//! The orderly end: clients on other hosts notice at once that the bricks go.

use std::time::Duration;

use super::Known;
use crate::desired::DesiredHost;
use crate::remote::{Script, Session};
use crate::scripts::{self, Text, lines};

/// Unmounts the volumes, stops the bricks and glusterd, and unmounts the bricks' file systems, but those that somebody else
/// mounted.
pub async fn everything(known: Option<&Known>) -> Result<(), String> {
    let Some((known, host)) = known.and_then(|known| Some((known, known.inventory.host(&known.name)?))) else {
        return Ok(());
    };
    let desired = DesiredHost::of(&known.inventory, host);
    let volumes = desired.mounts.iter().map(|volume| &volume.mount.path);
    let values = [
        ("volumes", lines(volumes)),
        ("bricks", lines(desired.own_brick_mounts())),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = Text::default()
        .then(&[&scripts::SUPERVISED], &[])
        .then(&[&scripts::NODE_STOP], &values);
    let script = Script {
        text: text.end(),
        limit: Duration::from_secs(120),
        changes: false,
    };
    let output = Session::this_machine()
        .run(&script)
        .await
        .map_err(|lost| lost.to_string())?;
    match output.status {
        0 => Ok(()),
        _ => Err(output.stderr.trim().to_owned()),
    }
}
