//! What `boot` looks at and repairs, a method for each need. Each returns how the need is met, or why it is not met
//! yet.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{Boot, BrickLine, PAUSE, VolumeLine};
use crate::desired::units;
use crate::facts::{self, VolumeInfo};
use crate::remote::{Output, Script};
use crate::scripts::{self, Text, lines};
use crate::shell;

/// glusterd starts its bricks by itself, a moment after a peer answered.
const GRACE: Duration = Duration::from_secs(3);
/// How long bricks may take to be connected to each other, once this node's bricks run.
const CONNECTING: Duration = Duration::from_secs(10);
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
        let mount = format!("mount_brick {}", shell::words([&brick.identity, &brick.target]));
        let text = Text::default().then(&[&scripts::BOOT_BRICK], &[]).command(&mount);
        self.script(text.end(), true).await?;
        Ok(format!("file system {} is mounted", brick.identity))
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
            let own = volume.bricks_of(&pool.own_uuid);
            let own: Vec<&str> = own.map(|brick| brick.dir.as_str()).collect();
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
        let bricks = lines(own);
        let start = format!(
            "start_bricks {}",
            shell::words([&volume.name, volume.id.hex(), &bricks])
        );
        let text = Text::default().then(&[&scripts::START_BRICKS], &[]).command(&start);
        self.script(text.end(), true).await.map(|_| ())
    }

    /// Starts an index heal of each volume with bricks on this node if anything is left to heal. Nobody waits for another
    /// node: when that node returns, it starts the heal itself.
    pub(super) async fn heals(&mut self) -> Result<String, String> {
        let Some((pool, volumes)) = &self.known else {
            return Err("glusterd does not answer".to_owned());
        };
        let waited = self.heals_since.get_or_insert_with(Instant::now).elapsed() > CONNECTING;
        let mut told = Vec::new();
        for volume in volumes.values().filter(|volume| volume.started && volume.heals()) {
            let own: Vec<String> = volume.bricks_of(&pool.own_uuid).map(ToString::to_string).collect();
            if own.is_empty() {
                continue;
            }
            let heal = format!("heal {}", shell::quote(&volume.name));
            let text = Text::default().then(&[&scripts::HEAL], &[]).command(&heal);
            let output = self.script(text.end(), true).await?;
            told.extend(output.stderr.lines().map(str::to_owned));
            told.push(heal_state(&output.stdout, &own, waited)?);
        }
        Ok(match told.is_empty() {
            true => "this node has no brick of a volume that heals".to_owned(),
            false => told.join("; "),
        })
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

/// Whether a volume's heal has been seen to, from what `templates/heal.sh` said: the sentence, in both cases. A heal that
/// waits for another node's bricks is that node's task.
fn heal_state(said: &str, own: &[String], waited: bool) -> Result<String, String> {
    let (state, sentence) = said.trim().split_once(' ').unwrap_or((said.trim(), ""));
    let mut words = sentence.split_whitespace().map(|word| word.trim_end_matches(';'));
    let is_seen_to = match state {
        "healed" | "heals" => true,
        "waits" => waited && !words.any(|word| own.iter().any(|brick| brick == word)),
        _ => false,
    };
    match is_seen_to {
        true => Ok(sentence.to_owned()),
        false => Err(sentence.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heal_is_seen_to_once_it_was_started_or_waits_for_another_node() {
        let own = ["kube1:/bricks/vdb/gv0".to_owned()];
        let lost = |brick: &str| {
            format!("waits volume gv0: Gluster does not reach {brick}; the other bricks list 3 entries\n")
        };
        for (said, waited, is_seen_to) in [
            ("healed volume gv0: nothing\n".to_owned(), false, true),
            ("heals volume gv0: started\n".to_owned(), false, true),
            (
                "fails volume gv0: Another transaction is in progress\n".to_owned(),
                true,
                false,
            ),
            (String::new(), true, false),
            (lost("kube2:/bricks/vdb/gv0"), false, false),
            (lost("kube2:/bricks/vdb/gv0"), true, true),
            (lost("kube1:/bricks/vdb/gv0"), true, false),
            (lost("kube2:/bricks/vdb/gv0 and kube1:/bricks/vdb/gv0"), true, false),
        ] {
            let state = heal_state(&said, &own, waited);
            assert_eq!(state.is_ok(), is_seen_to, "{said} {waited}: {state:?}");
            let sentence = state.unwrap_or_else(|why| why);
            assert!(
                said.trim().is_empty() || sentence.starts_with("volume gv0: "),
                "{sentence}"
            );
        }
    }
}
