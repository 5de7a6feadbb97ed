//! What is planned for encrypted connections, without hosts.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::answers::*;
use crate::support::golden::is_golden;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::inventory::{self, HEAL_THREADS, HostName, Inventory};
use glusterctl::plan::{self, Destroy, Operation, Plan, Replace, Target};
use glusterctl::remote::RemoteError;

const PLACE: &str = "/usr/lib/ssl";
const SECURE: &str = "tls /var/lib/glusterd/secure-access\n";
const YEARS: i64 = 9 * 365 * 86_400;

fn encrypted(certificates: &str) -> Inventory {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    inventory::read(&format!("{text}\ntls: {{certificates: {certificates}}}\n"), "tls.yaml").unwrap()
}

/// The certificate of a host, as the host tells it.
fn certificate(answer: &mut Answer, which: &str, host: &str, left: i64) {
    let told = format!(
        "sha256 Fingerprint={which}:{host}\nsubject=CN={host}\nnotAfter=Nov 23 15:40:30 2036 GMT\nleft={left}\nkey=yes\n"
    );
    answer.insert(format!("tls {which}"), told);
    answer.insert(
        format!("tls {which} text"),
        format!("CERTIFICATE ({which}) OF {host}\n"),
    );
}

/// Whom a host trusts.
fn trust(answer: &mut Answer, prints: &[&str]) {
    let lines: String = prints
        .iter()
        .map(|print| format!("sha256 Fingerprint={print}\n"))
        .collect();
    answer.insert("tls trusted".into(), lines);
}

fn files(answer: &mut Answer, more: &str) {
    let files = ["key", "pem", "ca"].map(|kind| format!("file={PLACE}/glusterfs.{kind}\n"));
    answer.insert("tls".into(), format!("directory={PLACE}\n{}{more}", files.concat()));
}

const PRINTS: [&str; 3] = ["own:kube1", "own:kube2", "own:kube3"];

/// Hosts with keys that glusterctl made, all of which trust each other.
fn with_keys(inventory: &Inventory, mut answers: Vec<Answer>) -> Vec<Answer> {
    for (answer, host) in answers.iter_mut().zip(&inventory.hosts) {
        files(answer, "secure=yes\nverified=yes\n");
        certificate(answer, "own", host.name.as_str(), YEARS);
        trust(answer, &PRINTS);
        let made = ["key", "pem", "ca"].map(|kind| format!("tls {PLACE}/glusterfs.{kind}\n"));
        answer.insert("made".into(), made.concat() + SECURE);
    }
    answers
}

/// The cluster of the inventory, running with encrypted connections.
fn running(inventory: &Inventory) -> Vec<Answer> {
    let plain = openstack();
    let mut answers = with_keys(inventory, all_done(&plain));
    for answer in &mut answers {
        let option = |key: &str, value: &str| format!("<option><name>{key}</name><value>{value}</value></option>");
        let options =
            option("auth.ssl-allow", "kube1,kube2,kube3") + &option("client.ssl", "on") + &option("server.ssl", "on");
        let marked = |keys: &str| format!("<value>{keys}</value>");
        let volumes = answer["volumes"]
            .replace("<options>", &format!("<options>{options}"))
            .replace(
                &marked(HEAL_THREADS.0),
                &marked(&format!("auth.ssl-allow,client.ssl,{},server.ssl", HEAL_THREADS.0)),
            );
        answer.insert("volumes".into(), volumes);
    }
    answers
}

fn said(plan: &Plan) -> String {
    plan.problems.iter().map(|problem| problem.message() + "\n").collect()
}

