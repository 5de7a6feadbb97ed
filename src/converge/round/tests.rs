//! Every end of a round, from made-up plans.

use super::*;
use crate::converge::consent::Dangers;
use crate::inventory::DevicePath;
use crate::plan::Waiting;

fn plan(titles: &[&str]) -> Plan {
    Plan {
        steps: titles.iter().map(|title| Step::made_up("kube1", title)).collect(),
        ..Plan::default()
    }
}

fn formatting() -> Plan {
    let mut plan = plan(&["format"]);
    let device = DevicePath::parse("/dev/vdb").unwrap();
    plan.steps[0].danger = Danger::Formats { device };
    plan
}

fn with_problem(mut plan: Plan, host: Option<&str>) -> Plan {
    plan.problems.push(Problem {
        host: host.map(|host| HostName::parse(host).unwrap()),
        what: "is wrong".into(),
        remedy: "mend it".into(),
    });
    plan
}

fn waiting(mut plan: Plan) -> Plan {
    plan.waiting.push(Waiting {
        what: "mounting gv0".into(),
        until: "kube2 is there".into(),
    });
    plan
}

/// The first round of a run with consent to every danger, without any other option.
fn state(plan: &Plan) -> State<'_> {
    static NOBODY: BTreeSet<HostName> = BTreeSet::new();
    State {
        plan,
        failed: &[],
        done: &[],
        agreed: &Agreed::Everything,
        saved: None,
        round: 1,
        unreachable: &NOBODY,
        self_managed: false,
        patient: false,
    }
}

/// The only error.
fn error(round: Round) -> String {
    match round {
        Round::Failed(errors) if errors.len() == 1 => errors.join(""),
        other => panic!("not one error: {other:?}"),
    }
}

#[test]
fn an_empty_plan_is_the_end_whatever_failed_on_the_way() {
    let failed = ["kube1: start: Gluster refused".to_owned()];
    let plan = Plan::default();
    let state = State {
        failed: &failed,
        ..state(&plan)
    };
    assert_eq!(state.end(), Round::Done);
}

#[test]
fn new_steps_are_executed_until_the_rounds_are_used_up() {
    let plan = plan(&["probe"]);
    let at = |round| State { round, ..state(&plan) }.end();
    assert_eq!(at(0), Round::Again);
    assert_eq!(at(ROUNDS - 1), Round::Again);
    assert_eq!(error(at(ROUNDS)), "kube1: probe: still to be done after 20 rounds: r");
}

#[test]
fn a_plan_of_nothing_but_steps_that_were_done_is_a_failure() {
    let plan = plan(&["mount", "start"]);
    let done = |title: &str| (plan.steps[0].host.clone(), title.to_owned());
    let one = [done("mount")];
    assert_eq!(
        State {
            done: &one,
            ..state(&plan)
        }
        .end(),
        Round::Again
    );
    let both = [done("mount"), done("start")];
    let Round::Failed(errors) = (State {
        done: &both,
        ..state(&plan)
    })
    .end() else {
        panic!("both steps were done");
    };
    assert_eq!(errors[1], "kube1: start: the step was done, but is needed again: r");
}

#[test]
fn what_failed_and_what_stands_in_the_way_are_all_told_once() {
    let plan = with_problem(plan(&["mount"]), Some("kube1"));
    let failed = ["kube1: is wrong\nmend it".to_owned(), "kube2: x: y".to_owned()];
    let state = State {
        failed: &failed,
        ..state(&plan)
    };
    assert_eq!(state.end(), Round::Failed(failed.to_vec()));
}

#[test]
fn a_device_that_nobody_agreed_to_is_not_formatted_in_a_later_round_or_after_waiting() {
    let plan = formatting();
    let nothing = Agreed::To(Dangers::default());
    let shown = Agreed::To(Dangers::of(&plan));
    for round in [0, 1] {
        for patient in [false, true] {
            let with = |agreed| State {
                agreed,
                round,
                patient,
                ..state(&plan)
            };
            let refusal = error(with(&nothing).end());
            assert!(refusal.starts_with("this run formats kube1:/dev/vdb"), "{refusal}");
            assert_eq!(with(&shown).end(), Round::Again);
            assert_eq!(with(&Agreed::Everything).end(), Round::Again);
        }
    }
}

#[test]
fn with_a_saved_plan_no_other_step_is_ever_done() {
    let (saved, other) = (plan(&["mount"]), plan(&["start"]));
    for round in [0, 1] {
        let with = |plan| State {
            saved: Some(&saved),
            round,
            patient: true,
            ..state(plan)
        };
        assert_eq!(with(&saved).end(), Round::Again);
        let refused = error(with(&other).end());
        assert_eq!(
            refused,
            "kube1: start: the saved plan does not have this step; make another plan"
        );
    }
}

#[test]
fn only_what_others_may_still_do_is_waited_for_and_only_so_long() {
    let away = BTreeSet::from([HostName::parse("kube2").unwrap()]);
    let failed = ["kube1: mount: no route".to_owned()];
    let waits = |plan: &Plan, failed: &[String], self_managed: bool| {
        let state = State {
            unreachable: &away,
            failed,
            self_managed,
            patient: true,
            ..state(plan)
        };
        let impatient = State {
            patient: false,
            ..state
        };
        assert!(matches!(impatient.end(), Round::Failed(_)), "{impatient:?}");
        matches!(state.end(), Round::Wait(_))
    };
    assert!(waits(&waiting(plan(&[])), &[], false));
    assert!(waits(&with_problem(plan(&[]), Some("kube2")), &[], false));
    assert!(
        !waits(&with_problem(plan(&[]), Some("kube1")), &[], false),
        "kube1 answers"
    );
    assert!(
        !waits(&with_problem(plan(&[]), None), &[], false),
        "the cluster is wrong"
    );
    assert!(waits(&plan(&["mount"]), &failed, true));
    assert!(!waits(&plan(&["mount"]), &failed, false), "nobody else does anything");
    assert!(!waits(&formatting(), &failed, true), "a device is formatted once");
}

#[test]
fn what_is_waited_for_is_named() {
    let plan = waiting(plan(&[]));
    let with = |patient| {
        State {
            patient,
            ..state(&plan)
        }
        .end()
    };
    let words = "mounting gv0: not until kube2 is there";
    assert_eq!(with(true), Round::Wait(words.into()));
    assert_eq!(error(with(false)), words);
}

#[test]
fn what_no_fact_tells_is_done_once_by_a_run() {
    for success in [Success::Watch(crate::plan::Watch::Heal), Success::Once] {
        is_done_once(success);
    }
}

fn is_done_once(success: Success) {
    let mut plan = plan(&["heal"]);
    plan.steps[0].success = success;
    assert_eq!(state(&plan).end(), Round::Again);
    let done = [(HostName::parse("kube1").unwrap(), "heal".to_owned())];
    let watched = State {
        done: &done,
        ..state(&plan)
    };
    assert_eq!(watched.end(), Round::Done);
    let failed = ["kube1: heal: one entry is left".to_owned()];
    let failed = State {
        failed: &failed,
        ..watched
    };
    assert!(matches!(failed.end(), Round::Failed(_)));
    let problem = with_problem(plan.clone(), None);
    let problem = State {
        plan: &problem,
        done: &done,
        ..state(&plan)
    };
    assert!(matches!(problem.end(), Round::Failed(_)));
}
