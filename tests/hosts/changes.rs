//! Edits of the inventory of a running cluster, on real (stand-in) hosts: what docs/changes.md says, with Gluster's own
//! options, mounts that are used, and a volume that goes.

use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster, Ran};

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, role: client}
";

const HOSTS: [&str; 3] = ["kube1", "kube2", "kube3"];

/// Runs the program with this volume section.
fn run(cluster: &Cluster, volumes: &str, arguments: &[&str]) -> Ran {
    let text = format!("{INVENTORY}ssh: {{config_file: SSH_CONFIG}}\n{volumes}\n");
    cluster.run_with(&cluster.write("edited.yaml", &text), arguments)
}

/// Runs `apply` with this volume section.
fn apply(cluster: &Cluster, volumes: &str) -> Ran {
    run(cluster, volumes, &["apply", "--yes"])
}

fn volume(options: &str, mount: &str) -> String {
    format!("volumes:\n  - {{name: gv0, replica: 2, options: {{{options}}}, mount: {{{mount}}}}}")
}

fn done(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one edit after the other")]
fn lab_every_edit_of_the_inventory_is_carried_out_or_refused() {
    let cluster = Cluster::installed("changes", &format!("{INVENTORY}volumes: []\n"));
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    done(&apply(
        &cluster,
        &volume("network.ping-timeout: 10, user.owner: storage", "path: /data"),
    ));
    on("kube3", "echo kept >/data/file");
    let mut cases = Cases::default();
    cases.case("an option is reset, and an option of somebody else's stays", || {
        on(
            "kube1",
            "gluster --mode=script volume set gv0 performance.cache-size 64MB",
        );
        done(&apply(&cluster, &volume("", "path: /data")));
        let info = on("kube1", "gluster --mode=script volume info gv0");
        assert!(
            !info.contains("ping-timeout")
                && info.contains("user.owner: none")
                && info.contains("performance.cache-size: 64MB"),
            "{info}"
        );
    });
    cases.case("a mount moves, where nothing uses it", || {
        on("kube3", "systemd-run -q --unit=user --working-directory=/data sleep 1000");
        let ran = apply(&cluster, &volume("", "path: /srv/data"));
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        let told = "kube3: unmount /data and take it out of /etc/fstab: ";
        assert!(ran.stderr.contains(told) && ran.stderr.contains("(sleep) uses /data"), "{}", ran.stderr);
        on("kube3", "grep ' /data ' /etc/fstab && cat /data/file && systemctl stop user");
        // What no program has open, and ends by itself, is waited for.
        on(
            "kube3",
            "mkdir /data/below && mount -t tmpfs below /data/below && systemd-run -q sh -c 'sleep 4; umount /data/below'",
        );
        done(&apply(&cluster, &volume("", "path: /srv/data")));
        for host in HOSTS {
            assert_eq!(on(host, "cat /srv/data/file"), "kept");
            let gone = "! grep -q ' /data ' /etc/fstab && ! grep -q ' /data ' /proc/self/mountinfo && [ ! -e /data ] && \
                        ! systemctl -q is-enabled gluster-mount@data.service";
            on(host, gone);
        }
    });
    cases.case("a mount gets new options", || {
        done(&apply(
            &cluster,
            &volume("", "path: /srv/data, options: [log-level=DEBUG]"),
        ));
        for host in HOSTS {
            // The client that was unmounted ends a moment later.
            let client =
                "pid=$(pgrep -f 'glusterfs .*/srv/data$') && tr '\\0' ' ' </proc/$pid/cmdline && cat /srv/data/file";
            until(&format!("{host}: one client has the option"), LIMIT, || {
                let output = cluster.lab.run(host, client);
                let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                (said.contains("DEBUG") && said.ends_with("kept\n"))
                    .then_some(())
                    .ok_or(said)
            });
        }
    });
    cases.case("clients lose a mount that is for servers", || {
        done(&apply(&cluster, &volume("", "path: /srv/data, on: servers")));
        on("kube3", "! grep -q /srv/data /etc/fstab /proc/self/mountinfo");
        assert_eq!(on("kube1", "cat /srv/data/file"), "kept");
    });
    cases.case("a quota is enforced, raised and removed", || {
        // Bricks look at once how much is used.
        let eager = "features.soft-timeout: 0, features.hard-timeout: 0";
        let with = |quota: &str| volume(eager, "path: /srv/data").replace("mount:", &format!("{quota}mount:"));
        let nothing_left = |volumes: &str| {
            let ran = apply(&cluster, volumes);
            assert!(ran.stderr.contains("Nothing to do"), "{}", ran.stderr);
        };
        let small = with("quota: {limit: 200Mi, directories: {/team/a: 10Mi}}, ");
        done(&apply(&cluster, &small));
        nothing_left(&small);
        let write = |file: &str| format!("dd if=/dev/zero of=/srv/data/team/a/{file} bs=1M count=12 conv=fsync 2>&1");
        let refused = on("kube3", &format!("! {}", write("one")));
        assert!(refused.contains("Disk quota exceeded"), "{refused}");
        assert_eq!(on("kube3", "df -BM --output=size /srv/data | tail -n 1").trim(), "200M");
        let status = run(&cluster, &small, &["-o", "json", "status"]);
        let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
        let quota = &status["volumes"][0]["quota"];
        assert_eq!(
            (&quota[1]["path"], &quota[1]["limit"]),
            (&"/team/a".into(), &(10 << 20).into()),
            "{quota}"
        );
        assert!(
            quota[1]["used"].as_u64() > Some(9 << 20) && quota[0]["path"] == "/",
            "{quota}"
        );
        let warnings = status["warnings"].to_string();
        assert!(warnings.contains("the limit of /team/a is "), "{warnings}");
        on("kube1", "kill $(cat /run/gluster/quotad/quotad.pid)");
        let doctor = run(&cluster, &small, &["doctor"]);
        assert!(
            doctor.stdout.contains("GC709") && doctor.stdout.contains("kube1"),
            "{}",
            doctor.stdout
        );
        on("kube1", "gluster --mode=script volume start gv0 force");
        let large = with("quota: {directories: {/team/a: 60Mi}}, ");
        done(&apply(&cluster, &large));
        on("kube3", &write("two"));
        done(&apply(&cluster, &volume("", "path: /srv/data")));
        nothing_left(&volume("", "path: /srv/data"));
        let info = on("kube1", "gluster --mode=script volume info gv0");
        assert!(
            info.contains("features.quota: off") && !info.contains("timeout"),
            "{info}"
        );
        on("kube3", "rm -r /srv/data/team");
    });
    cases.case("a volume goes only by hand, and its mounts follow", || {
        let ran = apply(&cluster, "volumes: []");
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("glusterctl destroy gv0"), "{}", ran.stderr);
        assert_eq!(on("kube1", "cat /srv/data/file"), "kept");
        on(
            "kube1",
            "gluster --mode=script volume stop gv0; gluster --mode=script volume delete gv0",
        );
        done(&apply(&cluster, "volumes: []"));
        for host in HOSTS {
            on(
                host,
                "! grep -q glusterfs /etc/fstab && ! grep -q fuse.glusterfs /proc/self/mountinfo",
            );
        }
        let ran = apply(&cluster, "volumes: []");
        assert!(ran.stderr.contains("Nothing to do"), "{}", ran.stderr);
    });
    cases.finish();
}
