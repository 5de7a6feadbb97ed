//! `doctor` and `status` on real hosts: findings that are made to happen, a real split-brain with its ways out, the picture
//! that goes on, and the metrics.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster};
use crate::support::metrics;
use crate::support::{PROGRAM, documents, report};

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

#[test]
fn lab_doctor_finds_what_is_wrong_and_status_shows_split_brain() {
    let cluster = Cluster::installed("doctor", INVENTORY);
    cluster.apply();
    cluster.heals();
    let mut cases = Cases::default();
    cases.case("a cluster that is well", || well(&cluster));
    cases.case("the picture goes on", || watch(&cluster));
    cases.case("metrics", || metrics_of(&cluster));
    cases.case("a client does not see a brick", || lost_sight(&cluster));
    cases.case("split-brain", || split_brain(&cluster));
    cases.case("findings", || findings(&cluster));
    cases.finish();
}

fn status(cluster: &Cluster) -> Value {
    let begun = Instant::now();
    let ran = cluster.run(&["-o", "json", "status"]);
    let took = begun.elapsed();
    // Twice the 30 s that `status` may take: this machine may have much else to do.
    assert!(took < Duration::from_secs(60), "{took:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn well(cluster: &Cluster) {
    // A self-heal daemon that has just begun connects to its bricks a moment later.
    let health = until("every client is connected", LIMIT, || {
        let health = status(cluster);
        let clients = &health["volumes"][0]["clients"];
        let all = clients["fuse"] == 3 && clients["glustershd"] == 3;
        if all { Ok(health) } else { Err(clients.to_string()) }
    });
    let volume = &health["volumes"][0];
    assert_eq!(volume["state"], "healthy", "{health:#}");
    assert_eq!(volume["split_brain"]["entries"], 0);
    assert!(volume["space"]["available"].as_u64() > Some(0), "{health:#}");
    assert_eq!(health["op_version"]["current"], health["op_version"]["highest"]);
    for host in health["hosts"].as_array().unwrap() {
        assert!(host["glusterfs"].is_string(), "{host}");
        let clock = &host["clock"];
        let (offset, uncertainty) = (clock["offset_seconds"].as_f64(), clock["uncertainty_seconds"].as_f64());
        // The hosts of a lab share the clock of this machine.
        assert!(offset.unwrap().abs() <= uncertainty.unwrap() + 0.001, "{clock}");
    }
    let ran = cluster.run(&["-o", "json", "doctor", "--exit-code"]);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    documents::valid("doctor", &found);
    assert_eq!(
        (ran.status, &found["findings"]),
        (0, &Value::Array(Vec::new())),
        "{found:#}"
    );
}

/// Runs `status --watch`: on a terminal for 20 seconds; else until two pictures are there, for a minute at most.
fn watched(cluster: &Cluster, words: &str, terminal: bool) -> String {
    let file = cluster.write(&format!("watch-{terminal}.yaml"), INVENTORY);
    let command = format!(
        "timeout --foreground -s INT {} {PROGRAM} -i {} --lab={} {words} status --watch 1{}",
        if terminal { 20 } else { 60 },
        file.display(),
        cluster.name(),
        if terminal { "" } else { " | head -n 2" },
    );
    let mut program = match terminal {
        true => Command::new("script"),
        false => Command::new("sh"),
    };
    match terminal {
        true => program.args(["-qec", &command, "/dev/null"]),
        false => program.args(["-c", &command]),
    };
    let output = program.env("TERM", "xterm").stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn watch(cluster: &Cluster) {
    let (shown, lines) = std::thread::scope(|scope| {
        let lines = scope.spawn(|| watched(cluster, "-o json", false));
        (watched(cluster, "", true), lines.join().unwrap())
    });
    let pictures: Vec<&str> = shown.split("\u{1b}[H\u{1b}[2J").collect();
    assert!(pictures.len() >= 3, "{shown:?}");
    for picture in &pictures[1..pictures.len() - 1] {
        assert!(
            picture.contains("every 1 s") && picture.contains("\r\nHealthy.\r\n"),
            "{picture:?}"
        );
    }
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.len() >= 2 && lines.iter().all(|health| health["healthy"] == true),
        "{lines:#?}"
    );
}

fn metrics_of(cluster: &Cluster) {
    let ran = cluster.run(&["-o", "prometheus", "status"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let samples = metrics::read(&ran.stdout);
    let value = |name: &str, labels: &[(&str, &str)]| metrics::value(&samples, name, labels);
    assert!(value("healthy", &[]) > 0.0);
    assert!(value("volume_state", &[("volume", "gv0"), ("state", "healthy")]) > 0.0);
    let brick = [("host", "kube2"), ("path", "/bricks/vdb")];
    assert!(value("file_system_available_bytes", &brick) > 1e6);
    assert!(
        value(
            "brick_online",
            &[("volume", "gv0"), ("host", "kube3"), ("dir", "/bricks/vdb/gv0")]
        ) > 0.0
    );
    let no_number = samples.iter().filter(|(_, value)| value.is_nan());
    let names: BTreeSet<&str> = no_number.map(|((name, _), _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["glusterctl_file_system_full_in_seconds"].into(),
        "no rate is known of new file systems"
    );
}

/// Sets options of the volume, as an administrator would who wants to have it easier.
fn set(cluster: &Cluster, options: &[(&str, &str)]) {
    let words: Vec<String> = options.iter().map(|(key, value)| format!("{key} {value}")).collect();
    cluster.lab.must(
        "kube1",
        &format!("gluster --mode=script volume set gv0 {}", words.join(" ")),
    );
}

/// kube1 on the one side, and kube2 and kube3 on the other, write to one file without knowing of each other.
/// The clients on kube3 do not come through to the brick of kube1, which everybody else reaches.
fn lost_sight(cluster: &Cluster) {
    let told = "a client on kube3 is not connected to brick kube1:/bricks/vdb/gv0";
    let rule = "blackhole to 198.51.100.11 ipproto 6 dport 49152-60999";
    cluster.lab.must("kube3", &format!("ip rule add {rule}"));
    cluster.lab.must(
        "kube1",
        "kill -9 $(cat /run/gluster/vols/gv0/*.pid); sleep 1; gluster --mode=script volume start gv0 force",
    );
    until("doctor tells the client that does not see a brick", LIMIT, || {
        let said = cluster.run(&["doctor"]).stdout;
        let found = said.contains(&format!("GC818 error    volume gv0: {told}"));
        if found { Ok(()) } else { Err(said) }
    });
    // What the client writes has to be healed, and status says why.
    cluster.lab.must(
        "kube3",
        "setsid sh -c 'until [ -e /run/seen ]; do date >/data/seen; sleep 0.1; done' >/dev/null 2>&1 </dev/null &",
    );
    until("status tells the client that does not see a brick", LIMIT, || {
        let problems = status(cluster)["problems"].to_string();
        let found = problems.contains(&format!("volume gv0: {told}")) && problems.contains("to heal");
        if found { Ok(()) } else { Err(problems) }
    });
    cluster
        .lab
        .must("kube3", &format!("touch /run/seen; ip rule del {rule}"));
    cluster.heals();
}

fn split_brain(cluster: &Cluster) {
    set(
        cluster,
        &[("cluster.quorum-type", "none"), ("cluster.self-heal-daemon", "off")],
    );
    let write = |host: &str, words: &str| {
        let command =
            format!("for try in $(seq 60); do echo {words} >/data/f && sync /data/f && exit; sleep 0.5; done; exit 1");
        cluster.lab.must(host, &command);
    };
    write("kube1", "both");
    for host in ["kube2", "kube3"] {
        cluster.lab.must(host, "kill $(cat /run/gluster/vols/gv0/*.pid)");
    }
    write("kube1", "one");
    // Debian's unit of glusterd takes the bricks with it.
    cluster.lab.must("kube1", "systemctl stop glusterd");
    cluster
        .lab
        .must("kube2", "gluster --mode=script volume start gv0 force");
    write("kube2", "two-two");
    cluster.lab.must("kube1", "systemctl start glusterd");
    let health = until("the split-brain is seen", LIMIT, || {
        let health = status(cluster);
        match health["volumes"][0]["split_brain"]["entries"].as_u64() {
            Some(1) if health["volumes"][0]["bricks"][0]["online"] == true => Ok(health),
            _ => Err(format!("{:#}", health["problems"])),
        }
    });
    let volume = &health["volumes"][0];
    assert_eq!(volume["state"], "partial", "{volume:#}");
    let file = &volume["split_brain"]["files"][0];
    assert_eq!(file["name"], "/f", "{file}");
    let told = "volume gv0: 1 entry is in split-brain, and no client can read the entry";
    assert!(
        health["problems"]
            .as_array()
            .unwrap()
            .iter()
            .any(|problem| problem == told),
        "{health:#}"
    );
    let ways: Vec<&str> = file["ways_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way.as_str().unwrap())
        .collect();
    let table = cluster.run(&["status"]).stdout;
    report(&table);
    assert!(
        ways.len() == 5 && ways.iter().all(|way| table.contains(way)),
        "{ways:?}\n{table}"
    );
    let codes = codes(cluster);
    for code in ["GC909", "GC906", "GC806", "GC810"] {
        assert!(codes.contains(code), "{code} in {codes:?}");
    }
    // Each way out is a command that works as printed.
    let way = ways
        .iter()
        .find(|way| way.contains("source-brick") && way.contains("kube1:"))
        .unwrap();
    cluster.lab.must("kube2", way);
    set(cluster, &[("cluster.self-heal-daemon", "on")]);
    until("the split-brain is over", LIMIT, || {
        cluster.lab.run("kube1", "gluster --mode=script volume heal gv0");
        let health = status(cluster);
        match health["volumes"][0]["state"].as_str() {
            Some("healthy") => Ok(()),
            _ => Err(format!("{:#}", health["problems"])),
        }
    });
    assert_eq!(cluster.lab.must("kube3", "cat /bricks/vdb/gv0/f"), "one");
}

/// The codes that `doctor` finds.
fn codes(cluster: &Cluster) -> BTreeSet<String> {
    let ran = cluster.run(&["-o", "json", "doctor", "--exit-code"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    documents::valid("doctor", &found);
    let findings = found["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// What is done to the hosts, and the code that `doctor` has for it.
const DEEDS: &[(&str, &str, &[&str])] = &[
    ("kube1", "systemctl -q disable glusterd", &["GC403"]),
    ("kube1", "rm /etc/systemd/system/gluster-mount@.service", &["GC401"]),
    ("kube1", "touch /var/lib/dpkg/updates/0001", &["GC302"]),
    ("kube2", "systemctl -q disable gluster-mount@data", &["GC402"]),
    ("kube2", "sed -i '\\| /bricks/vdb |d' /etc/fstab", &["GC404"]),
    // An update replaces the file from which glusterd runs.
    (
        "kube2",
        "cp -p /usr/sbin/glusterfsd /tmp/new && mv /tmp/new /usr/sbin/glusterfsd",
        &["GC306"],
    ),
    // The hosts of a lab share one clock: the host says another time.
    (
        "kube3",
        "printf '#!/bin/sh\\nexec /bin/date -d \"now + 120 seconds\" \"$@\"\\n' >/usr/local/sbin/date && \
         chmod +x /usr/local/sbin/date",
        &["GC108"],
    ),
    (
        "kube3",
        "mount -t tmpfs -o size=1M tmpfs /var/log && head -c 970000 /dev/zero >/var/log/large",
        &["GC604"],
    ),
    (
        "kube3",
        "umount /data && chattr -i /data && touch /data/lost",
        &["GC406", "GC952", "GC953"],
    ),
    (
        "kube1",
        "gluster --mode=script volume set gv0 network.ping-timeout 3",
        &["GC809"],
    ),
    (
        "kube1",
        "gluster --mode=script volume set gv0 storage.reserve 0 diagnostics.client-log-level DEBUG",
        &["GC812", "GC813"],
    ),
    ("kube1", "kill $(cat /run/gluster/vols/gv0/*.pid)", &["GC901"]),
];

fn findings(cluster: &Cluster) {
    let same = cluster.lab.must("kube1", "cat /etc/machine-id");
    for host in ["kube2", "kube3"] {
        cluster.lab.must(host, &format!("echo {same} >/etc/machine-id"));
    }
    let mut expected = BTreeSet::from(["GC106", "GC806", "GC002"]);
    for (host, command, codes) in DEEDS {
        cluster.lab.must(host, command);
        expected.extend(*codes);
    }
    let found = codes(cluster);
    let missing: Vec<&&str> = expected.iter().filter(|code| !found.contains(**code)).collect();
    let text = cluster.run(&["doctor"]).stdout;
    report(&text);
    assert!(missing.is_empty(), "{missing:?} in {found:?}\n{text}");
    assert!(expected.len() >= 12, "{expected:?}");
    let unexpected: Vec<&String> = found.iter().filter(|code| !expected.contains(code.as_str())).collect();
    report(&format!("also found: {unexpected:?}"));
    assert!(text.contains("GC108 warning  kube3: the clock is 1"), "{text}");
    let explained = cluster.run(&["doctor", "gc909"]).stdout;
    assert!(
        explained.starts_with("GC909 (error)\nEntries are in split-brain"),
        "{explained}"
    );
    assert_eq!(cluster.run(&["doctor", "GC000"]).status, 2);
    // The command that mends, as printed.
    assert!(
        text.contains("gluster volume reset gv0 network.ping-timeout (on a server)"),
        "{text}"
    );
    let status = cluster.run(&["status"]).stdout;
    assert!(
        status.contains("gv0     Replicate 1 × 3  started  degraded  2 of 3"),
        "{status}"
    );
}
