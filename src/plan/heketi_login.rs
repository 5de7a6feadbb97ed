//! Heketi's key on the servers: a line of `authorized_keys` that runs one script. What glusterctl authorised is noted on the
//! host. Pure.

use super::steps::{Draft, Planner};
use crate::desired::DesiredHost;
use crate::desired::heketi_login::{SCRIPT, mark};
use crate::facts::HostFacts;
use crate::scripts::{self, lines};

/// Authorises Heketi's key, and takes what was authorised before away. The script that the line names is a unit file, which
/// is written before.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    if let Some(login) = &host.heketi_login {
        let user = &login.user;
        let Some(found) = observed.heketi_logins.get(user) else {
            let what = format!("has no login {user} for Heketi");
            let remedy = "make the login, or write another one as `user` of `kubernetes: {heketi: ...}`";
            planner.problem(host.host, what, remedy);
            return;
        };
        let mark = mark(host.cluster);
        let (ours, others): (Vec<&String>, Vec<&String>) = found.iter().partition(|line| is_marked(line, &mark));
        if !others.is_empty() {
            let what = format!("has Heketi's key in the authorized_keys of {user} on a line that is not glusterctl's");
            let remedy = "remove that line: sshd takes the first line of a key, and this line may allow more";
            planner.problem(host.host, what, remedy);
        }
        if ours != [&login.line] || !is_noted(host, observed, user) {
            let reason = match ours.is_empty() {
                true => "Heketi cannot log in",
                false => "the line of authorized_keys is another one",
            };
            let command =
                scripts::HEKETI_AUTHORIZE.with(&[("user", user), ("mark", &mark), ("line", login.line.as_str())]);
            let title = format!("authorise Heketi's key for {user}, to run {SCRIPT} only");
            planner.prepare(host.host, Draft::new(title, reason, command));
        }
    }
    let former = users(host, observed);
    let former = former.filter(|user| host.heketi_login.as_ref().is_none_or(|login| login.user != *user));
    let former: Vec<&str> = former.collect();
    if let Some(draft) = dropped(host, &former, "the inventory has no such login any more") {
        planner.prepare(host.host, draft);
    }
}

/// Takes away what glusterctl authorised on a host for the cluster's Heketi.
pub fn drop(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: Vec<usize>) {
    let all: Vec<&str> = users(host, observed).collect();
    if let Some(draft) = dropped(host, &all, "glusterctl authorised it") {
        planner.push(host.host, draft, needs);
    }
}

fn is_marked(line: &str, mark: &str) -> bool {
    line.split_whitespace().next_back() == Some(mark)
}

/// The logins that glusterctl noted as authorised for the cluster's Heketi.
fn users<'f>(host: &DesiredHost, observed: &'f HostFacts) -> impl Iterator<Item = &'f str> {
    let begin = format!("heketi-login {} ", mark(host.cluster));
    let made = observed.made.iter();
    made.filter_map(move |line| line.strip_prefix(begin.as_str()))
}

fn is_noted(host: &DesiredHost, observed: &HostFacts, user: &str) -> bool {
    users(host, observed).any(|noted| noted == user)
}

fn dropped(host: &DesiredHost, users: &[&str], reason: &str) -> Option<Draft> {
    if users.is_empty() {
        return None;
    }
    let mark = mark(host.cluster);
    let values = [("users", lines(users)), ("mark", mark), ("script", SCRIPT.to_owned())];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let title = format!("take Heketi's key out of the authorized_keys of {}", users.join(", "));
    Some(Draft::new(title, reason, scripts::HEKETI_LOGIN_DROP.with(&values)))
}
