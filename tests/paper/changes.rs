//! Edits of the inventory of a running cluster, carried out on paper: each edit is done, or is a problem that names what was
//! edited; no edit is ignored, and none takes a brick away.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::cases;
use crate::support::paper::Cluster;
use crate::support::wish::{VolumeWish, Wish, any_wish};
use glusterctl::desired::{BrickFileSystem, Desired};
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Problem;

#[test]
fn a_device_of_heketi_is_in_no_step_and_its_host_is_a_server_all_the_same() {
    let text = "cluster: kube\nhosts:\n\
        \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb, {path: /dev/vdc, heketi: true}]}\n\
        \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb, {path: /dev/vdc, heketi: true}]}\n\
        \x20 - {name: kube3, address: 198.51.100.13, devices: [{path: /dev/vdc, heketi: true}]}\n\
        volumes: [{name: gv0, replica: 2, mount: /data}]\n";
    let inventory = inventory::read(text, "test").unwrap();
    let mut cluster = Cluster::blank(&inventory);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    assert_eq!(cluster.pool(), ["kube1", "kube2", "kube3"]);
    assert_eq!(
        cluster.bricks()["gv0"],
        ["kube1:/bricks/vdb/gv0", "kube2:/bricks/vdb/gv0"]
    );
    for step in &steps {
        assert!(!format!("{step:?}").contains("/dev/vdc"), "{step:#?}");
    }
    // What Heketi's bricks need at a boot.
    for host in ["kube1", "kube2", "kube3"] {
        let modules = cluster.file(host, "/etc/modules-load.d/glusterctl-heketi.conf");
        assert!(
            modules.ends_with("\ndm_thin_pool\ndm_mirror\ndm_snapshot\n"),
            "{modules}"
        );
    }
    let installs = |step: &&glusterctl::plan::Step| step.command.to_string().contains("thin-provisioning-tools");
    assert_eq!(steps.iter().filter(installs).count(), 3);
}

