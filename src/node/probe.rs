//! `node ready` and `node alive`: look, change nothing, and answer within a second.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::state::{self, Brick, Looked, State};
use crate::text;

/// How long glusterd, or a volume, may take to answer.
const ANSWER: Duration = Duration::from_millis(800);

/// Whether the loop has looked at the host in the last `within`; the sentence says so in both cases.
///
/// # Errors
/// The loop has not looked, or does not run.
pub fn alive(within: Duration) -> Result<String, String> {
    let process = fs::read_to_string(super::PID).unwrap_or_default();
    if process.is_empty() || !state::is_called_glusterctl(process.trim()) {
        return Err("glusterctl node does not run".to_owned());
    }
    let looked = Looked::read().ok_or("the node has not looked at the host yet")?;
    let ago = state::uptime() - looked.at;
    match ago < within.as_secs_f64() + looked.busy {
        true => Ok(format!("the node looked at the host {ago:.0} s ago")),
        false => Err(format!("the node has not looked at the host for {ago:.0} s")),
    }
}

/// Whether the host serves its bricks and has its volumes mounted.
///
/// # Errors
/// The first reason why not.
pub async fn ready() -> Result<String, String> {
    alive(Duration::from_secs(60))?;
    let state = State::read()?;
    if let Some(problem) = state.problems.first() {
        return Err(problem.clone());
    }
    if state.left {
        return Ok("the host has left the cluster, and can be taken away".to_owned());
    }
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
    for brick in &state.bricks {
        serves(brick, &mountinfo)?;
    }
    let (glusterd, volumes) = tokio::join!(glusterd(state.server), mounted(&state.mounts, &mountinfo));
    glusterd?;
    volumes?;
    let notes = state.notes.iter().map(|note| format!("; {note}"));
    Ok(format!(
        "{}this host runs {} and mounts {}{}",
        if state.server { "glusterd answers; " } else { "" },
        text::counted(state.bricks.len(), "brick"),
        text::counted(state.mounts.len(), "volume"),
        notes.collect::<String>()
    ))
}

/// Device number and type of the last file system that was mounted at a path.
fn mount<'m>(mountinfo: &'m str, path: &str) -> Option<(&'m str, &'m str)> {
    let line = mountinfo.lines().rfind(|line| line.split(' ').nth(4) == Some(path))?;
    let kind = line.split_once(" - ")?.1.split(' ').next()?;
    Some((line.split(' ').nth(2)?, kind))
}

fn serves(brick: &Brick, mountinfo: &str) -> Result<(), String> {
    let Brick {
        directory,
        mount: point,
        device,
    } = brick;
    let mounted = mount(mountinfo, point).map(|(number, _)| number);
    if mounted.is_none() || mounted != device.as_deref() {
        return Err(format!(
            "the file system of brick {directory} is not mounted at {point}"
        ));
    }
    let named = format!("{}.pid", directory.trim_start_matches('/').replace('/', "-"));
    let runs = volumes_of_pids().any(|(file, process)| {
        let ours = file.strip_suffix(&named).is_some_and(|rest| rest.ends_with('-'));
        ours && fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "glusterfsd")
    });
    match runs {
        true => Ok(()),
        false => Err(format!("no process serves brick {directory}")),
    }
}

/// The files in which glusterd notes the processes of bricks: name and process.
fn volumes_of_pids() -> impl Iterator<Item = (String, String)> {
    let entries = |path: &Path| {
        fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    };
    let volumes: Vec<_> = entries(Path::new("/run/gluster/vols")).collect();
    let files: Vec<_> = volumes.iter().flat_map(|volume| entries(volume)).collect();
    files.into_iter().filter_map(|file| {
        let process = fs::read_to_string(&file).ok()?.trim().to_owned();
        Some((file.file_name()?.to_string_lossy().into_owned(), process))
    })
}

async fn glusterd(wanted: bool) -> Result<(), String> {
    if !wanted {
        return Ok(());
    }
    let mut command = Command::new("gluster");
    command.args(["--mode=script", "volume", "list"]).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match timeout(ANSWER, command.status()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Err(error)) => Err(format!("gluster cannot be run: {error}")),
        Ok(Ok(_)) | Err(_) => Err("glusterd does not answer".to_owned()),
    }
}

async fn mounted(points: &[String], mountinfo: &str) -> Result<(), String> {
    for point in points {
        if mount(mountinfo, point).is_none_or(|(_, kind)| kind != "fuse.glusterfs") {
            return Err(format!("no volume is mounted at {point}"));
        }
    }
    let questions = points.iter().cloned().map(|point| {
        let asked = point.clone();
        (
            point,
            tokio::task::spawn_blocking(move || rustix::fs::statvfs(asked.as_str())),
        )
    });
    let questions: Vec<_> = questions.collect();
    for (point, question) in questions {
        match timeout(ANSWER, question).await {
            Ok(Ok(Ok(_))) => {}
            _ => return Err(format!("the volume at {point} does not answer")),
        }
    }
    Ok(())
}
