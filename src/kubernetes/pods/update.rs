//! What to do next so that every pod of a workload is made from its newest template, one after the other, each healed before the
//! next. One function, over what was seen and what was done. Pure.

use std::collections::BTreeSet;

use super::seen::{Answer, Pod, Seen, State};

/// Why it is not known which pods are old.
pub const UNNOTED: &str = "Kubernetes has not noted the newest template yet";

/// What this run has done, and what was answered since the last look.
#[derive(Debug, Default)]
pub struct Run {
    /// The members whose pods are to be made anew; none of all.
    pub only: Option<BTreeSet<usize>>,
    /// The pod that comes back.
    pub coming: Option<Coming>,
    /// What a pod answered, with the pod's uid.
    pub answer: Option<(String, Answer)>,
    /// Whether a pod was deleted.
    pub has_deleted: bool,
}

/// A pod that comes back after it was deleted, and is healed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// The member of the workload.
    pub at: usize,
    /// The pod that was deleted; none if an earlier run did that.
    pub deleted: Option<Deleted>,
}

/// A pod that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its uid.
    pub uid: String,
    /// The newest revision when it was deleted.
    pub newest: String,
}

/// What to do next. Numbers are those of the workload's members.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask this pod whether its host can stop.
    Ask(usize),
    /// Delete this pod.
    Delete(usize),
    /// This pod is back and healed.
    Healed(usize),
    /// Look again after a while.
    Wait(Wait),
    /// Nothing can go on: the program in this pod does not know the question.
    TooOld(usize),
    /// Nothing can go on: this pod was made anew, and from an old template.
    MadeAlike(usize),
    /// Every pod is made from the newest template.
    Done,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The member that is waited for; none of the workload as a whole.
    pub at: Option<usize>,
    /// What is to happen.
    pub stage: Stage,
    /// Why it has not happened yet.
    pub why: String,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Kubernetes notes the newest template.
    Template,
    /// The host of the first pod can stop.
    CanStop,
    /// A pod is ready that nobody has made anew yet.
    Serves,
    /// A pod is ready again.
    Ready,
    /// Nothing is left to heal.
    Healed,
}

/// The pod that an earlier run left while it came back: made from the newest template, or deleted, and not ready.
#[must_use]
pub fn coming_back(seen: &Seen) -> Option<Coming> {
    let is_coming = |pod: &Option<Pod>| match pod {
        Some(pod) => pod.state != State::Ready && (pod.state == State::Ends || !is_old(pod, seen)),
        None => true,
    };
    let at = seen.pods.iter().position(is_coming)?;
    Some(Coming { at, deleted: None })
}

fn is_old(pod: &Pod, seen: &Seen) -> bool {
    seen.revision.as_ref().is_some_and(|newest| *newest != pod.revision)
}

/// The pods that are to be made anew, because they are not made from the newest template, each with its member.
pub fn old<'s>(seen: &'s Seen, only: Option<&BTreeSet<usize>>) -> impl Iterator<Item = (usize, &'s Pod)> {
    let pods = seen.pods.iter().enumerate();
    let pods = pods.filter(move |(at, _)| only.is_none_or(|only| only.contains(at)));
    pods.filter_map(|(at, pod)| Some((at, pod.as_ref()?)))
        .filter(|(_, pod)| is_old(pod, seen))
}