/// One edit of an inventory.
#[derive(Debug, Clone, Copy)]
enum Edit {
    AddOption,
    RemoveOptions,
    Profile(Option<&'static str>),
    MovePath,
    MountOn(&'static str),
    ToggleNoatime,
    RemoveVolume,
    AddClient,
    RemoveClient,
    AddServer,
    RemoveServer,
    AddDevice,
    RemoveDevice,
}

fn any_edit() -> impl Strategy<Value = (Edit, Index)> {
    let edits = vec![
        Edit::AddOption,
        Edit::RemoveOptions,
        Edit::Profile(None),
        Edit::Profile(Some("virt")),
        Edit::MovePath,
        Edit::MountOn("all"),
        Edit::MountOn("servers"),
        Edit::MountOn("clients"),
        Edit::ToggleNoatime,
        Edit::RemoveVolume,
        Edit::AddClient,
        Edit::RemoveClient,
        Edit::AddServer,
        Edit::RemoveServer,
        Edit::AddDevice,
        Edit::RemoveDevice,
    ];
    (select(edits), any::<Index>())
}

/// The inventory after an edit; none if the edit makes no sense, or `check` would refuse the inventory.
fn edited(wish: &Wish, edit: Edit, which: Index) -> Option<Wish> {
    let mut new = wish.clone();
    let (volumes, servers) = (wish.volumes.len(), wish.servers.len());
    let volume = |new: &mut Wish, change: fn(&mut VolumeWish)| {
        (volumes > 0).then(|| change(&mut new.volumes[which.index(volumes)]))
    };
    match edit {
        Edit::AddOption => volume(&mut new, |volume| {
            volume.options.retain(|(key, _)| *key != "features.shard");
            volume.options.push(("features.shard", "on"));
        })?,
        Edit::RemoveOptions => volume(&mut new, |volume| volume.options.clear())?,
        Edit::Profile(profile) => new.volumes.get_mut(which.index(volumes.max(1)))?.profile = profile,
        Edit::MovePath => volume(&mut new, |volume| {
            let (name, path) = volume.name_and_path;
            volume.name_and_path = (name, if path == "/data" { "/srv/moved" } else { "/mnt/moved" });
        })?,
        Edit::MountOn(on) => new.volumes.get_mut(which.index(volumes.max(1)))?.on = on,
        Edit::ToggleNoatime => volume(&mut new, |volume| volume.noatime = !volume.noatime)?,
        Edit::RemoveVolume => drop(new.volumes.pop()?),
        Edit::AddClient => new.clients += 1,
        Edit::RemoveClient => new.clients = new.clients.checked_sub(1)?,
        Edit::AddServer => new.servers.push(wish.servers[0].clone()),
        Edit::RemoveServer if servers > 1 => drop(new.servers.pop()),
        Edit::AddDevice if !wish.servers[which.index(servers)].contains(&"/dev/vdz") => {
            new.servers[which.index(servers)].push("/dev/vdz");
        }
        Edit::RemoveDevice if wish.servers.iter().all(|devices| devices.len() > 1) => {
            new.servers[which.index(servers)].pop();
        }
        Edit::RemoveServer | Edit::AddDevice | Edit::RemoveDevice => return None,
    }
    // The volumes keep their shapes, as far as the bricks allow.
    let mut shapes = new.shapes_of_volumes().into_iter().zip(wish.shapes_of_volumes());
    shapes.all(|(new, old)| new == old).then_some(new)
}

/// Nothing of an earlier inventory is left: mounts, lines and options are the inventory's, and no others.
fn is_exactly(cluster: &Cluster, inventory: &Inventory) {
    for host in &Desired::of(inventory).hosts {
        let name = host.name().as_str();
        let stays = |point: &&str| {
            let leaves = |brick: &BrickFileSystem| brick.mount == **point && brick.device.leaving;
            !host.host.leaving && !host.bricks.iter().any(leaves)
        };
        let mut wanted: Vec<&str> = host.mount_points().filter(stays).collect();
        wanted.sort_unstable();
        let mut mounted = cluster.mounted(name);
        mounted.sort_unstable();
        assert_eq!(mounted, wanted, "mounted on {name}");
        let lines = cluster.file(name, "/etc/fstab");
        let lines: Vec<&str> = lines
            .lines()
            .filter(|line| line.contains("x-glusterctl=paper"))
            .collect();
        assert_eq!(lines.len(), wanted.len(), "{name}: {lines:#?}");
    }
    assert!(cluster.is_settled());
    for volume in inventory.volumes.iter().filter(|volume| !volume.leaving) {
        let mut options = cluster.options(volume.name.as_str()).clone();
        options.retain(|key, _| !key.starts_with("user.glusterctl.") && !key.contains("quota"));
        let limits = volume.quota.iter().map(|(path, limit)| (path.as_str(), limit.bytes()));
        let limits: Vec<_> = limits.collect();
        assert_eq!(cluster.limits(volume.name.as_str()).unwrap_or_default(), limits);
        // What a change of the sets turns off stays off.
        if !volume.options.contains_key("cluster.lookup-optimize") {
            options.remove("cluster.lookup-optimize");
        }
        // Gluster cannot reset such an option.
        options.retain(|key, value| !(key.starts_with("user.") && value == "none"));
        assert_eq!(options, volume.options, "{}", volume.name);
    }
}

/// What an edit leads to.
enum Outcome {
    /// Steps with these words in their titles (at least these), and then nothing is left.
    Done(&'static [&'static str]),
    /// A problem with these words; nothing else is left to do.
    Refused(&'static str),
}

use Outcome::{Done, Refused};

const INVENTORY: &str = "\
cluster: paper
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb, /dev/vdc]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb, /dev/vdc]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb, /dev/vdc]}
  - {name: app1, address: 198.51.100.21, role: client}
volumes:
  - {name: gv0, replica: 3, quota: {limit: 10Gi, directories: {/a/b: 1Gi}}, options: {network.ping-timeout: 10}, mount: {path: /data, options: [noatime]}}
";

const KUBE4: &str = "  - {name: kube4, address: 198.51.100.14, devices: [/dev/vdb, /dev/vdc]}\n";
const MORE: &str = "  - {name: kube4, address: 198.51.100.14, devices: [/dev/vdb]}
  - {name: kube5, address: 198.51.100.15, devices: [/dev/vdb]}
  - {name: kube6, address: 198.51.100.16, devices: [/dev/vdb]}
";
const GV1: &str = "  - {name: gv1, replica: 3, mount: /more}\n";

