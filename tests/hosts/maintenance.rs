//! Hosts that stop for a while: asked for, in maintenance, rebooted and updated one by one, while somebody goes on writing.

use serde_json::Value;

use crate::support;
use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster, Ran};
use crate::support::{documents, host, report};

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
  - {name: web1, address: 198.51.100.21, role: client}
volumes:
  - {name: gv0, replica: 3, mount: /data, options: {network.ping-timeout: 10}}
";
const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

#[test]
fn lab_a_host_stops_only_if_nobody_needs_it_and_rests_until_its_maintenance_is_over() {
    let cluster = Cluster::installed("rests", INVENTORY);
    cluster.apply();
    let mut cases = Cases::default();
    cases.case("ok-to-stop", || ok_to_stop(&cluster));
    cases.case("maintenance over a reboot", || maintenance(&cluster));
    cases.finish();
    cluster.heals();
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

#[test]
fn lab_hosts_are_rebooted_and_updated_one_by_one_while_somebody_writes() {
    let cluster = Cluster::installed("rolls", INVENTORY);
    cluster.apply();
    let mut cases = Cases::default();
    cases.case("a rolling reboot, and a host that does not come back", || {
        rolls(&cluster, &["reboot"], "reboot", |name| format!("reboot {name}"));
    });
    cases.case("a rolling update to packages with another revision", || {
        update(&cluster);
    });
    cases.finish();
    cluster.heals();
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_hosts_are_updated_and_rebooted_one_by_one_while_somebody_writes() {
    let cluster = Cluster::installed("reboots", INVENTORY);
    cluster.apply();
    let version = new_packages(&cluster);
    let command = ["update", "--reboot", "--version", &version];
    rolls(&cluster, &command, "update", |name| {
        format!("update Gluster on {name} to {version}")
    });
    let installed = "dpkg-query -W -f '${Version}' glusterfs-server";
    let installed = cluster.on_each(&ALL.map(str::to_owned), |_| installed.to_owned());
    assert!(installed.values().all(|found| *found == version), "{installed:?}");
    cluster.heals();
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

/// The kinds of the reasons that `ok-to-stop` gives; none if the answer is yes.
fn reasons(cluster: &Cluster, hosts: &[&str]) -> Vec<String> {
    let ran = cluster.run(&[&["-o", "json", "ok-to-stop"], hosts].concat());
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap();
    documents::valid("ok-to-stop", &verdict);
    let reasons = verdict["reasons"].as_array().unwrap().iter();
    let kinds: Vec<String> = reasons
        .map(|reason| reason["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (ran.status, verdict["ok"] == true),
        if kinds.is_empty() { (0, true) } else { (3, false) }
    );
    kinds
}

/// What the probe says on kube2 itself: the first reason against its stop.
fn probed(cluster: &Cluster) -> Result<(), String> {
    let command = "GLUSTERCTL_NODE=kube2 glusterctl -i /root/glusterctl.yaml -o json node ok-to-stop";
    let output = cluster.lab.run("kube2", command);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    documents::valid("probe", &answer);
    let why = answer["why"].as_str().unwrap().to_owned();
    match (output.status.code(), answer["ok"] == true) {
        (Some(0), true) => Ok(()),
        (Some(3), false) => Err(why),
        other => panic!("{other:?}: {why}"),
    }
}

fn ok_to_stop(cluster: &Cluster) {
    let lab = &cluster.lab;
    let inventory = cluster.write("inventory.yaml", INVENTORY);
    cluster.install(&["kube2"]);
    lab.put("kube2", &inventory, "/root/glusterctl.yaml", "600");
    assert_eq!(probed(cluster), Ok(()));
    assert_eq!(reasons(cluster, &["kube2"]), Vec::<String>::new());
    assert_eq!(reasons(cluster, &["kube1", "kube2"]), ["redundancy"]);
    assert_eq!(cluster.run(&["ok-to-stop", "kube7"]).status, 2);
    // A brick is killed: the brick is down, and writes leave entries to heal.
    lab.must("kube3", "pkill -x glusterfsd");
    lab.must("kube1", "for n in $(seq 20); do echo $n >/data/missed-$n; done");
    let down = reasons(cluster, &["kube1"]);
    assert_eq!(down, ["brick-down", "heal", "heal", "redundancy"]);
    let why = probed(cluster).unwrap_err();
    assert!(
        why.contains("brick kube3:/bricks/vdb/gv0 does not run (3 more reasons: glusterctl ok-to-stop kube2)"),
        "{why}"
    );
    let refused = cluster.run(&["maintenance", "enter", "kube1"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("kube3:/bricks/vdb/gv0 does not run"),
        "{}",
        refused.stderr
    );
    assert_eq!(lab.must("kube1", "systemctl is-active glusterd"), "active");
    // The brick is back, and the entries are kept from healing: a file cannot be written on the brick.
    lab.must(
        "kube1",
        "gluster --mode=script volume set gv0 cluster.self-heal-daemon off",
    );
    lab.must("kube1", "gluster --mode=script volume start gv0 force");
    until("the brick is back", LIMIT, || match reasons(cluster, &["kube1"]) {
        pending if pending == ["heal", "heal"] => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let why = probed(cluster).unwrap_err();
    assert!(why.contains("entries to heal (1 more reason: "), "{why}");
    lab.must(
        "kube1",
        "gluster --mode=script volume reset gv0 cluster.self-heal-daemon && gluster volume heal gv0",
    );
    let waited = cluster.run(&["ok-to-stop", "--wait=60s", "kube1", "kube1"]);
    assert_eq!(waited.status, 0, "{}", waited.stderr);
    assert_eq!(probed(cluster), Ok(()));
}

/// Saves the plan of a command; returns the file, and the plan.
fn saved(cluster: &Cluster, command: &[&str]) -> (String, Value) {
    let file = cluster.write("plan.json", "").display().to_string();
    let planned = done(cluster, &[&["-o", "json", "plan", "--out", &file], command].concat());
    assert_eq!(planned.stdout, std::fs::read_to_string(&file).unwrap());
    let plan = serde_json::from_str(&planned.stdout).unwrap();
    (file, plan)
}

/// Runs a command that must succeed.
fn done(cluster: &Cluster, arguments: &[&str]) -> Ran {
    let ran = cluster.run(arguments);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran
}

#[expect(clippy::too_many_lines, reason = "one case from its first step to its last")]
fn maintenance(cluster: &Cluster) {
    let lab = &cluster.lab;
    let mounts_and_rests = || {
        until("kube3 mounts the volume", LIMIT, || {
            match cluster.is_mounted("kube3", "/data") {
                true => Ok(()),
                false => Err("not yet".to_owned()),
            }
        });
        let active = lab.run(
            "kube3",
            "systemctl is-active glusterd gluster-heal; pgrep -x 'glusterd|glusterfsd'",
        );
        assert_eq!(String::from_utf8_lossy(&active.stdout), "inactive\ninactive\n");
    };
    cluster.install(&["kube3"]);
    cluster.write_steadily("kube1");
    let enter = ["maintenance", "enter", "kube3"];
    let (file, plan) = saved(cluster, &enter);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 1);
    assert_eq!(plan["steps"][0]["danger"]["kind"], "stops-bricks");
    let other = cluster.run(&["maintenance", "enter", "kube2", "--plan", &file]);
    assert_eq!(other.status, 1, "the plan is for another host");
    assert!(
        other.stderr.contains("now also: kube2: stop the bricks"),
        "{}",
        other.stderr
    );
    done(cluster, &[&enter[..], &["--plan", &file]].concat());
    mounts_and_rests();
    let health = cluster.health();
    assert_eq!(
        (&health["hosts"][2]["maintenance"], &health["healthy"]),
        (&true.into(), &false.into())
    );
    assert!(
        health["problems"]
            .to_string()
            .contains("kube3: the host is in maintenance since 20"),
        "{health}"
    );

    lab.reboot(&[host("kube3")], &support::say).unwrap();
    mounts_and_rests();
    let boot = lab.must("kube3", "glusterctl boot --timeout 60s 2>&1");
    assert!(
        boot.contains("in maintenance") && boot.contains("mount /data"),
        "{boot}"
    );
    let applied = cluster.run(&["apply"]);
    assert_eq!(applied.status, 0, "{}", applied.stderr);
    assert!(
        applied.stderr.contains("kube3 is in maintenance since 20"),
        "{}",
        applied.stderr
    );
    assert!(applied.stderr.contains("Nothing to do"), "{}", applied.stderr);
    mounts_and_rests();
    assert!(reasons(cluster, &["kube1"]).contains(&"maintenance".to_owned()));
    assert_eq!(reasons(cluster, &["kube3"]), Vec::<String>::new());
    lab.must("kube3", "test -e /etc/glusterctl/maintenance");

    let exit = done(cluster, &["-o", "json", "maintenance", "exit", "kube3"]);
    assert_eq!(exit.events().last().unwrap()["done"], true);
    assert_eq!(reasons(cluster, &["kube1"]), Vec::<String>::new());
    lab.must(
        "kube3",
        "! ls /etc/glusterctl/maintenance /etc/systemd/system/gluster-heal.service.d 2>/dev/null",
    );
    let (written, refused) = cluster.nothing_is_lost("kube1", &ALL);
    assert!(written > 20 && refused == 0, "{written} written, {refused} refused");
}

/// Starts a writer and a reader on the client.
fn work(cluster: &Cluster) {
    cluster.lab.must("web1", "echo old >/data/old");
    cluster.write_steadily("web1");
    let reader = "while :; do cat /data/old >/dev/null && date +%s.%N >>/root/read; sleep 0.2; done";
    let start = format!("systemd-run -q --unit=reader sh -c '{reader}'");
    cluster.lab.must("web1", &start);
}

/// Ends the writer and the reader: nothing is lost or refused, and no read or write took as long as a brick's silence is
/// waited for.
fn nothing_was_noticed(cluster: &Cluster, what: &str) {
    cluster.lab.must("web1", "systemctl stop reader");
    let (written, refused) = cluster.nothing_is_lost("web1", &ALL);
    let longest = |times: &str| -> f64 {
        let gap = "sort -n | awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most }'";
        cluster.lab.must("web1", &format!("{times} | {gap}")).parse().unwrap()
    };
    let write = longest("find /data/steady -name '[0-9]*' -printf '%T@\\n'");
    let read = longest("cat /root/read");
    report(&format!(
        "{what}: {written} files written, {refused} refused; the longest pauses were {write:.1} s and {read:.1} s of the reader"
    ));
    assert!(written > 50 && refused == 0, "{written} written, {refused} refused");
    assert!(write < 10.0 && read < 10.0, "{write} s, {read} s");
    cluster.lab.must("web1", "rm -rf /data/steady /root/read");
}

/// The numbers of the current boots.
fn boots(cluster: &Cluster) -> Vec<String> {
    let boots = cluster.on_each(&ALL.map(str::to_owned), |_| {
        "cat /proc/sys/kernel/random/boot_id".to_owned()
    });
    boots.into_values().collect()
}

/// The steps that ended, as `host: title`.
fn steps(ran: &Ran) -> Vec<String> {
    let events = ran.events();
    let ended = events.iter().filter(|event| event["event"] == "ended");
    ended
        .map(|event| {
            format!(
                "{}: {}",
                event["host"].as_str().unwrap(),
                event["step"].as_str().unwrap()
            )
        })
        .collect()
}

/// Runs `reboot` or an `update` with reboots on all servers, one of which does not come back. `kind` is the word for the
/// operation, and `act` is the title of the step that stops a host.
fn rolls(cluster: &Cluster, command: &[&str], kind: &str, act: impl Fn(&str) -> String) {
    let lab = &cluster.lab;
    work(cluster);
    let before = boots(cluster);
    // kube2 goes down for good where it should boot again.
    let target = "/etc/systemd/system/reboot.target";
    lab.must(
        "kube2",
        &format!("ln -s /lib/systemd/system/poweroff.target {target} && systemctl daemon-reload"),
    );
    let run = |more: &[&str]| cluster.run(&[&["-o", "json"], command, &ALL, more].concat());
    let ran = run(&["--boot-limit", "25s"]);
    assert_eq!(ran.status, 1);
    let why = "kube2: wait until kube2 has booted: kube2 did not come back within 25 s";
    assert!(
        ran.errors().iter().any(|error| error.starts_with(why)),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("run the same command again: it carries on"),
        "{}",
        ran.stderr
    );
    let first = steps(&ran);
    let done = |name: &str| format!("{name}: note that the {kind} is done here");
    let acted = |name: &str| format!("{name}: {}", act(name));
    assert!(first.contains(&done("kube1")), "{first:#?}");
    assert!(!first.contains(&acted("kube3")), "{first:#?}");

    // While kube2 is away, nothing else is stopped.
    let refused = run(&["--boot-limit", "25s"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("kube2 was not observed"), "{}", refused.stderr);
    cluster.boot(&["kube2"]);
    lab.must("kube2", &format!("rm {target} && systemctl daemon-reload"));
    // The brick of kube2 may start after ssh does.
    let rest = run(&["--boot-limit", "2m", "--wait=2m"]);
    assert_eq!(rest.status, 0, "{}", rest.stderr);
    let rest = steps(&rest);
    let at = |what: &str| {
        let mut rest = rest.iter();
        rest.position(|step| step == what)
    };
    let order = (at(&done("kube2")), at(&acted("kube3")));
    assert!(order.0.is_some() && order.0 < order.1, "{rest:#?}");
    assert_eq!((at(&acted("kube1")), at(&acted("kube2"))), (None, None), "{rest:#?}");
    assert!(before.iter().zip(boots(cluster)).all(|(before, now)| *before != now));
    nothing_was_noticed(cluster, &format!("a rolling {kind} with reboots"));
}

/// Makes a package source on a host: the packages of Gluster that are there, under the next revision of Debian.
const SOURCE: &str = r#"mkdir -p /srv/new && cd /srv/new
version=$(dpkg-query -W -f '${Version}' glusterfs-common)
for old in /var/cache/apt/archives/*"_${version}_"*.deb; do
    name=${old##*/}
    new=${name%%_*}_new.deb
    dpkg-deb -R "$old" tree
    sed -i "s/$version/$version.1/g" tree/DEBIAN/control
    dpkg-deb -Zgzip -z1 -b tree "$new" >/dev/null
    rm -r tree
    { dpkg-deb -f "$new"; echo "Filename: ./$new"; stat -c 'Size: %s' "$new"; sha256sum "$new" | sed 's/ .*//; s/^/SHA256: /'
      echo; } >>Packages
done
cp -r /srv/new /data/source
echo "$version.1""#;

/// Gives all hosts a package source with another version of Gluster; returns the version.
fn new_packages(cluster: &Cluster) -> String {
    let version = cluster.lab.must("kube1", SOURCE);
    cluster.on_each(&cluster.hosts(), |_| {
        // Without Debian's own list, whose sixty thousand packages apt would sort in anew.
        "cp -r /data/source /srv/source && echo 'deb [trusted=yes] file:/srv/source ./' >/etc/apt/sources.list && \
         apt-mark hold glusterfs-common"
            .to_owned()
    });
    cluster.lab.must("kube1", "rm -r /data/source");
    version
}

/// The same program under another version of its package: what is shown is what happens to the packages and the processes,
/// not that two versions of GlusterFS understand each other.
fn update(cluster: &Cluster) {
    let version = new_packages(cluster);
    work(cluster);
    let bricks = || cluster.on_each(&ALL.map(str::to_owned), |_| "pgrep -x glusterfsd".to_owned());
    let before = bricks();
    let wrong = cluster.run(&["update", "--version", "99", "kube2"]);
    assert_eq!(wrong.status, 1);
    assert!(wrong.stderr.contains("apt knows no version 99 of"), "{}", wrong.stderr);
    assert_eq!(bricks(), before, "nothing was stopped");

    let command = ["update", "--version", &version, "--op-version"];
    let (file, plan) = saved(cluster, &command);
    assert!(plan["run"].is_string(), "{plan}");
    let ran = done(cluster, &[&["-o", "json"], &command[..], &["--plan", &file]].concat());
    let steps = steps(&ran);
    assert_eq!(steps.len(), plan["steps"].as_array().unwrap().len(), "{steps:#?}");
    let updates: Vec<&String> = steps.iter().filter(|step| step.contains("update Gluster on")).collect();
    let expected =
        ["kube1", "kube2", "kube3", "web1"].map(|name| format!("{name}: update Gluster on {name} to {version}"));
    assert_eq!(updates, expected.iter().collect::<Vec<_>>());
    for (name, said) in cluster.on_each(&cluster.hosts(), |_| {
        "dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\\n' 'glusterfs-*' 'libgf*' 'libgluster*' | sort -u"
            .to_owned()
    }) {
        let installed: Vec<&str> = said.lines().filter(|line| line.get(1..2) == Some("i")).collect();
        assert!(
            installed.iter().all(|line| line.ends_with(&format!(" {version}"))),
            "{name}: {said}"
        );
        assert!(
            said.contains(&format!("hi glusterfs-common {version}")),
            "{name}: {said}"
        );
    }
    let after = bricks();
    assert!(
        ALL.iter().all(|name| before[*name] != after[*name]),
        "{before:?} {after:?}"
    );
    // Everything runs what is installed: another update stops nothing.
    done(cluster, &["update", "kube1"]);
    assert_eq!(bricks(), after);
    nothing_was_noticed(cluster, "a rolling update");
}
