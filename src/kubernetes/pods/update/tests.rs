use super::*;

/// A pod in a few words: its name, the end of its uid, its revision, and whether it is ready (`r`), not (`n`) or ends (`e`).
fn pod(text: &str) -> Option<Pod> {
    let [name, uid, revision, state] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(Pod {
        name: name.to_owned(),
        uid: uid.to_owned(),
        revision: revision.to_owned(),
        state: match state {
            "r" => State::Ready,
            "e" => State::Ends,
            "i" => State::Idle("w".to_owned()),
            _ => State::NotReady("w".to_owned()),
        },
    })
}

fn seen(pods: &[&str]) -> Seen {
    Seen {
        revision: Some("new".to_owned()),
        pods: pods.iter().map(|text| pod(text)).collect(),
    }
}

fn deleted(uid: &str, newest: &str) -> Deleted {
    Deleted {
        uid: uid.to_owned(),
        newest: newest.to_owned(),
    }
}

fn run(coming: Option<(usize, &str)>, answer: Option<(&str, Answer)>) -> Run {
    Run {
        only: None,
        has_deleted: coming.is_some(),
        coming: coming.map(|(at, uid)| Coming {
            at,
            deleted: Some(deleted(uid, "new")),
        }),
        answer: answer.map(|(uid, answer)| (uid.to_owned(), answer)),
    }
}

fn waits(at: usize, stage: Stage, why: &str) -> Next {
    Next::Wait(Wait {
        at: Some(at),
        stage,
        why: why.to_owned(),
    })
}

fn no() -> Answer {
    Answer::No("entries".to_owned())
}

#[test]
fn the_first_old_pod_is_asked_and_deleted_only_after_yes() {
    let pods = seen(&["a 1 new r", "b 2 old r", "c 3 old r"]);
    assert_eq!(next(&pods, &run(None, None)), Next::Ask(1));
    assert_eq!(next(&pods, &run(None, Some(("2", Answer::Yes)))), Next::Delete(1));
    // The answer of a pod that is gone, or of another one, is none.
    assert_eq!(next(&pods, &run(None, Some(("3", Answer::Yes)))), Next::Ask(1));
    assert_eq!(
        next(&pods, &run(None, Some(("2", no())))),
        waits(1, Stage::CanStop, "entries")
    );
    let after_one = Run {
        has_deleted: true,
        ..run(None, Some(("2", no())))
    };
    assert_eq!(next(&pods, &after_one), waits(1, Stage::Healed, "entries"));
    let silent = Answer::Silent("words".to_owned());
    assert_eq!(
        next(&pods, &run(None, Some(("2", silent)))),
        waits(1, Stage::CanStop, "words")
    );
    assert_eq!(next(&pods, &run(None, Some(("2", Answer::TooOld)))), Next::TooOld(1));
}

#[test]
fn only_the_pods_that_were_asked_for_are_made_anew_and_the_others_have_to_be_ready() {
    let only = || Run {
        only: Some(BTreeSet::from([1])),
        ..run(None, None)
    };
    assert_eq!(
        next(&seen(&["a 1 old r", "b 2 old r", "c 3 old r"]), &only()),
        Next::Ask(1)
    );
    assert_eq!(
        next(&seen(&["a 1 old r", "b 2 new r", "c 3 old r"]), &only()),
        Next::Done
    );
    assert_eq!(
        next(&seen(&["a 1 old i", "b 2 old r"]), &only()),
        waits(0, Stage::Serves, "pod a is not ready: w")
    );
}

#[test]
fn nothing_is_deleted_while_another_pod_is_not_ready_or_the_template_is_not_noted() {
    let yes = || run(None, Some(("2", Answer::Yes)));
    for (first, stage, why) in [
        ("a 1 new n", Stage::Ready, "pod a is not ready: w"),
        ("a 1 old n", Stage::Serves, "pod a is not ready: w"),
        ("a 1 old e", Stage::Ready, "pod a stops"),
        ("-", Stage::Ready, "there is no pod"),
    ] {
        let pods = seen(&[first, "b 2 old r"]);
        assert_eq!(next(&pods, &yes()), waits(0, stage, why), "{first}");
        let pods = seen(&["b 2 old r", first]);
        assert_eq!(next(&pods, &yes()), waits(1, stage, why), "{first}");
    }
    let mut pods = seen(&["a 1 old r", "b 2 old r"]);
    pods.revision = None;
    assert!(matches!(
        next(&pods, &yes()),
        Next::Wait(Wait {
            stage: Stage::Template,
            at: None,
            ..
        })
    ));
}

