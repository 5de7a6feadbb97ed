//! What the loop saw last, in a file for the probes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::log::Log;
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::{HostName, Role};
use crate::output;
use crate::plan::{self, Plan};

const FILE: &str = "/run/glusterctl/state.json";
/// Its time of change says when the loop last did something.
const LOOKED: &str = "/run/glusterctl/looked";

/// For how long a run may go on without an event: longer than any step takes.
const LONGEST_STEP: Duration = Duration::from_secs(1_200);

/// What the loop saw last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// Why the host is not ready, whatever else is well.
    pub problems: Vec<String>,
    /// Whether glusterd has to answer.
    pub server: bool,
    /// The bricks of this host that belong to volumes that are started.
    pub bricks: Vec<Brick>,
    /// The mount points of volumes.
    pub mounts: Vec<String>,
    /// Whether the host has left the cluster, and nothing is left to do on it.
    #[serde(default)]
    pub left: bool,
    /// What else there is to tell: how far hosts that leave have come.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A brick that has to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Brick {
    /// The brick's directory.
    pub directory: String,
    /// Where the brick's file system belongs.
    pub mount: String,
    /// The number of the device that was seen to hold the brick's file system.
    pub device: Option<String>,
}

/// When the loop last did something, and for how long that counts, in seconds since the machine's boot.
#[derive(Debug, Serialize, Deserialize)]
pub struct Looked {
    /// When.
    pub at: f64,
    /// How much longer than usual the loop may take now.
    pub busy: f64,
}

impl State {
    /// Nothing is known of the host but this.
    pub fn unknown(problems: &BTreeSet<String>) -> Self {
        State {
            problems: problems.iter().cloned().collect(),
            ..State::default()
        }
    }

    pub fn of(desired: &Desired, facts: &Facts, plan: &Plan, name: &HostName) -> Self {
        let (Some(own), Some(seen)) = (desired.host(name), facts.of(name)) else {
            return State::unknown(&["the host could not be observed".to_owned()].into());
        };
        let notes = plan::departing(desired, facts);
        let notes = notes.iter().map(ToString::to_string).collect();
        if plan::has_left(desired, facts, name) {
            let of_host = |host: &HostName| host == name;
            let problems = plan.problems.iter();
            let own = problems.filter(|problem| problem.host.as_ref().is_some_and(of_host));
            return State {
                problems: own.map(|problem| problem.what.clone()).collect(),
                left: !plan.steps.iter().any(|step| of_host(&step.host)),
                notes,
                ..State::default()
            };
        }
        let concerns = |host: &Option<HostName>| host.as_ref().is_none_or(|host| host == name);
        let problems = plan.problems.iter().filter(|problem| concerns(&problem.host));
        let volumes = facts.cluster.volumes.values().map(|known| &known.info);
        let volumes = volumes.filter(|info| info.started);
        let bricks = volumes
            .flat_map(|info| &info.bricks)
            .filter(|brick| brick.host == name.as_str());
        let device = |mount: &str, uuid: &str| {
            let mounted = seen.mounted_at(mount)?;
            let devices = seen.brick_devices(uuid, mount);
            let is_own = devices.iter().any(|device| device.number == mounted.number);
            is_own.then(|| mounted.number.clone())
        };
        State {
            problems: problems.map(|problem| problem.what.clone()).collect(),
            server: own.host.role == Role::Server,
            bricks: bricks
                .filter_map(|brick| {
                    let file_system = own.bricks.iter().find(|own| own.dirs().any(|dir| dir == brick.dir))?;
                    Some(Brick {
                        directory: brick.dir.clone(),
                        mount: file_system.mount.clone(),
                        device: device(&file_system.mount, &file_system.uuid),
                    })
                })
                .collect(),
            mounts: own.mounts.iter().map(|volume| volume.mount.path.to_string()).collect(),
            left: false,
            notes,
        }
    }

    /// Writes the file, and that the loop has looked.
    pub fn write(&self, log: &Log) {
        touch();
        let written = output::json_line(self).and_then(|text| output::publish(Path::new(FILE), &text));
        if let Err(error) = written {
            log.say("failed", &format!("{error:#}"));
        }
    }

    /// Reads the file.
    pub fn read() -> Result<Self, String> {
        let text = fs::read_to_string(FILE).map_err(|_| "the node has not looked at the host yet".to_owned())?;
        serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))
    }
}

impl Looked {
    /// Reads the file.
    pub fn read() -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(LOOKED).ok()?).ok()
    }
}

/// Notes that the loop has looked.
pub fn touch() {
    note(0.0);
}

/// Notes that the loop runs steps.
pub fn is_at_work() {
    note(LONGEST_STEP.as_secs_f64());
}

fn note(busy: f64) {
    let looked = Looked { at: uptime(), busy };
    // A file that cannot be written makes `node alive` fail.
    let _ = output::json_line(&looked).and_then(|text| output::publish(Path::new(LOOKED), &text));
}

/// Seconds since the machine's boot, which no change of the clock moves.
pub fn uptime() -> f64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or_default()
}

/// Whether a process is a glusterctl.
pub fn is_called_glusterctl(process: &str) -> bool {
    fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "glusterctl")
}
