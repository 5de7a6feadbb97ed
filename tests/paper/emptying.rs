//! How the bricks of hosts that provision themselves leave: each host plans what it alone sees and may do.

use crate::support::answers::{Answer, MARK, all_done, output, parse, titles};
use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::{self, Departing, Operation, Plan};

const COMPLETED: &str = include_str!("../captures/remove-brick-status-completed.xml");
const REMOVAL: &str = "57ee7e39-33f6-4f2b-a8dc-fa8d258323cd";

/// Three hosts with a brick each, of which the last leaves.
fn inventory(last: &str) -> Inventory {
    let text = format!(
        "cluster: kube\nconnection: local\nhosts:\n\
         - {{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}}\n\
         - {{name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}}\n\
         - {{name: kube3, address: 198.51.100.13, devices: [/dev/vdb]{last}}}\n\
         volumes: [{{name: gv0, type: distribute, mount: /data}}]\n"
    );
    inventory::read(&text, "test").unwrap()
}

/// What a host sees: itself, and of the others what their glusterds say.
struct Seen {
    inventory: Inventory,
    own: usize,
    answer: Answer,
    others: Vec<Answer>,
}

impl Seen {
    /// All is well, and the last host leaves from now on.
    fn by(own: usize) -> Self {
        let mut answers = all_done(&inventory(""));
        for answer in &mut answers {
            let host = answer.get_mut("host").unwrap();
            *host = host.replace("init=systemd", "init=glusterctl") + "node=yes\n";
            let volumes = answer.get_mut("volumes").unwrap();
            *volumes = volumes
                .replace("<replicaCount>3", "<replicaCount>1")
                .replace(">Replicate<", ">Distribute<");
        }
        Seen {
            inventory: inventory(", leaving: true"),
            own,
            answer: answers[own].clone(),
            others: answers,
        }
    }

    fn with(mut self, section: &str, text: &str) -> Self {
        self.answer.insert(section.to_owned(), text.to_owned());
        self
    }

    /// How full Gluster says that the bricks are; the room of a host's own brick is that of df.
    fn with_room(self, free: u64, used: u64) -> Self {
        let node = |number| {
            format!(
                "<node><hostname>kube{number}</hostname><path>/bricks/vdb/gv0</path><sizeTotal>{}</sizeTotal>\
                 <sizeFree>{free}</sizeFree></node>",
                used + free
            )
        };
        let nodes: String = (1..=3).map(node).collect();
        let said = format!(
            "<?xml version=\"1.0\"?><cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/><volStatus><volumes><volume>\
             <volName>gv0</volName>{nodes}</volume></volumes></volStatus></cliOutput>"
        );
        self.with("brick_rooms", &said)
            .with("rooms", &format!("/bricks/vdb {used} {free}\n"))
    }

    /// Gluster empties the brick of kube3, and says this.
    fn emptying(self, said: &str) -> Self {
        let at = "/var/lib/glusterd/vols/gv0";
        self.with(
            "moving",
            &format!("{at}/bricks/kube3:-bricks-vdb-gv0:decommissioned=1\n"),
        )
        .with("removal gv0", said)
    }

    /// The volume has this option, on all servers.
    fn with_option(mut self, key: &str, value: &str) -> Self {
        let option = format!("<options><option><name>{key}</name><value>{value}</value></option>");
        for answer in self.others.iter_mut().chain([&mut self.answer]) {
            let volumes = answer.get_mut("volumes").unwrap();
            *volumes = volumes.replace("<options>", &option);
        }
        self
    }

    /// The pod of kube3 is gone, as after `kubectl scale`: its peers see it disconnected.
    fn without_the_last(mut self) -> Self {
        self.others[2].clear();
        let peer = "<hostnames><hostname>kube3</hostname></hostnames><connected>1<";
        for answer in self.others.iter_mut().take(2).chain([&mut self.answer]) {
            let pool = answer.get_mut("pool").unwrap();
            assert!(pool.contains(peer), "{pool}");
            *pool = pool.replace(peer, &peer.replace(">1<", ">0<"));
        }
        self
    }