#[test]
fn keys_come_first_then_trust_and_then_glusterd() {
    let inventory = encrypted("made");
    let mut blank = all_blank(&inventory);
    blank
        .iter_mut()
        .for_each(|answer| drop(answer.insert("tls".into(), String::new())));
    let fresh = planned(&inventory, &blank);
    let starts = |plan: &Plan| {
        titles(plan)
            .iter()
            .any(|title| title.contains("enable and start glusterd"))
    };
    assert!(fresh.problems.is_empty() && !starts(&fresh), "{fresh:#?}");
    let waits: Vec<String> = fresh
        .waiting
        .iter()
        .map(|wait| format!("{} until {}", wait.what, wait.until))
        .collect();
    assert!(
        waits.contains(&"starting glusterd on kube3 until kube1 has a key and a certificate".to_owned()),
        "{waits:#?}"
    );
    let mut known = with_keys(&inventory, all_blank(&inventory));
    known.iter_mut().for_each(|answer| trust(answer, &[]));
    let second = planned(&inventory, &known);
    assert!(second.problems.is_empty() && starts(&second), "{second:#?}");
    let mut text = String::new();
    let of_kube1 = |plan: &Plan| {
        let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
        steps
            .filter(|step| step.command.contains("tls"))
            .cloned()
            .collect::<Vec<_>>()
    };
    for step in of_kube1(&fresh).iter().chain(&of_kube1(&second)) {
        write!(
            text,
            "{}\n   because: {}\n{}\n\n",
            step.title, step.reason, step.command
        )
        .unwrap();
    }
    is_golden(&text, "plan-tls.txt");
}

#[test]
fn a_cluster_that_is_encrypted_gets_nothing() {
    let inventory = encrypted("made");
    let plan = planned(&inventory, &running(&inventory));
    assert!(plan.is_done(), "{plan:#?}");
    let inventory = encrypted("given");
    let plan = planned(&inventory, &running(&inventory));
    assert!(plan.is_done(), "{plan:#?}");
}

#[test]
fn a_certificate_is_used_only_once_all_hosts_trust_it() {
    let inventory = encrypted("made");
    let mut answers = running(&inventory);
    certificate(&mut answers[1], "own", "kube2", 100 * 86_400);
    assert_eq!(
        titles(&planned(&inventory, &answers)),
        ["kube2: make the next key and certificate"]
    );
    certificate(&mut answers[1], "next", "kube2", YEARS);
    let trusts = |host: &str| format!("{host}: trust the next certificate of kube2");
    let all = ["kube1", "kube2", "kube3"];
    assert_eq!(titles(&planned(&inventory, &answers)), all.map(trusts));
    let both = [&PRINTS[..], &["next:kube2"]].concat();
    trust(&mut answers[0], &both);
    trust(&mut answers[1], &both);
    assert_eq!(titles(&planned(&inventory, &answers)), [trusts("kube3")]);
    trust(&mut answers[2], &both);
    assert_eq!(
        titles(&planned(&inventory, &answers)),
        ["kube2: use the next key and certificate"]
    );
    // An interrupted change: the key has its place already, and the certificate does not.
    let own = answers[1]["tls own"].replace("key=yes\n", "");
    answers[1].insert("tls own".into(), own);
    let plan = planned(&inventory, &answers);
    assert!(
        titles(&plan).contains(&"kube2: use the next key and certificate".to_owned()),
        "{plan:#?}"
    );
    assert!(!titles(&plan).iter().any(|title| title.contains("make")), "{plan:#?}");
    // Afterwards nobody trusts the former certificate.
    answers[1].remove("tls next");
    answers[1].insert("tls own".into(), own_is_next());
    let former = all.map(|host| format!("{host}: trust former certificates no more"));
    assert_eq!(titles(&planned(&inventory, &answers)), former);
}

fn own_is_next() -> String {
    let mut answer = Answer::new();
    certificate(&mut answer, "next", "kube2", YEARS);
    answer.remove("tls next").unwrap()
}

#[test]
fn each_host_gets_only_the_certificates_that_it_lacks() {
    let inventory = encrypted("made");
    let mut answers = running(&inventory);
    // kube3 is new to the others, and trusts nobody.
    trust(&mut answers[0], &PRINTS[..2]);
    trust(&mut answers[1], &PRINTS[..2]);
    trust(&mut answers[2], &[]);
    let got = |answers: &[Answer]| -> Vec<(String, bool, Vec<String>)> {
        let steps = planned(&inventory, answers).steps.into_iter();
        let steps = steps.filter(|step| step.title.starts_with("trust"));
        let of = |step: glusterctl::plan::Step| {
            let hosts = ["kube1", "kube2", "kube3"].into_iter();
            let hosts = hosts.filter(|host| step.command.contains(&format!("OF {host}")));
            let keeps = step.command.contains("\nkeep=yes\n");
            (step.host.to_string(), keeps, hosts.map(str::to_owned).collect())
        };
        steps.map(of).collect()
    };
    let hosts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        got(&answers),
        [
            ("kube1".to_owned(), true, hosts(&["kube3"])),
            ("kube2".to_owned(), true, hosts(&["kube3"])),
            ("kube3".to_owned(), true, hosts(&["kube1", "kube2", "kube3"])),
        ]
    );
    // Where a former certificate goes, the whole file is written.
    trust(&mut answers[0], &["own:kube1", "own:kube2", "former"]);
    assert_eq!(
        got(&answers)[0],
        ("kube1".to_owned(), false, hosts(&["kube1", "kube2", "kube3"]))
    );
}

