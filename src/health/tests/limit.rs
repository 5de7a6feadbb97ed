//! What `status --limit` shows, and what it leaves out.

use super::*;

/// The state of these hosts while kube3 cannot be reached by anybody, as JSON and as a table.
fn of(names: &[&str]) -> (Value, String) {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let facts = Facts::new(&desired, without(all_done(&desired), &["kube3"]));
    let mut said = all_online();
    said.status.as_mut().unwrap().pop();
    let last = &mut said.heal.as_mut().unwrap().as_mut().unwrap()[2];
    (last.connected, last.entries) = (false, None);
    let mut looks = looks(&desired, Some(said));
    let limit: BTreeSet<HostName> = names.iter().map(|name| HostName::parse(name).unwrap()).collect();
    let health = Health::within(Some(&limit), &desired, &facts, &mut looks);
    (serde_json::to_value(&health).unwrap(), table(&health))
}

#[test]
fn the_hosts_that_are_shown_can_be_healthy_while_another_is_lost() {
    let (json, text) = of(&["kube1", "kube2"]);
    assert_eq!(problems(&json), BTreeSet::new(), "{text}");
    assert_eq!(json["healthy"], true);
    assert!(text.ends_with("\nHealthy.\n"), "{text}");
    let told = "Left out by --limit: 1 host (kube3), and what concerns the volumes and the\n\
                cluster as a whole. Could not be observed of these: kube3.\n";
    assert!(text.contains(told), "{text}");
    assert_eq!(text.matches("kube3").count(), 2, "no row is about kube3: {text}");
    let limit = json!({"hosts": ["kube1", "kube2"], "left_out": ["kube3"], "unreachable": ["kube3"]});
    assert_eq!(json["limit"], limit);
    let number = |key: &str| json[key].as_array().unwrap().len();
    assert_eq!((number("hosts"), number("mounts")), (2, 2), "{json:#}");
    assert_eq!(json["volumes"][0]["bricks"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_wrong_with_a_host_that_is_shown_is_told() {
    let (json, text) = of(&["kube3"]);
    let unreached =
        "volume gv0: Gluster does not reach brick kube3:/bricks/vdb/gv0, and whether the brick serves is not known";
    assert_eq!(problems(&json), ["kube3: unreachable", unreached].into(), "{text}");
    assert_eq!(json["limit"]["unreachable"], json!([]));
    assert_eq!(row(&text, "gv0     kube3:/bricks/vdb/gv0"), ["?", "?", "?"]);
    assert_eq!(row(&text, "kube3  gv0     /data"), ["?"]);
}