    fn planned(&self) -> (Plan, Vec<Departing>) {
        let desired = Desired::of(&self.inventory);
        let mut sections = self.answer.clone();
        for (host, answer) in self.inventory.hosts.iter().zip(&self.others) {
            let name = format!("self_managed {}", host.name);
            sections.insert(name.clone(), "listens=yes\n".to_owned());
            for kind in ["pool", "volumes"] {
                sections.insert(format!("{name} {kind}"), answer.get(kind).cloned().unwrap_or_default());
            }
        }
        let output = output(sections);
        let facts = desired.hosts.iter().enumerate().map(|(at, host)| {
            let seen = match at == self.own {
                true => parse(host, &self.answer),
                false => HostFacts::parse_self_managed(&output, MARK, host).unwrap(),
            };
            (host.name().clone(), Ok(seen))
        });
        let facts = Facts::new(&desired, facts.collect());
        let plan = plan::plan(&desired, &facts, &Operation::Apply);
        (plan::left_to_a_person(plan), plan::departing(&desired, &facts))
    }

    /// The steps about the bricks that leave.
    fn steps(&self) -> Vec<String> {
        let (plan, _) = self.planned();
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        let about = ["empty", " out of volume", "detach"];
        let all = titles(&plan).into_iter();
        all.filter(|title| about.iter().any(|word| title.contains(word)))
            .collect()
    }
}

#[test]
fn bricks_are_emptied_only_if_gluster_says_that_there_is_room() {
    let problem = |seen: Seen| {
        let (plan, _) = seen.planned();
        let begins = titles(&plan).iter().any(|title| title.contains("begin to empty"));
        assert_eq!(begins, plan.problems.is_empty());
        plan.problems.first().map(|problem| problem.what.clone())
    };
    let unknown = problem(Seen::by(0)).unwrap();
    assert!(unknown.contains("how full the brick"), "{unknown}");
    let full = problem(Seen::by(0).with_room(1_000_000, 2_000_001)).unwrap();
    assert!(full.contains("the sets that stay have room for"), "{full}");
    assert_eq!(problem(Seen::by(0).with_room(1_000_000, 2_000_000)), None);
    let steps = Seen::by(0).with_room(1_000_000, 1).steps();
    assert_eq!(
        steps,
        [
            "kube1: begin to empty 1 brick of volume gv0",
            "kube1: note attempt 1 to empty bricks of volume gv0"
        ]
    );
    assert_eq!(
        Seen::by(2).with_room(1_000_000, 1).steps(),
        [""; 0],
        "one host does that"
    );
}

#[test]
fn nothing_is_taken_out_while_gluster_moves_files_or_does_not_say() {
    let runs = include_str!("../captures/remove-brick-status-inprogress.xml");
    for said in [runs, "", "Error : Request timed out"] {
        for own in [0, 2] {
            assert_eq!(Seen::by(own).emptying(said).steps(), [""; 0], "{said}");
        }
    }
    let (_, departing) = Seen::by(0).emptying(runs).planned();
    assert_eq!(
        departing[0].to_string(),
        "kube3 is leaving: volume gv0: 0 of 831 files that were looked at are moved (0 KiB)"
    );
    // An attempt that was stopped or has failed begins anew, after it is stopped.
    let failed = COMPLETED.replace("<status>3<", "<status>4<");
    assert_eq!(
        Seen::by(0).emptying(&failed).steps(),
        ["kube1: stop emptying bricks of volume gv0"]
    );
}