#[test]
fn while_a_host_is_not_known_nothing_that_is_trusted_goes() {
    let inventory = encrypted("made");
    let mut answers = running(&inventory);
    certificate(&mut answers[0], "next", "kube1", YEARS);
    trust(&mut answers[1], &["own:kube2", "own:kube3", "former"]);
    let desired = Desired::of(&inventory);
    let lost = RemoteError {
        what: "unreachable".into(),
        remedy: "look".into(),
    };
    let hosts = desired
        .hosts
        .iter()
        .zip(&answers)
        .map(|(host, answer)| match host.name().as_str() {
            "kube3" => (host.name().clone(), Err(lost.clone())),
            _ => (host.name().clone(), Ok(parse(host, answer))),
        });
    let facts = Facts::new(&desired, hosts.collect::<BTreeMap<_, _>>());
    let plan = plan::plan(&desired, &facts, &Operation::Apply);
    let steps: Vec<_> = plan
        .steps
        .iter()
        .filter(|step| step.title.starts_with("trust"))
        .collect();
    assert!(!steps.is_empty(), "{plan:#?}");
    assert!(
        steps.iter().all(|step| step.command.contains("\nkeep=yes\n")),
        "{steps:#?}"
    );
    assert!(
        !titles(&plan).iter().any(|title| title.contains("use the next")),
        "{plan:#?}"
    );
}

#[test]
fn files_of_somebody_else_are_never_replaced() {
    let inventory = encrypted("made");
    let mut answers = all_blank(&inventory);
    files(&mut answers[0], "");
    let plan = planned(&inventory, &answers);
    assert!(
        said(&plan).contains("kube1: has /usr/lib/ssl/glusterfs.ca, /usr/lib/ssl/glusterfs.key"),
        "{plan:#?}"
    );
    assert!(said(&plan).contains("`certificates: given`"), "{plan:#?}");
    assert!(
        !titles(&plan).contains(&"kube1: make a key and a certificate".to_owned()),
        "{plan:#?}"
    );
}

#[test]
fn certificates_that_are_given_have_to_fit() {
    let inventory = encrypted("given");
    let fit = {
        let mut answers = with_keys(&inventory, all_blank(&inventory));
        answers.iter_mut().for_each(|answer| drop(answer.remove("made")));
        answers
    };
    let plan = planned(&inventory, &fit);
    assert!(plan.problems.is_empty(), "{plan:#?}");
    assert!(
        !titles(&plan).iter().any(|title| title.contains("certificate")),
        "{plan:#?}"
    );
    let own = |from: &str, to: &str| ("tls own", fit[1]["tls own"].replace(from, to));
    for ((section, text), words) in [
        (
            ("tls", format!("directory={PLACE}\n")),
            "there is no /usr/lib/ssl/glusterfs.key; there is no /usr/lib/ssl/glusterfs.pem",
        ),
        (
            own("key=yes", ""),
            "the key does not belong to /usr/lib/ssl/glusterfs.pem",
        ),
        (
            own("CN=kube2", "CN=web,O=Example"),
            "is for \"web\" (CN), not for kube2",
        ),
        (own(&format!("left={YEARS}"), "left=-5"), "ended on Nov 23"),
        (own("Fingerprint", "Nothing"), "is no certificate that openssl can read"),
        (
            ("tls", fit[1]["tls"].replace("verified=yes", "")),
            "is not valid by /usr/lib/ssl/glusterfs.ca",
        ),
    ] {
        let mut answers = fit.clone();
        answers[1].insert(section.into(), text);
        let plan = planned(&inventory, &answers);
        let said = said(&plan);
        assert!(said.contains("kube2: ") && said.contains(words), "{words}: {said}");
        assert!(
            !titles(&plan).contains(&"kube2: enable and start glusterd".to_owned()),
            "{words}: {plan:#?}"
        );
    }
}