/// Each row of the table in docs/changes.md: the row, the edit as a replacement, and what the edit leads to.
#[rustfmt::skip]
const ROWS: &[(&str, (&str, &str), Outcome)] = &[
    ("`cluster` changed", ("cluster: paper", "cluster: other"), Refused("says that this is cluster paper")),
    ("a server added", ("  - {name: app1", "MORE  - {name: app1"), 
        Done(&["probe kube6", "add a set of bricks to volume gv0", "rebalance volume gv0", "mount volume gv0 at /data"])),
    ("a server added whose devices form no sets", ("198.51.100.13, devices: [/dev/vdb, /dev/vdc]}\n",
        "198.51.100.13, devices: [/dev/vdb, /dev/vdc]}\n  - {name: kube4, address: 198.51.100.14, devices: [/dev/vdb, /dev/vdc, /dev/vdd]}\n"),
        Refused("volume gv0 cannot have the inventory's other bricks")),
    ("`leaving: true` added to a server", ("devices: [/dev/vdb, /dev/vdc]}\n  - {name: app1", "devices: [/dev/vdb, /dev/vdc], leaving: true}\nKUBE4  - {name: app1"),
        Done(&["replace the brick kube3:/bricks/vdb/gv0 of volume gv0 by kube4:/bricks/vdb/gv0", "heal volume gv0", "detach kube3",
            "unmount /data and take it out of /etc/fstab"])),
    ("a server removed", ("  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb, /dev/vdc]}\n", KUBE4),
        Refused("with kube3, which holds bricks of volume gv0, and the inventory has no such server")),
    ("a host renamed", ("name: kube3", "name: node3"), Refused("with kube3, which holds bricks of volume gv0")),
    ("a server's `address` changed", ("198.51.100.13", "198.51.100.33"), Done(&["write the names of all 4 hosts"])),
    ("a client added", ("volumes:", "  - {name: app2, address: 198.51.100.22, role: client}\nvolumes:"),
        Done(&["write the names of all 5 hosts", "install glusterfs-client", "mount volume gv0 at /data"])),
    ("a client removed", ("  - {name: app1, address: 198.51.100.21, role: client}\n", ""),
        Done(&["write the names of all 3 hosts"])),
    ("`role` of a server changed", ("kube3, address: 198.51.100.13, devices: [/dev/vdb, /dev/vdc]}",
        "kube3, address: 198.51.100.13, role: client}\nKUBE4"), Refused("with kube3, which holds bricks of volume gv0")),
    ("`zone` changed", ("198.51.100.11,", "198.51.100.11, zone: a,"), Done(&[])),
    ("`ssh` changed", ("cluster: paper", "cluster: paper\nssh: {user: op, become: sudo, port: 2222}"), Done(&[])),
    ("a device added", ("/dev/vdc]", "/dev/vdc, /dev/vdd]"), Done(&["format /dev/vdd", "add a set of bricks to volume gv0", "rebalance volume gv0"])),
    ("`leaving: true` added to a device", ("/dev/vdc]", "{path: /dev/vdc, leaving: true}]"),
        Done(&["begin to empty 3 bricks of volume gv0", "empty bricks of volume gv0", "look whether /bricks/vdc/gv0 is empty",
            "take 3 bricks out of volume gv0", "unmount /bricks/vdc and take it out of /etc/fstab"])),
    ("a device removed", (", /dev/vdc]", "]"), Refused("has bricks that the inventory does not have: kube1:/bricks/vdc/gv0")),
    ("`lvm` of a device added or removed", ("/dev/vdc]", "{path: /dev/vdc, lvm: thin}]"),
        Refused("is on /dev/vdc itself, and the inventory says `lvm: thin`")),
    ("`raid` of a device added, changed or removed", ("/dev/vdc]", "{path: /dev/vdc, raid: {stripe_unit: 128KiB, data_disks: 10}}]"),
        Done(&[])),
    ("`brick`, `uuid` or `mount` of a device added or changed", ("kube1, address: 198.51.100.11, devices: [/dev/vdb, /dev/vdc]",
        "kube1, address: 198.51.100.11, devices: [/dev/vdb, {brick: /srv/c/gv0, mount: /srv/c, uuid: 8f3c}]"),
        Refused("no device holds the file system 8f3c of the brick /srv/c/gv0")),
    ("a volume added", ("volumes:\n", "volumes:\nGV1"), Done(&["create volume gv1", "mount volume gv1 at /more"])),
    ("a volume removed", ("volumes:\n  - {name: gv0, replica: 3, quota: {limit: 10Gi, directories: {/a/b: 1Gi}}, options: {network.ping-timeout: 10}, mount: {path: /data, options: [noatime]}}\n", "volumes: []\n"),
        Refused("volume gv0 is managed by this cluster, and the inventory does not have the volume any more")),
    ("`leaving: true` added to a volume", ("gv0, replica: 3,", "gv0, replica: 3, leaving: true,"),
        Done(&["unmount /data and take it out of /etc/fstab", "stop volume gv0", "delete volume gv0", "delete /bricks/vdb/gv0"])),
    ("a volume renamed", ("name: gv0", "name: gv9"), Refused("a volume cannot be renamed")),
    ("`replica` raised, or an arbiter added to two copies", ("  - {name: app1, address: 198.51.100.21, role: client}\nvolumes:\n  - {name: gv0, replica: 3,",
        "KUBE4  - {name: app1, address: 198.51.100.21, role: client}\nvolumes:\n  - {name: gv0, replica: 4,"),
        Done(&["add bricks to the sets of volume gv0, which becomes replica 4", "heal volume gv0"])),
    ("`replica` or `arbiter` changed otherwise", ("replica: 3", "replica: 3, arbiter: 1"), Refused("and the inventory wants")),
    ("`type` or `disperse` changed", ("replica: 3", "disperse: {data: 2, redundancy: 1}"),
        Refused("volume gv0 has replica 3, and the inventory wants disperse data 2 redundancy 1")),
    ("`bricks` chooses more", ("replica: 3, bricks: {devices: [vdb]}", "replica: 3"),
        Done(&["add a set of bricks to volume gv0", "rebalance volume gv0"])),
    ("`bricks` chooses less", ("replica: 3", "replica: 3, bricks: {devices: [vdb]}"),
        Refused("has bricks that the inventory does not have: kube1:/bricks/vdc/gv0")),
    ("`allow_same_host` changed", ("replica: 3", "replica: 3, allow_same_host: true"), Done(&[])),
    ("`profile` added or changed", ("replica: 3", "replica: 3, profile: virt"), Done(&["set 24 options of volume gv0 as profile virt has them"])),
    ("`profile` removed", ("replica: 3, profile: nl-cache", "replica: 3"), Done(&["reset performance.nl-cache of volume gv0"])),
    ("`auth_allow` added or removed", ("replica: 3", "replica: 3, auth_allow: hosts"),
        Done(&["set auth.allow of volume gv0 to 198.51.100.11,198.51.100.12,198.51.100.13,198.51.100.21"])),
    ("`tls` added, changed or removed", ("volumes:\n", "tls: {certificates: made}\nvolumes:\n"), Refused("Gluster runs here with plain management")),
    ("an option added", ("ping-timeout: 10", "ping-timeout: 10, features.shard: on"), Done(&["set features.shard of volume gv0 to on"])),
    ("an option changed", ("ping-timeout: 10", "ping-timeout: 20"), Done(&["set network.ping-timeout of volume gv0 to 20"])),
    ("an option removed", ("network.ping-timeout: 10", ""), Done(&["reset network.ping-timeout of volume gv0"])),
    ("`performance.least-prio-threads` removed", ("ping-timeout: 10, performance.least-prio-threads: 16", "ping-timeout: 10"),
        Done(&["set performance.least-prio-threads of volume gv0 to 8"])),
    ("`quota` added", ("replica: 3, options", "replica: 3, quota: {limit: 10Gi, directories: {/a/b: 1Gi}}, options"),
        Done(&["make /data/a/b", "turn on the quota of volume gv0", "limit volume gv0 to 10Gi", "limit /a/b of volume gv0 to 1Gi"])),
    ("a limit of `quota` changed", ("limit: 10Gi", "limit: 20Gi"), Done(&["limit volume gv0 to 20Gi"])),
    ("a limit of `quota` removed", ("limit: 10Gi, directories: {/a/b: 1Gi}", "limit: 10Gi"), Done(&["remove the limit of /a/b of volume gv0"])),
    ("`quota` removed", ("quota: {limit: 10Gi, directories: {/a/b: 1Gi}}, ", ""), Done(&["turn off the quota of volume gv0"])),
    ("`mount.path` changed", ("path: /data", "path: /srv/data"),
        Done(&["unmount /data and take it out of /etc/fstab", "mount volume gv0 at /srv/data"])),
    ("`mount.options` changed", ("[noatime]", "[noatime, log-level=DEBUG]"), Done(&["unmount /data", "mount volume gv0 at /data"])),
    ("`mount.on` changed", ("path: /data,", "path: /data, on: servers,"), Done(&["unmount /data and take it out of /etc/fstab"])),
    ("`kubernetes` changed", ("volumes:", "kubernetes: {namespace: other}\nvolumes:"), Done(&[])),
];

