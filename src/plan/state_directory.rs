//! Where a supervised host keeps glusterd's state. Nothing is known of glusterd, and glusterd is not started, before the
//! state is in its place: a glusterd without its state would be another peer. Pure.

use super::ownership::Refused;
use super::steps::{Draft, Planner};
use crate::desired::DesiredHost;
use crate::facts::HostFacts;
use crate::scripts;

/// Whether nothing is known of glusterd yet, because its state is not in its place.
pub fn is_missing(observed: &HostFacts) -> bool {
    let state = observed.supervised.as_ref().and_then(|host| host.state.as_ref());
    state.is_some_and(|state| !state.bound)
}

/// Puts the state into its place; false if the state is not there yet.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) -> bool {
    let Some(state) = observed
        .supervised
        .as_ref()
        .and_then(|host| host.state.as_ref())
        .filter(|state| !state.bound)
    else {
        return true;
    };
    let is_below = |mount: &str| state.path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/'));
    let brick = host.bricks.iter().find(|brick| is_below(&brick.mount));
    // Why there is no such brick is told already.
    if brick.is_some_and(|brick| refused.contains(&brick.device.name)) {
        return false;
    }
    let command = scripts::STATE_DIRECTORY.with(&[
        ("directory", &state.path),
        ("target", brick.map_or("", |brick| brick.mount.as_str())),
        ("uuid", brick.map_or("-", |brick| brick.identity())),
    ]);
    let title = format!("bind {} over /var/lib/glusterd", state.path);
    let reason = "glusterd's state is kept there";
    planner.prepare(host.host, Draft::new(title, reason, command));
    false
}