#[test]
fn a_running_cluster_is_never_switched() {
    let (plain, wants) = (openstack(), encrypted("made"));
    let switched = |plan: &Plan| {
        let titles = titles(plan);
        titles
            .iter()
            .any(|title| title.contains("let management") || title.contains("ssl of volume"))
    };
    let plan = planned(&wants, &all_done(&plain));
    assert!(
        said(&plan).contains("kube1: Gluster runs here with plain management"),
        "{plan:#?}"
    );
    assert!(!switched(&plan), "{plan:#?}");
    let plan = planned(&plain, &running(&wants));
    assert!(
        said(&plan).contains("kube1: Gluster runs here with encrypted management"),
        "{plan:#?}"
    );
    assert!(!switched(&plan), "{plan:#?}");
    // Of the volume alone.
    let keys = with_keys(&wants, all_done(&plain));
    let plan = planned(&wants, &keys);
    assert!(
        said(&plan).starts_with("volume gv0 is started, and the inventory wants"),
        "{plan:#?}"
    );
    assert!(!switched(&plan), "{plan:#?}");
    let mut stopped = keys;
    for answer in &mut stopped {
        let volumes = answer["volumes"].replace("<status>1</status>", "<status>0</status>");
        answer.insert("volumes".into(), volumes);
    }
    let plan = planned(&wants, &stopped);
    assert!(plan.problems.is_empty() && switched(&plan), "{plan:#?}");
    // One host lags behind: it runs with plain management, and the others do not.
    let mut mixed = running(&wants);
    let lags = mixed[2]["tls"].replace("secure=yes\n", "");
    mixed[2].insert("tls".into(), lags);
    let plan = planned(&wants, &mixed);
    assert!(
        said(&plan).starts_with("kube3: Gluster runs here with plain management"),
        "{plan:#?}"
    );
    assert!(!switched(&plan), "{plan:#?}");
}

#[test]
fn an_encryption_of_somebody_else_is_left_alone() {
    let plain = openstack();
    let mut answers = all_done(&plain);
    answers.iter_mut().for_each(|answer| files(answer, "secure=yes\n"));
    let plan = planned(&plain, &answers);
    assert!(plan.is_done(), "{plan:#?}");
}

/// What is planned for another operation than `apply`.
fn planned_for(inventory: &Inventory, answers: &[Answer], operation: &Operation) -> Plan {
    let desired = Desired::of(inventory);
    let hosts = desired.hosts.iter().zip(answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    plan::plan(&desired, &Facts::new(&desired, hosts.collect()), operation)
}

#[test]
fn a_host_that_was_reinstalled_is_trusted_by_the_others() {
    let inventory = encrypted("made");
    let mut answers = running(&inventory);
    let own = answers[1]["tls own"].replace("own:kube2", "new:kube2");
    answers[1].insert("tls own".into(), own);
    let replace = Replace {
        host: HostName::parse("kube2").unwrap(),
        brick: None,
        with: None,
    };
    let plan = planned_for(&inventory, &answers, &Operation::Replace(replace));
    for host in ["kube1", "kube2", "kube3"] {
        let trusts = format!("{host}: trust the certificate of kube2");
        assert!(titles(&plan).contains(&trusts), "{plan:#?}");
    }
}

#[test]
fn destroy_takes_the_keys_away_after_glusterd() {
    let inventory = encrypted("made");
    let mut answers = running(&inventory);
    for (answer, uuid) in answers.iter_mut().zip(UUIDS) {
        let state = format!("uuid={uuid}\n{}", answer["glusterd_state"]);
        answer.insert("glusterd_state".into(), state);
        let made = answer["made"].clone() + "identity glusterd\nstarted glusterd.service\n";
        answer.insert("made".into(), made);
    }
    let destroy = Destroy {
        target: Target::Cluster,
        wipe: false,
        purge: false,
    };
    let plan = planned_for(&inventory, &answers, &Operation::Destroy(destroy));
    assert!(plan.problems.is_empty(), "{plan:#?}");
    let titles = titles(&plan);
    let at = |title: &str| titles.iter().position(|other| other == title);
    let (glusterd, keys) = (
        at("kube1: end glusterd, and take its state away"),
        at("kube1: take away the keys and certificates that glusterctl made"),
    );
    assert!(glusterd.is_some() && glusterd < keys, "{titles:#?}");
}
