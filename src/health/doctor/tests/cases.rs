//! For each check, a change after which the check finds something.

use std::sync::Arc;

use super::world::{ALL, GIB, World, brick, host, peer_lost, snapshot, task};
use crate::desired::HostsBlock;
use crate::facts::{
    Answer, BarePoint, Certificate, Content, Glusterd, Holder, HostFacts, MountPoint, Package, QuotaDaemon, QuotaUse,
    SplitBrainEntry, TaskKind, TaskState, Tls, VolumeId, VolumeInfo,
};
use crate::health::MissingConnection;
use crate::health::tests::made_up::{TEXT, answers, info, others, without};
use crate::inventory::VolumeType;

/// Kube1 on the root file system.
fn on_root() -> String {
    TEXT.replace(
        "{name: kube1, address: 198.51.100.11}",
        "{name: kube1, address: 198.51.100.11, devices: [{brick: /srv/gv0, mount: /}]}",
    )
}

pub(super) type Change = fn(&mut World);

/// A change of the cluster that is well, after which the check finds something.
pub(super) const CASES: &[(&str, Change)] = &[
    ("GC001", |world| {
        let facts = world.host("kube1");
        facts.xfs.clear();
        facts.mounted.remove(0);
        world.device().content = Content::Data;
    }),
    ("GC002", |world| world.host("kube1").hosts_file.clear()),
    ("GC101", |world| world.hosts = without(world.hosts.clone(), &["kube3"])),
    ("GC102", |world| {
        world.hosts = without(world.hosts.clone(), &["kube3"]);
        let error = world.hosts.get_mut(&host("kube3")).unwrap().as_mut().unwrap_err();
        error.what = "the SSH host key of 198.51.100.13 has changed".into();
    }),
    ("GC103", |world| {
        let of = &world.desired.hosts[2];
        let seen = HostFacts::parse_self_managed("\n@ end\n", "@", of).unwrap();
        world.hosts.insert(of.name().clone(), Ok(seen));
    }),
    ("GC104", |world| world.host("kube1").systemd = false),
    ("GC105", |world| world.host("kube1").os = "slackware".into()),
    ("GC106", |world| world.each(|facts| facts.machine_id = "same".into())),
    ("GC107", |world| {
        world.looks.vitals.get_mut(&host("kube1")).unwrap().has_fuse = Some(false);
    }),
    ("GC108", |world| {
        let clock = &mut world.looks.vitals.get_mut(&host("kube3")).unwrap().clock;
        clock.as_mut().unwrap().offset = 90.0;
    }),
    ("GC109", |world| {
        let all = world.looks.vitals.values_mut();
        all.for_each(|vitals| vitals.clock.as_mut().unwrap().offset = 90.0);
    }),
    ("GC110", |world| {
        world.looks.vitals.get_mut(&host("kube1")).unwrap().mtu = Some(9000)
    }),
    ("GC111", |world| {
        let since = "2026-11-26T12:00:00Z".to_owned();
        world.host("kube1").maintenance = Some(crate::facts::Maintenance { since, holds: true });
    }),
    ("GC201", |world| {
        world.each(|facts| {
            facts.machine_id = "same".into();
            facts.boot_id = "same".into();
        });
    }),
    ("GC202", |world| {
        world.each(|facts| facts.uuid_on_disk = Some("same".into()))
    }),
    ("GC203", |world| {
        world.host("kube1").uuid_on_disk = Some("uuid of kube2".into());
        world.host("kube2").uuid_on_disk = Some("uuid of kube1".into());
    }),
    ("GC204", |world| {
        world.host("kube1").addresses = [[198, 51, 100, 99].into()].into()
    }),
    ("GC205", |world| {
        world.host("kube1").hosts_file = format!("{}other\n", HostsBlock::BEGIN);
    }),
    ("GC206", |world| {
        world.host("kube1").uuid_on_disk = Some("another".into())
    }),
    ("GC207", |world| {
        world.each(|facts| facts.hosts_file.clear());
        let facts = world.host("kube3");
        (facts.glusterd, facts.uuid_on_disk) = (Glusterd::Blank, None);
    }),
    ("GC208", |world| {
        let taken = std::mem::take(&mut world.host("kube2").xfs);
        world.host("kube1").xfs.extend(taken);
    }),
    ("GC209", |world| {
        let mut peer = world.peers("kube1")[0].clone();
        (peer.uuid, peer.names) = ("uuid of kube9".into(), vec!["kube9".into()]);
        world.peers("kube1").push(peer);
    }),
    ("GC210", |world| {
        world.host("kube1").hosts_file += "198.51.100.99 kube2\n"
    }),
    ("GC211", |world| {
        let facts = world.host("kube2");
        (facts.glusterd, facts.uuid_on_disk) = (Glusterd::Silent, None);
        let file = &mut world.host("kube1").hosts_file;
        *file = file.replace("198.51.100.12", "198.51.100.99");
    }),
    ("GC212", |world| world.host("kube1").hosts_file.clear()),
    ("GC213", |world| world.option("transport.address-family", "inet6")),
    ("GC301", |world| world.host("kube1").packages.clear()),
    ("GC302", |world| {
        let package = Package {
            status: "half-configured".into(),
            version: "10.3-5".into(),
        };
        world.host("kube1").packages.insert("glusterfs-server".into(), package);
    }),
    ("GC303", |world| {
        let package = world.host("kube1").packages.get_mut("glusterfs-server").unwrap();
        package.version = "11.1-1".into();
    }),
    ("GC304", |world| {
        world.host("kube1").operating_version = Some("90000".into())
    }),
    ("GC305", |world| world.looks.highest_op_version = Some(110_000)),
    ("GC306", |world| {
        world.looks.vitals.get_mut(&host("kube1")).unwrap().is_outdated = Some(true);
    }),
    ("GC401", |world| world.host("kube1").unit_files.clear()),
    ("GC402", |world| {
        world
            .host("kube1")
            .units
            .values_mut()
            .for_each(|unit| unit.enabled = false)
    }),
    ("GC403", |world| {
        world.host("kube1").units.get_mut("glusterd.service").unwrap().enabled = false;
    }),
    ("GC404", |world| world.host("kube1").fstab.clear()),
    ("GC405", |world| {
        world.host("kube1").fstab.iter_mut().for_each(|line| {
            line.source = "UUID=8f3c".into();
            line.text = format!("UUID=8f3c {} xfs defaults 0 0", line.target);
        });
    }),
    ("GC406", |world| point(world, BarePoint::Writable)),
    ("GC407", |world| point(world, BarePoint::Unknown)),
    ("GC408", |world| point(world, BarePoint::Unprotectable)),
    ("GC501", |world| {
        let facts = world.host("kube1");
        facts.xfs.clear();
        facts.mounted.remove(0);
    }),
    ("GC502", |world| {
        let bricks = world.host("kube1").bricks.values_mut();
        bricks.for_each(|brick| brick.volume_id = Some(VolumeId::new("77")));
    }),
    ("GC503", |world| world.xfs("kube1").push(snapshot())),
    ("GC504", |_| ()),
    ("GC505", |world| world.device().read_only = true),
    ("GC506", |world| {
        world.device().holders.push(Holder {
            name: "dm-3".into(),
            mapper: "mpath-36001405 mpatha".into(),
        });
    }),
    ("GC507", |world| world.xfs("kube1")[0].snapshots.push(snapshot())),
    ("GC508", |world| world.space("kube1", "/bricks/vdb").bytes = 50 * GIB),
    ("GC509", |world| world.device().removable = true),
    ("GC601", |world| world.space("kube1", "/var/log").available = 0),
    ("GC602", |world| world.space("kube1", "/bricks/vdb").available = 5 * GIB),
    ("GC603", |world| world.space("kube1", "/bricks/vdb").inodes_free = 10),
    ("GC604", |world| world.space("kube1", "/var/log").available = 5 * GIB),
    ("GC605", |world| {
        world.space("kube1", "/var/lib/glusterd").available = 5 * GIB
    }),
    ("GC606", |world| {
        let space = world.space("kube1", "/bricks/vdb");
        (space.used, space.available) = (80 * GIB, 20 * GIB);
    }),
    ("GC607", |world| {
        let lvm = crate::health::thin_pools::lvm(&world.desired.hosts[0], "81.00", "2.00");
        world.host("kube1").lvm = lvm;
    }),
    ("GC608", |world| quota(world, 95, &[])),
    ("GC701", |world| {
        world.each(|facts| (facts.glusterd, facts.uuid_on_disk) = (Glusterd::Blank, None));
    }),
    ("GC702", |world| world.host("kube1").glusterd = Glusterd::Silent),
    ("GC703", |world| {
        world.host("kube1").glusterd = Glusterd::Refuses("no".into())
    }),
    ("GC704", |world| world.peers("kube1")[0].connected = false),
    ("GC705", |world| peer_lost(world, &Answer::Silence)),
    ("GC706", |world| peer_lost(world, &Answer::Open)),
    ("GC707", |world| {
        for peer in world.peers("kube1") {
            peer.names = vec!["198.51.100.12".into()];
        }
        let Glusterd::Answers { pool, .. } = &mut world.host("kube2").glusterd else {
            return;
        };
        pool.own_uuid = "uuid of kube2".into();
    }),
    ("GC708", |world| {
        world.host("kube1").incomplete_volumes.insert("gv0".into());
    }),
    ("GC709", |world| quota(world, 5, &["uuid of kube2"])),
    ("GC801", |world| {
        for name in ALL {
            let facts = world.host(name);
            facts.glusterd = answers(&others(&host(name)), None);
            facts.volume_ids.clear();
        }
    }),
    ("GC802", |world| world.each(|facts| facts.glusterd = Glusterd::Silent)),
    ("GC803", |world| world.volume(&ALL, |info| info.started = false)),
    ("GC804", |world| world.volume(&["kube3"], |info| info.bricks.reverse())),
    ("GC805", |world| {
        world.volume(&ALL, |info| {
            info.volume_type = VolumeType::Replicate { replica: 2, arbiter: 0 };
            info.bricks.pop();
        });
    }),
    ("GC806", |world| world.option("cluster.quorum-type", "none")),
    ("GC807", |world| {
        world.volume(&ALL, |info| info.bricks[1] = brick("kube1:/bricks/vdc/gv0"));
    }),
    ("GC808", |_| ()),
    ("GC809", |world| world.option("network.ping-timeout", "2")),
    ("GC810", |world| world.option("cluster.self-heal-daemon", "off")),
    ("GC811", |world| world.option("cluster.server-quorum-type", "server")),
    ("GC812", |world| world.option("storage.reserve", "0")),
    ("GC813", |world| world.option("diagnostics.brick-log-level", "TRACE")),
    ("GC814", |world| {
        let Glusterd::Answers { volumes, .. } = &mut world.host("kube1").glusterd else {
            return;
        };
        let other = VolumeInfo {
            name: "other".into(),
            ..info()
        };
        volumes.insert("other".into(), Arc::new(other));
    }),
    ("GC815", |world| {
        world.volume(&ALL, |info| info.bricks[2] = brick("kube3:/srv/gv0"))
    }),
    ("GC816", |world| task(world, TaskKind::Rebalance, TaskState::Failed)),
    ("GC817", |world| {
        task(world, TaskKind::RemoveBrick, TaskState::Completed)
    }),
    ("GC818", |world| {
        world.said().more.missing = vec![MissingConnection {
            client: "kube2".into(),
            brick: brick("kube1:/bricks/vdb/gv0"),
        }];
    }),
    ("GC901", |world| world.offline(0)),
    ("GC902", |world| {
        world.offline(0);
        world.host("kube1").mounted.remove(0);
    }),
    ("GC903", |world| {
        world.hosts = without(world.hosts.clone(), &["kube3"]);
        world.said().status.as_mut().unwrap().pop();
        let heal = world.heal(2);
        (heal.connected, heal.entries) = (false, None);
    }),
    ("GC904", |world| {
        world.said().heal.as_mut().unwrap().as_mut().unwrap().pop();
    }),
    ("GC905", |world| {
        world.said().status = Err("Gluster did not answer within 20 s".into())
    }),
    ("GC906", |world| world.heal(0).entries = Some(1)),
    ("GC907", |world| {
        world.heal(0).entries = Some(1);
        world.host("kube1").heal_ages.insert("/bricks/vdb/gv0".into(), 100_000);
    }),
    ("GC908", |world| world.heal(0).entries = None),
    ("GC909", |world| {
        world.heal(0).entries = Some(1);
        world.said().more.split_brain = Some(Ok(vec![SplitBrainEntry {
            name: "/f".into(),
            bricks: vec![brick("kube1:/bricks/vdb/gv0")],
        }]));
    }),
    ("GC910", |world| {
        world.offline(0);
        world.offline(1);
    }),
    ("GC951", |world| mount(world, MountPoint::Dead)),
    ("GC952", |world| {
        world.host("kube1").mounted.pop();
    }),
    ("GC953", |world| mount(world, MountPoint::HoldsFiles)),
    ("GC954", |world| {
        mount(world, MountPoint::Failing("Input/output error".into()))
    }),
    ("GC971", |world| own(world).seconds_left = -1),
    ("GC972", |world| own(world).seconds_left = 59 * 86_400),
    ("GC973", |world| own(world).has_key = false),
    ("GC974", |world| {
        encrypted(world);
        world
            .host("kube1")
            .tls
            .as_mut()
            .unwrap()
            .trusted
            .remove("print of kube3");
    }),
    ("GC975", |world| {
        encrypted(world);
        world.host("kube3").tls.as_mut().unwrap().is_management_encrypted = false;
    }),
];

