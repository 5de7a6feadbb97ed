//! Consent to a plan's dangers: a person is asked once, or agreed beforehand; without consent nothing is done.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use crate::events::{Event, Events};
use crate::execute::Stop;
use crate::inventory::HostName;
use crate::plan::{Danger, Plan};

/// How a run gets consent to a plan's dangers.
#[derive(Debug, Clone)]
pub enum Consent {
    /// Whoever started the run agreed to everything beforehand.
    Given,
    /// The inventory is the consent, and nobody watches: what needs a person is not done.
    Unattended,
    /// A person is asked.
    Ask(Person),
    /// Nobody agreed, and nobody can be asked.
    Missing,
    /// A name has to be given, whatever the plan does.
    Named(Naming),
}

/// How a name is asked for.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The name.
    pub name: String,
    /// Writes the question about a plan with these dangers.
    pub question: fn(&Plan, &Dangers) -> String,
    /// Waits for the answer; without a terminal, nobody can answer.
    pub answer: Option<fn() -> String>,
}

/// How a person is asked.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Writes the question about a plan with these dangers.
    pub question: fn(&Plan, &Dangers) -> String,
    /// Waits for the answer, and says whether the answer was yes.
    pub answer: fn() -> bool,
}

/// The dangers of a plan, each with the host of its step. The text is a list of what the plan does, for example
/// `formats kube1:/dev/vdb`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dangers(BTreeSet<(HostName, Danger)>);

impl Dangers {
    /// The dangers of this plan's steps.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let dangerous = plan.steps.iter().filter(|step| step.danger != Danger::Safe);
        Dangers(dangerous.map(|step| (step.host.clone(), step.danger.clone())).collect())
    }

    /// Whether the plan has no dangers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Dangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut acts: Vec<(&str, Vec<String>)> = Vec::new();
        for (host, danger) in &self.0 {
            let (act, new) = match danger {
                Danger::Safe => continue,
                Danger::Formats { device } => ("formats", vec![format!("{host}:{device}")]),
                Danger::TakesRedundancy { volume } => ("takes redundancy from", vec![format!("volume {volume}")]),
                Danger::StopsBricks => ("stops the bricks of", vec![format!("host {host}")]),
                Danger::Reboots => ("reboots", vec![format!("host {host}")]),
                Danger::MovesHosts { hosts } => ("moves", hosts.iter().map(moved).collect()),
                Danger::DetachesHost { host } => ("detaches", vec![format!("host {host}")]),
                Danger::Restores { what, snapshot } => (
                    "overwrites or removes what is newer than a snapshot:",
                    vec![format!("{what} goes back to {snapshot}")],
                ),
                Danger::Deletes { what } => ("deletes", vec![what.clone()]),
            };
            let at = acts.iter().position(|(known, _)| *known == act).unwrap_or_else(|| {
                acts.push((act, Vec::new()));
                acts.len() - 1
            });
            let objects = &mut acts[at].1;
            objects.extend(
                new.into_iter()
                    .filter(|object| !objects.contains(object))
                    .collect::<Vec<_>>(),
            );
        }
        let acts = acts
            .iter()
            .map(|(act, objects)| format!("{act} {}", objects.join(", ")));
        f.write_str(&acts.collect::<Vec<_>>().join("; "))
    }
}

fn moved((host, from, to): &(HostName, IpAddr, IpAddr)) -> String {
    format!("host {host} from {from} to {to}")
}

/// What somebody agreed to, for all rounds of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreed {
    /// Every danger.
    Everything,
    /// Exactly the dangers that were shown.
    To(Dangers),
}

impl Agreed {
    /// Why a plan must not run, if the plan has a danger that nobody agreed to.
    #[must_use]
    pub fn refusal(&self, plan: &Plan) -> Option<String> {
        let Agreed::To(agreed) = self else { return None };
        let more = Dangers(Dangers::of(plan).0.difference(&agreed.0).cloned().collect());
        (!more.is_empty())
            .then(|| format!("this run {more}, and nobody agreed to that\nlook at glusterctl plan, then add --yes"))
    }
}