#[test]
fn a_brick_is_taken_out_only_once_its_own_host_has_seen_no_file_after_this_very_removal() {
    let waits = |seen: &Seen| {
        let (plan, _) = seen.planned();
        let missing = |until: &str| until.ends_with("(missing: kube3)");
        plan.waiting.iter().any(|wait| missing(&wait.until))
    };
    let coordinator = Seen::by(0).emptying(COMPLETED);
    assert_eq!(coordinator.steps(), [""; 0]);
    assert!(waits(&coordinator));
    let leaves = Seen::by(2).emptying(COMPLETED);
    assert_eq!(
        leaves.steps(),
        [
            "kube3: look whether /bricks/vdb/gv0 is empty",
            "kube3: note that /bricks/vdb/gv0 is empty"
        ]
    );
    let (plan, _) = leaves.planned();
    let noted = plan
        .steps
        .iter()
        .position(|step| step.title.starts_with("note that /bricks"));
    let note = &plan.steps[noted.unwrap()];
    let looked = note.needs.iter().map(|need| &plan.steps[*need].title);
    assert!(
        looked
            .into_iter()
            .any(|title| title == "look whether /bricks/vdb/gv0 is empty")
    );
    let (_, option) = note.command.split_once("volume set gv0 ").unwrap();
    let (key, value) = option.trim().split_once(' ').unwrap();
    assert_eq!(value, REMOVAL);
    assert!(key.starts_with("user.glusterctl.empty-"), "{key}");

    for earlier in ["", "11111111-1111-4111-8111-111111111111"] {
        let stale = Seen::by(0).emptying(COMPLETED).with_option(key, earlier);
        assert_eq!(stale.steps(), [""; 0], "{earlier}");
        assert!(waits(&stale));
    }
    let seen = Seen::by(0).emptying(COMPLETED).with_option(key, REMOVAL);
    assert_eq!(seen.steps(), ["kube1: take 1 brick out of volume gv0"]);
    assert!(!waits(&seen));
}

#[test]
fn a_pod_that_is_gone_is_waited_for_and_neither_emptied_nor_taken_out_nor_detached() {
    for seen in [Seen::by(0).with_room(1_000_000, 1), Seen::by(0).emptying(COMPLETED)] {
        let seen = seen.without_the_last();
        assert_eq!(seen.steps(), [""; 0]);
        let (plan, departing) = seen.planned();
        let until: Vec<&str> = plan.waiting.iter().map(|wait| wait.until.as_str()).collect();
        assert!(until.contains(&"glusterd runs on kube3"), "{until:?}");
        assert!(departing[0].what.starts_with("kube3 is leaving"), "{departing:?}");
    }
}

#[test]
fn after_three_attempts_that_failed_nothing_is_begun_until_a_person_says_so() {
    let begin = "kube1: begin to empty 1 brick of volume gv0";
    let note = |attempt| format!("kube1: note attempt {attempt} to empty bricks of volume gv0");
    let first = Seen::by(0).with_room(1_000_000, 1);
    let (plan, _) = first.planned();
    let noted = plan.steps.iter().find(|step| step.title.starts_with("note attempt 1"));
    let (_, option) = noted.unwrap().command.split_once("volume set gv0 ").unwrap();
    let (key, value) = option.trim().split_once(' ').unwrap();
    let (bricks, count) = value.trim_matches('\'').split_once(':').unwrap();
    assert_eq!((key, count), ("user.glusterctl.attempts", "1"));

    let after = |value: &str| Seen::by(0).with_room(1_000_000, 1).with_option(key, value);
    for (value, attempt) in [
        (format!("{bricks}:1"), 2),
        (format!("{bricks}:2"), 3),
        ("none".to_owned(), 1),
        // Of other bricks.
        ("11111111-1111-4111-8111-111111111111:3".to_owned(), 1),
    ] {
        assert_eq!(after(&value).steps(), [begin.to_owned(), note(attempt)], "{value}");
    }
    let third = format!("{bricks}:3");
    let failed = COMPLETED.replace("<status>3<", "<status>4<");
    assert_eq!(
        after(&third).emptying(&failed).steps(),
        ["kube1: stop emptying bricks of volume gv0"],
        "the bricks are the volume's again"
    );
    assert_eq!(after(&third).steps(), [""; 0]);
    let (plan, departing) = after(&third).planned();
    let wait = plan.waiting.iter().find(|wait| wait.what.starts_with("emptying"));
    let until = &wait.unwrap().until;
    assert!(
        until.contains("3 attempts failed") && until.contains("gluster volume set gv0 user.glusterctl.attempts none"),
        "{until}"
    );
    // No problem, which would make every pod unready.
    assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    assert_eq!(
        departing[0].to_string(),
        "kube3 is leaving: volume gv0: 3 attempts to empty its bricks failed; what to do is in the log"
    );

    let mut stays = after(&third);
    stays.inventory = inventory("");
    assert_eq!(
        stays.steps(),
        ["kube1: forget the attempts to empty bricks of volume gv0"]
    );
    stays = after("none");
    stays.inventory = inventory("");
    assert_eq!(stays.steps(), [""; 0]);
}
