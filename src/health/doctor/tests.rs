//! Each check is made to happen, on facts of a cluster that is otherwise well; and the cluster that is well has no finding.

mod cases;
mod world;

use std::collections::BTreeSet;

use super::{checks, explanation, list};
use crate::facts::Glusterd;
use crate::health::tests::made_up::TEXT;
use cases::{CASES, encrypted, encrypted_text, text_of};
use world::{World, host};

#[test]
fn every_check_is_made_to_happen() {
    let mut missed = Vec::new();
    for (code, change) in CASES {
        let mut world = World::of(&text_of(code));
        if *code == "GC811" {
            world.hosts.remove(&host("kube3"));
            for name in ["kube1", "kube2"] {
                world.option_of(name, "cluster.server-quorum-type", "server");
            }
        } else {
            change(&mut world);
        }
        let findings = world.findings();
        match findings.iter().find(|finding| finding.code == *code) {
            Some(finding) => assert!(!finding.what.is_empty() && !finding.mend.is_empty(), "{finding:?}"),
            None => missed.push(format!("{code}: {findings:#?}")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let made: Vec<&str> = CASES.iter().map(|(code, _)| *code).collect();
    let all: Vec<&str> = checks().map(|check| check.code).collect();
    assert_eq!(made, all);
}

#[test]
fn a_cluster_that_is_well_has_no_finding() {
    let findings = World::of(TEXT).findings();
    assert!(findings.is_empty(), "{findings:#?}");
    let mut world = World::of(&encrypted_text());
    encrypted(&mut world);
    let findings = world.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn codes_are_unique_and_in_order_and_every_sentence_ends() {
    let codes: Vec<&str> = checks().map(|check| check.code).collect();
    assert!(codes.len() >= 40 && codes.is_sorted(), "{codes:?}");
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    for check in checks() {
        assert!(
            check.sentence.ends_with('.') && !check.sentence.contains("  "),
            "{check:?}"
        );
        assert!(
            explanation(&check.code.to_lowercase())
                .unwrap()
                .contains(check.sentence)
        );
    }
    assert_eq!(explanation("GC000"), None);
}

#[test]
fn the_page_lists_every_check() {
    let page = include_str!("../../../docs/doctor.md");
    let (_, listed) = page.split_once("## What apply would do").expect("the first family");
    let listed = format!("## What apply would do{listed}");
    assert_eq!(
        listed,
        list(),
        "glusterctl doctor --list prints the tables of docs/doctor.md"
    );
}

#[test]
fn names_stand_in_the_command_that_mends_and_the_worst_comes_first() {
    let mut world = World::of(TEXT);
    world.option("cluster.self-heal-daemon", "off");
    world.host("kube2").glusterd = Glusterd::Silent;
    world.looks.highest_op_version = Some(110_000);
    let findings = world.findings();
    let mend = |code: &str| {
        findings
            .iter()
            .find(|finding| finding.code == code)
            .map(|finding| &*finding.mend)
    };
    assert_eq!(
        mend("GC810"),
        Some("gluster volume reset gv0 cluster.self-heal-daemon (on a server)")
    );
    assert_eq!(
        mend("GC702"),
        Some("ssh kube2 'systemctl reset-failed glusterd; systemctl start glusterd'")
    );
    assert!(findings.is_sorted_by_key(|finding| finding.severity), "{findings:#?}");
    let report = super::Report::of(findings);
    crate::documents::valid("doctor", &serde_json::to_value(&report).unwrap());
    assert!(report.has_failed());
    assert!(report.text().starts_with("GC"), "{}", report.text());
    let mut world = World::of(TEXT);
    world.looks.highest_op_version = Some(110_000);
    assert!(
        !super::Report::of(world.findings()).has_failed(),
        "a note is no failure"
    );
}