/// Gets consent to the dangers of a plan. Nobody is asked about a plan without dangers.
///
/// # Errors
/// There is no consent.
pub async fn get(consent: Consent, plan: &Plan, events: &Events, stop: &Stop) -> Result<Agreed, String> {
    let dangers = Dangers::of(plan);
    let person = match consent {
        Consent::Given | Consent::Unattended => return Ok(Agreed::Everything),
        Consent::Named(naming) => return named(naming, plan, dangers, events, stop).await,
        Consent::Ask(person) if !dangers.is_empty() => person,
        Consent::Ask(_) | Consent::Missing => {
            let agreed = Agreed::To(Dangers::default());
            return agreed.refusal(plan).map_or(Ok(agreed), Err);
        }
    };
    let question = (person.question)(plan, &dangers);
    match asked(question, person.answer, events, stop).await? {
        Some(true) => Ok(Agreed::To(dangers)),
        _ => Err("nothing was changed: the answer was not yes".to_owned()),
    }
}

/// Gets consent by a name.
async fn named(naming: Naming, plan: &Plan, dangers: Dangers, events: &Events, stop: &Stop) -> Result<Agreed, String> {
    if plan.steps.is_empty() {
        return Ok(Agreed::To(dangers));
    }
    let question = (naming.question)(plan, &dangers);
    let Some(answer) = naming.answer else {
        events.send(Event::Asking { question });
        return Err(format!(
            "nothing was changed, because nobody can be asked without a terminal\nto agree to the plan, add --confirm {} \
             (--yes is not enough)",
            naming.name
        ));
    };
    match asked(question, answer, events, stop).await? {
        Some(answer) if answer == naming.name => Ok(Agreed::To(dangers)),
        _ => Err(format!("nothing was changed: the answer was not {}", naming.name)),
    }
}