#[test]
fn a_pod_that_was_deleted_has_to_be_ready_anew_and_healed_before_the_next() {
    let coming = |answer| run(Some((0, "1")), answer);
    let with = |first| seen(&[first, "b 2 old r"]);
    assert_eq!(
        next(&with("a 1 old e"), &coming(None)),
        waits(0, Stage::Ready, "pod a stops")
    );
    assert_eq!(
        next(&with("-"), &coming(None)),
        waits(0, Stage::Ready, "there is no pod")
    );
    assert_eq!(
        next(&with("a 4 new n"), &coming(None)),
        waits(0, Stage::Ready, "pod a is not ready: w")
    );
    assert_eq!(next(&with("a 4 new r"), &coming(None)), Next::Ask(0));
    assert_eq!(
        next(&with("a 4 new r"), &coming(Some(("4", no())))),
        waits(0, Stage::Healed, "entries")
    );
    assert_eq!(
        next(&with("a 4 new r"), &coming(Some(("4", Answer::Yes)))),
        Next::Healed(0)
    );
    // Another pod that is not ready is waited for meanwhile.
    let pods = seen(&["a 4 new r", "b 2 old n"]);
    assert_eq!(
        next(&pods, &coming(Some(("4", Answer::Yes)))),
        waits(1, Stage::Ready, "pod b is not ready: w")
    );
    assert_eq!(next(&with("a 4 old r"), &coming(None)), Next::MadeAlike(0));
    // The template was changed meanwhile: that pod is old again, and its turn comes again.
    let mut changed = with("a 4 new r");
    changed.revision = Some("newer".to_owned());
    assert_eq!(next(&changed, &coming(None)), Next::Ask(0));
}

#[test]
fn a_pod_that_has_never_run_is_deleted_unasked_if_it_is_old_and_all_others_are_ready() {
    assert_eq!(
        next(&seen(&["a 1 new r", "b 2 older i", "c 3 old r"]), &run(None, None)),
        Next::Delete(1)
    );
    for pods in [
        ["a 1 new n", "b 2 older i"],
        ["-", "b 2 older i"],
        ["a 1 old r", "b 2 new i"],
    ] {
        assert!(
            matches!(next(&seen(&pods), &run(None, None)), Next::Wait(_)),
            "{pods:?}"
        );
    }
    let pods = seen(&["a 4 older i", "b 2 old r"]);
    let mut coming = run(Some((0, "1")), None);
    assert_eq!(next(&pods, &coming), waits(0, Stage::Ready, "pod a is not ready: w"));
    // Somebody mended the template meanwhile.
    coming.coming = Some(Coming {
        at: 0,
        deleted: Some(deleted("1", "older")),
    });
    assert_eq!(next(&pods, &coming), Next::Delete(0));
    // Another pod comes back.
    let pods = seen(&["a 4 new r", "b 2 older i"]);
    assert_eq!(
        next(&pods, &run(Some((0, "1")), None)),
        waits(1, Stage::Ready, "pod b is not ready: w")
    );
}

#[test]
fn a_run_carries_on_with_the_pod_that_an_earlier_run_left() {
    let coming = |pods: &[&str]| coming_back(&seen(pods)).map(|coming| coming.at);
    assert_eq!(coming(&["a 1 new r", "b 2 new n", "c 3 old r"]), Some(1));
    assert_eq!(coming(&["a 1 new r", "b 2 old e", "c 3 old r"]), Some(1));
    assert_eq!(coming(&["a 1 new r", "-", "c 3 old r"]), Some(1));
    assert_eq!(coming(&["a 1 new r", "b 2 old n", "c 3 old r"]), None);
    let run = |answer| Run {
        coming: coming_back(&seen(&["a 1 new n"])),
        ..run(None, answer)
    };
    assert_eq!(next(&seen(&["a 1 new r"]), &run(None)), Next::Ask(0));
    assert_eq!(
        next(&seen(&["a 1 new r"]), &run(Some(("1", Answer::Yes)))),
        Next::Healed(0)
    );
    assert_eq!(next(&seen(&["a 1 new r"]), &Run::default()), Next::Done);
    assert_eq!(old(&seen(&["a 1 new r", "b 2 old r"]), None).count(), 1);
}
