//! What `boot` looks at and repairs, a method for each need. Each returns how the need is met, or why it is not met
//! yet.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{Boot, BrickLine, PAUSE, VolumeLine};
use crate::desired::units;
use crate::facts::{self, Reply, VolumeInfo};
use crate::remote::{Output, Script};
use crate::scripts::{self, lines};

/// glusterd starts its bricks by itself, a moment after a peer answered.
const GRACE: Duration = Duration::from_secs(3);
/// How long a volume may take to answer a read.
const READ_LIMIT: Duration = Duration::from_secs(10);

impl Boot<'_> {
    pub(super) async fn network(&self) -> Result<String, String> {
        let servers = self.contract.volumes.iter().flat_map(|volume| &volume.servers);
        let names: Vec<&str> = servers
            .map(String::as_str)
            .filter(|name| *name != "localhost")
            .collect();
        self.script(scripts::BOOT_NETWORK.with(&[("names", &lines(names))]), false)
            .await?;
        Ok("every peer has an address and a route".to_owned())
    }

    pub(super) async fn brick(&self, brick: &BrickLine) -> Result<String, String> {
        let unit = units::mount_unit(&brick.target);
        let values = [
            ("uuid", brick.uuid.as_str()),
            ("target", &brick.target),
            ("unit", &unit),
        ];
        self.script(scripts::BOOT_BRICK.with(&values), true).await?;
        Ok(format!("file system {} is mounted", brick.uuid))
    }

    pub(super) async fn glusterd(&mut self) -> Result<String, String> {
        if self.ask().await.is_err() {
            self.script(scripts::BOOT_GLUSTERD.with(&[]), true).await?;
            self.ask().await?;
        }
        Ok("answers".to_owned())
    }

    /// Asks glusterd for the pool and the volumes.
    async fn ask(&mut self) -> Result<(), String> {
        let gluster = async |words: &str| {
            let text = format!("gluster --mode=script --xml {words}");
            Ok::<String, String>(self.script(text, false).await?.stdout)
        };
        let pool = facts::pool(&gluster("pool list").await?)?;
        let volumes = facts::volumes(&gluster("volume info all").await?)?;
        self.known = Some((pool, volumes));
        Ok(())
    }

    /// Waits for a peer: after a boot, glusterd starts no brick before another server of the pool answers.
    pub(super) async fn peers(&mut self) -> Result<String, String> {
        self.ask().await?;
        let peers = self.known.as_ref().map_or(&[][..], |(pool, _)| &pool.peers);
        let connected = peers.iter().filter(|peer| peer.connected).count();
        let missing: Vec<&str> = peers
            .iter()
            .filter(|peer| !peer.connected)
            .map(|peer| peer.names[0].as_str())
            .collect();
        let absent = if missing.is_empty() {
            String::new()
        } else {
            format!("; {} not connected", missing.join(", "))
        };
        let text = format!("{connected} of {} peers connected{absent}", peers.len());
        if connected == 0 && !peers.is_empty() {
            return Err(text);
        }
        self.peers_since.get_or_insert_with(Instant::now);
        Ok(text)
    }

    pub(super) async fn bricks(&mut self) -> Result<String, String> {
        self.ask().await?;
        let Some((pool, volumes)) = &self.known else {
            return Err("glusterd does not answer".to_owned());
        };
        let waited = self.peers_since.is_some_and(|since| since.elapsed() > GRACE);
        let (mut all, mut down, mut refused) = (0, Vec::new(), Vec::new());
        for volume in volumes.values().filter(|volume| volume.started) {
            let own: Vec<&str> = volume
                .bricks
                .iter()
                .zip(&volume.brick_hosts)
                .filter(|(_, host)| **host == pool.own_uuid)
                .map(|(brick, _)| brick.dir.as_str())
                .collect();
            all += own.len();
            let missing = self.without_process(&own).await?;
            if !missing.is_empty() && waited {
                refused.extend(self.serve(volume, &own).await.err());
            }
            down.extend(missing);
        }
        match (down.is_empty(), refused.is_empty()) {
            (true, _) => Ok(format!("all {all} bricks of this node run")),
            (false, true) => Err(format!("no brick process runs for {}", down.join(", "))),
            (false, false) => Err(refused.join("; ")),
        }
    }

    async fn without_process(&self, bricks: &[&str]) -> Result<Vec<String>, String> {
        let text = scripts::BRICKS_DOWN.with(&[("bricks", &lines(bricks))]);
        let output = self.script(text, false).await?;
        Ok(output.stdout.lines().map(str::to_owned).collect())
    }

    async fn serve(&self, volume: &VolumeInfo, own: &[&str]) -> Result<(), String> {
        let is_on = |dir: &str, brick: &&BrickLine| {
            dir.strip_prefix(&brick.target)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let bricks = own.iter().map(
            |dir| match self.contract.bricks.iter().find(|brick| is_on(dir, brick)) {
                Some(brick) => format!("{} {} {dir}", brick.uuid, brick.target),
                None => format!("- / {dir}"),
            },
        );
        let text = scripts::START_BRICKS.with(&[
            ("volume", volume.name.as_str()),
            ("id", volume.id.hex()),
            ("bricks", &lines(bricks)),
        ]);
        let output = self.script(text, true).await?;
        match output.stdout.trim() {
            "" => Ok(()),
            said => match facts::reply(said)? {
                Reply::Done => Ok(()),
                Reply::Busy(words) | Reply::Refused(words) => Err(words),
            },
        }
    }

    pub(super) async fn mount(&self, line: &VolumeLine) -> Result<String, String> {
        let unit = units::mount_unit(&line.path);
        let values = [("volume", line.volume.as_str()), ("path", &line.path), ("unit", &unit)];
        self.script(scripts::BOOT_MOUNT.with(&values), true).await?;
        let path = line.path.clone();
        let read = tokio::task::spawn_blocking(move || std::fs::read_dir(path)?.next().transpose());
        match timeout(READ_LIMIT, read).await {
            Ok(Ok(Ok(_))) => Ok(format!("volume {} is mounted and answers", line.volume)),
            Ok(Ok(Err(error))) => Err(format!("volume {} is mounted, but reading fails: {error}", line.volume)),
            Ok(Err(error)) => Err(format!("reading volume {} failed: {error}", line.volume)),
            Err(_) => Err(format!(
                "volume {} is mounted, but does not answer within {} s",
                line.volume,
                READ_LIMIT.as_secs()
            )),
        }
    }

    /// Runs a script on this node, within the time that is left.
    async fn script(&self, text: String, changes: bool) -> Result<Output, String> {
        let script = Script {
            text,
            limit: self.left().clamp(PAUSE, Duration::from_secs(120)),
            changes,
        };
        let output = self.session.run(&script).await.map_err(|lost| lost.to_string())?;
        match output.status {
            0 => Ok(output),
            124 => Err(format!("the command did not end within {} s", script.limit.as_secs())),
            status => Err(match output.stderr.trim() {
                "" if output.stdout.trim().is_empty() => format!("exit status {status}"),
                "" => output.stdout.trim().to_owned(),
                said => said.to_owned(),
            }),
        }
    }
}
