//! For how long entries wait for healing.

use serde_json::{Value, json};

use super::made_up::{all_done, all_online, changed, inventory};
use super::{judged, problems, row};
use crate::desired::Desired;

#[test]
fn entries_wait_for_as_long_as_their_host_says_and_nothing_waits_if_gluster_lists_nothing() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let hosts = changed(all_done(&desired), |host, facts| {
        if host.as_str() != "kube3" {
            facts.heal_ages.insert("/bricks/vdb/gv0".to_owned(), 11_000);
        }
    });
    let (json, _) = judged(&desired, hosts.clone(), Some(all_online()));
    assert_eq!(
        (&json["healthy"], &json["volumes"][0]["bricks"][0]["to_heal_seconds"]),
        (&json!(true), &json!(0))
    );
    let mut said = all_online();
    for at in [0, 2] {
        said.heal.as_mut().unwrap().as_mut().unwrap()[at].entries = Some(42);
    }
    let (json, text) = judged(&desired, hosts, Some(said));
    assert_eq!(
        row(&text, "gv0     kube1:/bricks/vdb/gv0"),
        ["online", "54304", "42", "3 h"]
    );
    assert_eq!(row(&text, "gv0     kube3:/bricks/vdb/gv0"), ["online", "54304", "42"]);
    let seconds = |at: usize| json["volumes"][0]["bricks"][at]["to_heal_seconds"].clone();
    assert_eq!([0, 1, 2].map(seconds), [json!(11_000), json!(0), Value::Null]);
    let problem = |host: &str| format!("volume gv0: brick {host}:/bricks/vdb/gv0 has 42 entries to heal");
    let oldest = problem("kube1") + ", the oldest for at least 3 h";
    assert_eq!(problems(&json), [oldest.as_str(), &problem("kube3")].into());
}