/// The first cells of the table in docs/changes.md.
fn documented() -> Vec<String> {
    let page = std::fs::read_to_string("docs/changes.md").unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    rows.skip(2).map(str::to_owned).collect()
}

#[test]
fn each_row_of_the_table_is_what_happens() {
    let rows: Vec<&str> = ROWS.iter().map(|(row, ..)| *row).collect();
    assert_eq!(documented(), rows);
    for (row, (from, to), outcome) in ROWS {
        // A row about something that goes begins with an inventory that has the thing.
        let (begins, from) = match INVENTORY.contains(from) {
            true => (INVENTORY.to_owned(), from),
            false => (INVENTORY.replace(to, from), from),
        };
        assert!(begins.contains(from), "{row}");
        let before = inventory::read(&begins, "before.yaml").unwrap();
        let text = begins.replace(
            from,
            &to.replace("KUBE4", KUBE4).replace("GV1", GV1).replace("MORE", MORE),
        );
        let after = inventory::read(&text, "after.yaml").unwrap_or_else(|report| panic!("{row}: {report}"));
        let mut cluster = Cluster::running(&before).edited(&after);
        let (steps, last) = cluster.converge();
        let said: String = last.problems.iter().map(|problem| problem.message() + "\n").collect();
        match outcome {
            Done(titles) => {
                assert!(last.is_done(), "{row}: {last:#?}");
                let done = |words: &&str| steps.iter().any(|step| step.title.contains(*words));
                assert!(titles.iter().all(done), "{row}: {steps:#?}");
                assert!(!titles.is_empty() || steps.is_empty(), "{row}: {steps:#?}");
                is_exactly(&cluster, &after);
            }
            Refused(words) => assert!(said.contains(words), "{row}: {said}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(12)) })]

    #[test]
    fn any_edit_is_done_or_is_a_problem_and_no_brick_is_taken_away(
        wish in any_wish(),
        edits in prop::collection::vec(any_edit(), 1..4),
    ) {
        let mut new = wish.clone();
        for (edit, which) in &edits {
            new = edited(&new, *edit, *which).unwrap_or(new);
        }
        let (before, after) = (wish.inventory(), new.inventory());
        let cluster = Cluster::running(&before);
        let bricks = cluster.bricks();
        let mut cluster = cluster.edited(&after);
        let (_, last) = cluster.converge();
        let now = cluster.bricks();
        prop_assert!(bricks.iter().all(|(name, bricks)| now.get(name) == Some(bricks)));
        let removed: Vec<&String> = bricks.keys().filter(|name| {
            !after.volumes.iter().any(|volume| volume.name.as_str() == name.as_str())
        }).collect();
        let said: String = last.problems.iter().map(|problem| problem.message() + "\n").collect();
        prop_assert!(last.is_done() || !said.is_empty(), "{last:#?}");
        if new.servers == wish.servers {
            for name in removed {
                prop_assert!(said.contains(&format!("volume {name} ")), "{said}");
            }
        }
        if last.is_done() {
            is_exactly(&cluster, &after);
        }
        // Whatever was done: the inventory as it was is reached again, except that no server leaves the pool by itself.
        let mut cluster = cluster.edited(&before);
        if last.is_done() {
            let (_, last) = cluster.converge();
            let has_joined = new.servers.len() > wish.servers.len();
            let stays = |problem: &Problem| problem.what.contains("and the inventory has no such server");
            prop_assert_eq!(has_joined, !last.is_done(), "{:#?}", last);
            prop_assert!(last.problems.iter().all(stays), "{last:#?}");
        }
    }
}
