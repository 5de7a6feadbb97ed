//! A host that holds no brick any more leaves: what glusterctl wrote on the host goes, and the host leaves the pool. Pure.

use super::danger::Danger;
use super::emptying;
use super::family;
use super::firewall;
use super::heketi_login;
use super::hosts_file;
use super::leaving::{self, Stage};
use super::outdated;
use super::peers::PoolPlan;
use super::removal::{self, Held};
use super::steps::{Draft, Planner};
use super::tls;
use crate::desired::{BrickSpec, DesiredHost, HostsBlock, units};
use crate::facts::HostFacts;
use crate::inventory::Role;
use crate::scripts::{self, lines};
use crate::shell;

/// Takes out what glusterctl wrote on a host that leaves: mounts and their lines first; once the host has left the pool,
/// glusterd is stopped, and units and names go. A host in maintenance is left alone.
pub fn clean<'d>(planner: &mut Planner<'d>, host: &'d DesiredHost) {
    let observed = planner.facts.of(host.name());
    let Some(observed) = observed.filter(|seen| seen.self_managed.is_none() && seen.maintenance.is_none()) else {
        return;
    };
    for brick in &host.bricks {
        clear(planner, host, observed, brick);
    }
    kept_late(planner, host, observed);
    outdated::all(planner, host, observed);
    if leaving::stage(planner.desired, planner.facts, host) == Stage::Gone {
        heketi_login::drop(planner, host, observed, Vec::new());
        units_and_names(planner, host, observed);
        tls::drop(planner, host, observed, Vec::new());
        firewall::drop(planner, host, observed, Vec::new());
        family::drop(planner, host.host, observed, Vec::new());
    }
}

/// Clears away what volumes left on a brick's mounted file system.
pub fn clear(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, brick: &crate::desired::BrickFileSystem) {
    if brick.is_existing() || observed.mounted_at(&brick.mount).is_none() {
        return;
    }
    for volume in host.volumes {
        let Some(dir) = brick.dir(&volume.name) else { continue };
        let found = observed.bricks.get(dir).filter(|found| found.exists);
        let Some(id) = found.and_then(|found| found.volume_id.as_ref()) else {
            continue;
        };
        let (name, uuid) = (volume.name.as_str(), brick.identity());
        let spec = BrickSpec {
            host: host.name().to_string(),
            dir: dir.to_owned(),
        };
        let known = planner.facts.cluster.volume(name);
        let held = match known.is_some_and(|known| emptying::was_empty(&known.info, &spec)) {
            true => Held::AfterTheLook,
            false => Held::Elsewhere,
        };
        planner.prepare(
            host.host,
            removal::cleared(name, id.hex(), uuid, &brick.mount, dir, held),
        );
    }
}

/// A host that looks after itself is not done while it keeps files that its volume does not have: whoever takes its disk away
/// would lose them.
fn kept_late(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    if observed.supervised.is_none() {
        return;
    }
    for kept in observed.bricks.values().filter_map(|brick| brick.late.as_deref()) {
        let what =
            format!("{kept} keeps files that came while the brick was taken out, and the volume does not have them");
        planner.problem(
            host.host,
            what,
            "copy the files into the volume, and delete the directory",
        );
    }
}

fn units_and_names(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    if observed.supervised.is_some() {
        let glusterd = observed.unit(units::GLUSTERD);
        if glusterd.active || glusterd.enabled {
            let command = format!("systemctl stop {}", units::GLUSTERD);
            planner.prepare(
                host.host,
                Draft::new("stop glusterd", "the host has left the cluster", command),
            );
        }
        return;
    }
    let has_file = |path: &&str| observed.unit_files.get(*path).is_some_and(|text| !text.is_empty());
    let files: Vec<&str> = host.unit_files.iter().map(|file| file.path).filter(has_file).collect();
    let glusterd = observed.unit(units::GLUSTERD);
    let HostsBlock { begin, end, .. } = &planner.desired.names;
    let has_names = observed.hosts_file.lines().any(|line| line == begin)
        || observed
            .hosts_template
            .as_ref()
            .is_some_and(|text| text.lines().any(|line| line == begin));
    let runs = host.host.role == Role::Server && (glusterd.active || glusterd.enabled);
    if files.is_empty() && !runs && !has_names {
        return;
    }
    let mut services: Vec<String> = host.mount_services().collect();
    if host.host.role == Role::Server {
        services.extend([units::HEAL.to_owned(), units::GLUSTERD.to_owned()]);
    }
    let command = scripts::DEPARTED.with(&[
        ("units", &lines(services)),
        ("files", &lines(files)),
        ("template", hosts_file::template(observed)),
        ("begin", begin),
        ("end", end),
    ]);
    let draft = Draft::new(
        "take out the units and the names of the cluster's hosts",
        "the host has left the cluster",
        command,
    );
    planner.prepare(host.host, draft);
}

/// Detaches the hosts that hold no brick any more, one after the other.
pub fn detach<'d>(planner: &mut Planner<'d>, pool: &PoolPlan<'d>) {
    let desired = planner.desired;
    let empty: Vec<&DesiredHost> = desired
        .servers()
        .filter(|host| leaving::stage(desired, planner.facts, host) == Stage::Empty)
        .collect();
    let mut last = pool.ready.clone();
    for host in empty {
        let name = host.name();
        let Some(observed) = planner.facts.of(name) else {
            continue;
        };
        if observed.maintenance.is_some() {
            planner.wait(format!("detaching {name}"), format!("{name} has left maintenance"));
            continue;
        }
        let draft = Draft::gluster(
            format!("detach {name}"),
            "the inventory says that the host leaves, and the host holds no brick",
            &format!("peer detach {}", shell::quote(name.as_str())),
        );
        let draft = draft.danger(Danger::DetachesHost { host: name.clone() });
        last.extend(planner.last(host.host));
        last = vec![planner.aside(pool.coordinator, draft, last)];
    }
}
