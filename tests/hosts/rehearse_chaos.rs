//! `rehearse --chaos`: faults on stand-ins under a writer and a reader, told as a table, a document and a page.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::boot::{LIMIT, until};
use crate::support::{PROGRAM, documents, report};

const HOSTS: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: DEVICES}
  - {name: kube2, address: 198.51.100.12, devices: DEVICES}
  - {name: kube3, address: 198.51.100.13, devices: DEVICES}
volumes:
  - {name: gv0, replica: 3, mount: /data, bricks: {devices: [vdb]}, options: {network.ping-timeout: 5, storage.health-check-interval: 5, cluster.heal-timeout: 5}}
";

const DISTRIBUTED: &str =
    "  - {name: gv1, type: distribute, mount: /spread, bricks: {devices: [vdc]}, options: {network.ping-timeout: 5}}
";

/// A rehearsal of these faults, in a directory of its own; its lab has the name of the cluster.
fn rehearsal(place: &Path, name: &str, text: &str, faults: &str) -> Command {
    let inventory = place.join("glusterctl.yaml");
    std::fs::write(&inventory, text.replace("CLUSTER", name)).unwrap();
    let mut command = Command::new(PROGRAM);
    command
        .args(["rehearse", "--installed", "--disk-size=512", "-o", "json"])
        .arg(format!("--chaos={faults}"))
        .arg(format!("--report={}", place.join("report.html").display()))
        .arg("--inventory")
        .arg(&inventory)
        .env("XDG_STATE_HOME", place.join("state"))
        .env_remove("GLUSTERCTL_INVENTORY")
        .env_remove("GLUSTERCTL_LAB")
        .stdin(Stdio::null());
    command
}

fn name(tag: &str) -> String {
    format!("{tag}-{}", std::process::id())
}

/// Nothing is left of the lab.
fn is_gone(name: &str) -> bool {
    let listed = Command::new(PROGRAM).args(["lab", "list"]).output().unwrap();
    !String::from_utf8(listed.stdout).unwrap().contains(name)
}

/// Runs a rehearsal to its end; returns the faults of its document, which has to be valid.
fn faults(tag: &str, text: &str, faults: &str) -> Vec<Value> {
    let (place, name) = (tempfile::tempdir().unwrap(), name(tag));
    let output = rehearsal(place.path(), &name, text, faults).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(is_gone(&name), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{said}"));
    documents::valid("rehearsal", &document);
    report(&format!("{:#}", document["chaos"]));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(document["chaos"]["ok"], true);
    let page = std::fs::read_to_string(place.path().join("report.html")).unwrap();
    for words in ["<h2>Faults</h2>", "<td>kube1</td>", "LONGEST WRITE"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    document["chaos"]["faults"].as_array().unwrap().clone()
}

/// What the user of a volume on a host noticed.
fn user<'f>(fault: &'f Value, volume: &str, host: &str) -> &'f Value {
    let mut users = fault["users"].as_array().unwrap().iter();
    let user = users.find(|user| user["volume"] == volume && user["host"] == host);
    user.unwrap_or_else(|| panic!("{volume} on {host}: {fault:#}"))
}

/// Nothing was refused, and nothing stalled for much longer than the ping timeout.
fn goes_on(user: &Value) {
    for what in ["writes", "reads"] {
        let longest = user[what]["longest_seconds"].as_f64().unwrap();
        assert!(longest < 30.0 && user[what]["refused"] == 0, "{user:#}");
        assert!(user[what]["done"].as_u64().unwrap() > 2, "{user:#}");
    }
    assert_eq!(user["promised"], true, "{user:#}");
}

fn is_mended(fault: &Value) {
    assert!(fault["healed_seconds"].as_f64().is_some(), "{fault:#}");
    assert!(fault["files"].as_u64().unwrap() > 20, "{fault:#}");
    assert_eq!(
        (fault["lost"].as_array().unwrap().len(), &fault["broken"]),
        (0, &Value::Array(Vec::new()))
    );
}

#[test]
fn lab_rehearse_chaos_tells_what_each_side_of_a_cut_network_notices() {
    let told = faults("chaos", &HOSTS.replace("DEVICES", "[/dev/vdb]"), "network");
    let [network] = told.as_slice() else {
        panic!("{told:#?}")
    };
    is_mended(network);
    goes_on(user(network, "gv0", "kube1"));
    let alone = user(network, "gv0", "kube3");
    assert_eq!(alone["promised"], false);
    assert!(alone["writes"]["refused"].as_u64().unwrap() > 0, "{alone:#}");
    assert_eq!(alone["writes"]["stuck"], false);
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_rehearse_chaos_loses_a_host_a_disk_the_network_and_the_power() {
    let text = format!("{}{DISTRIBUTED}", HOSTS.replace("DEVICES", "[/dev/vdb, /dev/vdc]"));
    let told = faults("chaosall", &text, "host,disk,network,power");
    let [host, disk, network, power] = told.as_slice() else {
        panic!("{told:#?}")
    };
    for fault in [host, disk, network, power] {
        is_mended(fault);
    }
    for fault in [host, disk, network] {
        goes_on(user(fault, "gv0", "kube1"));
    }
    // The files on the lost brick can be neither read nor written, and nobody is surprised.
    let spread = user(host, "gv1", "kube1");
    assert_eq!(spread["promised"], false);
    assert!(spread["reads"]["refused"].as_u64().unwrap() > 0, "{spread:#}");
    assert_eq!(disk["what"], "disk kube3:vdb is lost");
    assert!(
        user(power, "gv0", "kube1")["writes"]["longest_seconds"]
            .as_f64()
            .unwrap()
            > 5.0
    );
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_rehearse_chaos_leaves_nothing_after_ctrl_c_but_the_page() {
    let (place, name) = (tempfile::tempdir().unwrap(), name("chaosint"));
    let text = HOSTS.replace("DEVICES", "[/dev/vdb]");
    let log = place.path().join("log");
    let mut command = rehearsal(place.path(), &name, &text, "network,power");
    let mut program = command
        .stderr(std::fs::File::create(&log).unwrap())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the network is cut", LIMIT * 4, || {
        let said = std::fs::read_to_string(&log).unwrap();
        said.contains("chaos: the network is cut").then_some(()).ok_or(said)
    });
    std::thread::sleep(Duration::from_secs(4));
    let killed = Command::new("kill")
        .args(["-INT", &program.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(
        program.wait().unwrap().code(),
        Some(130),
        "{}",
        std::fs::read_to_string(&log).unwrap()
    );
    assert!(is_gone(&name));
    let page = std::fs::read_to_string(place.path().join("report.html")).unwrap();
    for words in [
        "network: interrupted: the numbers are what was measured until then",
        "power: not rehearsed: the fault before: interrupted",
        "<td>gv0</td>",
        "<td>kube3</td>",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}