/// What to do next. A pod that runs is deleted only while every pod is ready, and after its host was found fit to stop since the
/// last look.
#[must_use]
pub fn next(seen: &Seen, run: &Run) -> Next {
    let Some(newest) = &seen.revision else {
        return Next::Wait(Wait {
            at: None,
            stage: Stage::Template,
            why: UNNOTED.to_owned(),
        });
    };
    if let Some(wait) = unready(seen, run) {
        return idle(seen, run).map_or(Next::Wait(wait), Next::Delete);
    }
    let answer_of = |pod: &Pod| {
        let (uid, answer) = run.answer.as_ref()?;
        (*uid == pod.uid).then_some(answer)
    };
    let asked = |at: usize, pod: &Pod, stage: Stage, yes: Next| match answer_of(pod) {
        None => Next::Ask(at),
        Some(Answer::Yes) => yes,
        Some(Answer::No(why) | Answer::Silent(why)) => Next::Wait(Wait {
            at: Some(at),
            stage,
            why: why.clone(),
        }),
        Some(Answer::TooOld) => Next::TooOld(at),
    };
    if let Some((coming, pod)) = coming(seen, run) {
        let is_alike = |deleted: &Deleted| deleted.uid != pod.uid && deleted.newest == *newest && is_old(pod, seen);
        if coming.deleted.as_ref().is_some_and(is_alike) {
            return Next::MadeAlike(coming.at);
        }
        return asked(coming.at, pod, Stage::Healed, Next::Healed(coming.at));
    }
    let stage = if run.has_deleted { Stage::Healed } else { Stage::CanStop };
    match old(seen, run.only.as_ref()).next() {
        Some((at, pod)) => asked(at, pod, stage, Next::Delete(at)),
        None => Next::Done,
    }
}

fn coming<'s, 'r>(seen: &'s Seen, run: &'r Run) -> Option<(&'r Coming, &'s Pod)> {
    let coming = run.coming.as_ref()?;
    Some((coming, seen.pods.get(coming.at)?.as_ref()?))
}

/// The pod that is waited for until it is ready: the one that was deleted, or else the first that is not ready.
fn unready(seen: &Seen, run: &Run) -> Option<Wait> {
    let why = |pod: &Option<Pod>| match pod {
        None => Some("there is no pod".to_owned()),
        Some(pod) => match &pod.state {
            State::Ready => None,
            State::NotReady(why) | State::Idle(why) => Some(format!("pod {} is not ready: {why}", pod.name)),
            State::Ends => Some(format!("pod {} stops", pod.name)),
        },
    };
    let coming = run.coming.as_ref().map(|coming| coming.at);
    let all = coming.into_iter().chain(0..seen.pods.len());
    let (at, why) = all.filter_map(|at| Some((at, why(seen.pods.get(at)?)?))).next()?;
    // Nobody has made such a pod anew: whether it will ever be ready, nobody knows.
    let is_old = |pod: &Pod| pod.state != State::Ends && is_old(pod, seen);
    let is_left = coming != Some(at) && !run.has_deleted && seen.pods[at].as_ref().is_some_and(is_old);
    let stage = if is_left { Stage::Serves } else { Stage::Ready };
    Some(Wait {
        at: Some(at),
        stage,
        why,
    })
}

/// The pod that alone is not ready, if it is old and has never run: an image that could not be had, for example. Nothing stops when
/// it is deleted. A pod that was made anew of the same template as before would come back alike.
fn idle(seen: &Seen, run: &Run) -> Option<usize> {
    let is_ready = |pod: &Option<Pod>| pod.as_ref().is_some_and(|pod| pod.state == State::Ready);
    let mut unready = seen.pods.iter().enumerate().filter(|(_, pod)| !is_ready(pod));
    let (Some((at, Some(pod))), None) = (unready.next(), unready.next()) else {
        return None;
    };
    // The pod that this run deleted last comes first, unless it is this one, and the template was changed since.
    let is_changed = |deleted: &Deleted| Some(&deleted.newest) != seen.revision.as_ref();
    let is_its_turn = run.coming.as_ref().is_none_or(|coming| {
        let deleted = coming.deleted.as_ref();
        coming.at == at && deleted.is_none_or(is_changed)
    });
    let is_wanted = old(seen, run.only.as_ref()).any(|(old, _)| old == at);
    (matches!(pod.state, State::Idle(_)) && is_wanted && is_its_turn).then_some(at)
}

#[cfg(test)]
mod tests;