/// A quota of 100 MiB, of which so many are used, with the quota daemons of these servers down.
fn quota(world: &mut World, used: u64, down: &[&str]) {
    world.option("features.quota", "on");
    world.option("user.glusterctl.quota", "none");
    let daemon = |name: &str| QuotaDaemon {
        server: format!("uuid of {name}"),
        runs: !down.contains(&&*format!("uuid of {name}")),
    };
    let more = &mut world.said().more;
    more.quota_daemons = Some(ALL.map(daemon).into());
    more.quota = Some(Ok(vec![QuotaUse {
        path: "/".into(),
        limit: 100 << 20,
        used: used << 20,
    }]));
}

/// Every host has a certificate that all trust.
pub(super) fn encrypted(world: &mut World) {
    for name in ALL {
        let own = Certificate {
            fingerprint: format!("print of {name}"),
            name: name.into(),
            not_after: "Nov 23 15:40:30 2036 GMT".into(),
            seconds_left: 3_650 * 86_400,
            has_key: true,
            text: format!("certificate of {name}"),
        };
        let facts = world.host(name);
        facts.tls = Some(Tls {
            own: Some(own),
            trusted: ALL.map(|name| format!("print of {name}")).into(),
            is_verified: true,
            is_management_encrypted: true,
            ..Tls::default()
        });
        for (key, value) in world.desired.inventory.volumes[0].options.clone() {
            world.option_of(name, &key, &value);
        }
        world.option_of(
            name,
            "user.glusterctl.options",
            "auth.ssl-allow,client.ssl,performance.least-prio-threads,server.ssl",
        );
    }
}

