//! Whether claims are bound, and why not.

use serde_json::Value;

use super::{Live, text};
use crate::kubernetes::Manifest;

/// What a claim is waiting for, in the words of its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Bound to the persistent volume of that name.
    Bound(String),
    /// The claim is being deleted, also when it still says that it is bound.
    Terminating,
    /// Not bound: the phase of its status.
    Waiting(String),
    /// There is no such claim.
    Missing,
}

/// The state of a claim.
pub(crate) fn state(manifest: &Manifest, live: &Live) -> State {
    let Some(claim) = live.of(manifest) else {
        return State::Missing;
    };
    if claim.pointer("/metadata/deletionTimestamp").is_some() {
        return State::Terminating;
    }
    match (text(claim, "/status/phase"), text(claim, "/spec/volumeName")) {
        (Some("Bound"), Some(volume)) => State::Bound(volume.to_owned()),
        (phase, _) => State::Waiting(phase.unwrap_or("Pending").to_owned()),
    }
}

/// Why a claim is not bound: its state, and its last event.
pub(crate) fn unbound(manifest: &Manifest, state: &State, events: &Live) -> String {
    let state = match state {
        State::Bound(_) => return String::new(),
        State::Terminating => "is being deleted".to_owned(),
        State::Waiting(phase) => format!("is {phase}"),
        State::Missing => "is gone".to_owned(),
    };
    let namespace = manifest.namespace.as_deref().unwrap_or_default();
    let name = &manifest.name;
    let event = match last(events) {
        Some(event) => format!("its last event is {event}"),
        None => "it has no event".to_owned(),
    };
    format!(
        "claim {namespace}/{name} {state}: {event}; see kubectl describe persistentvolumeclaim/{name} --namespace {namespace}"
    )
}

/// The newest event, as its reason and its message.
fn last(events: &Live) -> Option<String> {
    // RFC 3339 in UTC: the order of the texts is the order of the times.
    let at = |event: &Value| {
        let seen = text(event, "/lastTimestamp").or(text(event, "/eventTime"));
        seen.or(text(event, "/metadata/creationTimestamp"))
            .unwrap_or_default()
            .to_owned()
    };
    let newest = events.0.iter().max_by_key(|event| at(event))?;
    let message = text(newest, "/message").unwrap_or_default();
    Some(format!(
        "{}: {message}",
        text(newest, "/reason").unwrap_or("without a reason")
    ))
}