/// Asks a person; no answer if the terminal is gone.
async fn asked<T: Send + 'static>(
    question: String,
    answer: fn() -> T,
    events: &Events,
    stop: &Stop,
) -> Result<Option<T>, String> {
    // The reader of events that owns the terminal shows the question: a spinner would draw over the text.
    events.send(Event::Asking { question });
    let _rest = stop.rest();
    tokio::select! {
        answer = tokio::task::spawn_blocking(answer) => Ok(answer.ok()),
        reason = stop.asked() => Err(format!("stopped: {reason}; nothing was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{DevicePath, SnapshotName, VolumeName};
    use crate::plan::Step;

    fn formats(device: &str) -> Danger {
        let device = DevicePath::parse(device).unwrap();
        Danger::Formats { device }
    }

    fn takes(volume: &str) -> Danger {
        let volume = VolumeName::parse(volume).unwrap();
        Danger::TakesRedundancy { volume }
    }

    fn moves(host: &str) -> Danger {
        let [from, to] = [IpAddr::from([198, 51, 100, 12]), IpAddr::from([198, 51, 100, 22])];
        Danger::MovesHosts {
            hosts: BTreeSet::from([(HostName::parse(host).unwrap(), from, to)]),
        }
    }

    fn plan(steps: &[(&str, Danger)]) -> Plan {
        let step = |(host, danger): &(&str, Danger)| Step {
            danger: danger.clone(),
            ..Step::made_up(host, "t")
        };
        Plan {
            steps: steps.iter().map(step).collect(),
            ..Plan::default()
        }
    }

    #[test]
    fn each_danger_is_said_in_its_own_words() {
        let host = HostName::parse("kube3").unwrap();
        let what = "volume gv1".to_owned();
        let restores = Danger::Restores {
            what: "/a of volume gv0".to_owned(),
            snapshot: SnapshotName::parse("s1").unwrap(),
        };
        for (danger, words) in [
            (Danger::Safe, ""),
            (formats("/dev/vdb"), "formats kube1:/dev/vdb"),
            (takes("gv0"), "takes redundancy from volume gv0"),
            (Danger::StopsBricks, "stops the bricks of host kube1"),
            (Danger::Reboots, "reboots host kube1"),
            (moves("kube2"), "moves host kube2 from 198.51.100.12 to 198.51.100.22"),
            (Danger::DetachesHost { host }, "detaches host kube3"),
            (Danger::Deletes { what }, "deletes volume gv1"),
            (
                restores,
                "overwrites or removes what is newer than a snapshot: /a of volume gv0 goes back to s1",
            ),
        ] {
            assert_eq!(Dangers::of(&plan(&[("kube1", danger)])).to_string(), words);
        }
        let many = plan(&[
            ("kube1", formats("/dev/vdb")),
            ("kube1", takes("gv0")),
            ("kube2", formats("/dev/vdb")),
            ("kube2", takes("gv0")),
        ]);
        assert_eq!(
            Dangers::of(&many).to_string(),
            "formats kube1:/dev/vdb, kube2:/dev/vdb; takes redundancy from volume gv0"
        );
    }

    #[test]
    fn an_answer_is_for_exactly_what_was_shown() {
        let shown = plan(&[("kube1", formats("/dev/vdb"))]);
        let agreed = Agreed::To(Dangers::of(&shown));
        assert_eq!(agreed.refusal(&shown), None);
        assert_eq!(agreed.refusal(&plan(&[])), None);
        for more in [
            ("kube2", formats("/dev/vdb")),
            ("kube1", formats("/dev/vdc")),
            ("kube1", takes("gv0")),
        ] {
            let more = plan(&[("kube1", formats("/dev/vdb")), more]);
            let refusal = agreed.refusal(&more).expect("nobody agreed to the second step");
            assert!(!refusal.contains("kube1:/dev/vdb"), "{refusal}");
            assert_eq!(Agreed::Everything.refusal(&more), None);
        }
    }

    /// Asks about a plan, with this consent.
    fn got(consent: Consent, plan: &Plan) -> Result<Agreed, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (events, _reading) = crate::events::read(|_| {});
            get(consent, plan, &events, &Stop::new()).await
        })
    }

    #[test]
    fn only_a_person_who_says_yes_or_a_consent_beforehand_lets_a_dangerous_plan_run() {
        let question: fn(&Plan, &Dangers) -> String = |_, dangers| dangers.to_string();
        let ask = |answer| Consent::Ask(Person { question, answer });
        let dangerous = plan(&[("kube1", formats("/dev/vdb"))]);
        assert_eq!(got(Consent::Given, &dangerous), Ok(Agreed::Everything));
        assert_eq!(got(ask(|| true), &dangerous), Ok(Agreed::To(Dangers::of(&dangerous))));
        assert!(got(ask(|| false), &dangerous).unwrap_err().contains("was not yes"));
        assert!(got(Consent::Missing, &dangerous).unwrap_err().contains("--yes"));
        let name = |answer| {
            Consent::Named(Naming {
                name: "kube".to_owned(),
                question,
                answer,
            })
        };
        let agreed = Ok(Agreed::To(Dangers::of(&dangerous)));
        assert_eq!(got(name(Some(|| "kube".to_owned())), &dangerous), agreed);
        let refusal = got(name(Some(|| "yes".to_owned())), &dangerous).unwrap_err();
        assert_eq!(refusal, "nothing was changed: the answer was not kube");
        assert!(got(name(None), &dangerous).unwrap_err().contains("--confirm kube"));
        assert!(got(name(None), &Plan::default()).is_ok());
        let safe = plan(&[("kube1", Danger::Safe)]);
        assert!(got(name(None), &safe).is_err(), "what is safe is asked about, too");
        for consent in [ask(|| panic!("nobody is asked")), Consent::Missing] {
            assert_eq!(got(consent, &safe), Ok(Agreed::To(Dangers::default())));
        }
    }
}