fn own(world: &mut World) -> &mut Certificate {
    encrypted(world);
    world.host("kube2").tls.as_mut().unwrap().own.as_mut().unwrap()
}

fn point(world: &mut World, bare: BarePoint) {
    world.host("kube1").bare_points.insert("/data".into(), bare);
}

fn mount(world: &mut World, point: MountPoint) {
    world
        .host("kube1")
        .mount_points
        .values_mut()
        .for_each(|other| *other = point.clone());
}

pub(super) fn encrypted_text() -> String {
    format!("tls: {{certificates: made}}\n{TEXT}")
}

/// The inventory of a case, if the case needs another.
pub(super) fn text_of(code: &str) -> String {
    match code {
        "GC504" => on_root(),
        "GC607" => TEXT.replace("{name: kube1,", "{name: kube1, devices: [{path: /dev/vdb, lvm: thin}],"),
        "GC808" => TEXT
            .replace("{name: kube1,", "{name: kube1, zone: a,")
            .replace("{name: kube2,", "{name: kube2, zone: a,"),
        code if code.starts_with("GC97") => encrypted_text(),
        "GC811" => TEXT
            .replace("  - {name: kube3, address: 198.51.100.13}\n", "")
            .replace("replica: 3", "replica: 2"),
        _ => TEXT.to_owned(),
    }
}
