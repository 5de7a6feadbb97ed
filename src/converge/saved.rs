//! Saved plans: the plan that was shown is run exactly as it was shown, or nothing is run.

use serde::{Deserialize, Serialize};

use crate::plan::{Limited, Plan, Problem, Step, Waiting};

/// The version of the format: in version 2, steps have a `danger`, where version 1 had `formats`.
const VERSION: u32 = 2;

/// The JSON of a plan, for programs and for files: a stable interface.
#[derive(Debug, Serialize)]
pub struct Saved<'p> {
    version: u32,
    steps: &'p [Step],
    problems: &'p [Problem],
    waiting: &'p [Waiting],
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'p Limited>,
}

impl<'p> Saved<'p> {
    /// The JSON of this plan.
    #[must_use]
    pub fn of(plan: &'p Plan) -> Self {
        Saved {
            version: VERSION,
            steps: &plan.steps,
            problems: &plan.problems,
            waiting: &plan.waiting,
            run: plan.run.as_deref(),
            limit: plan.limit.as_ref(),
        }
    }
}

/// The part that every version of a saved plan has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Reads a saved plan from its JSON.
///
/// # Errors
/// The text is no saved plan of this version: a sentence whose subject is the file, and what to do.
pub fn read(text: &str) -> Result<Plan, String> {
    let no_plan =
        |error: serde_json::Error| format!("is no saved plan: {error}\nmake a plan with: glusterctl plan --out FILE");
    // The version is read first: this program may not understand the rest of another version.
    let Version { version } = serde_json::from_str(text).map_err(no_plan)?;
    if version != VERSION {
        return Err(format!(
            "is a plan of version {version}, and this program knows version {VERSION}\n\
             make another plan with: glusterctl plan --out FILE"
        ));
    }
    serde_json::from_str(text).map_err(no_plan)
}

/// Whether two steps do the same on the same host. Their reasons, needs and time limits may differ.
pub(super) fn same(one: &Step, other: &Step) -> bool {
    (&one.host, &one.title, &one.command) == (&other.host, &other.title, &other.command)
        && (&one.danger, &one.success) == (&other.danger, &other.success)
}

/// How the current plan differs from the saved plan, as an error; none if both are the same.
#[must_use]
pub fn changes(saved: &Plan, now: &Plan) -> Option<String> {
    // What the limit leaves out is not run, whatever became of it.
    let [saved, now] = &[saved, now].map(|plan| Plan {
        limit: plan.limit.as_ref().map(|limit| Limited::to(&limit.hosts)),
        ..plan.clone()
    });
    if saved == now {
        return None;
    }
    let mut lines = vec!["the hosts are not as they were when the plan was made; nothing was done".to_owned()];
    let list = |lines: &mut Vec<String>, sign: &str, steps: &[Step], others: &[Step]| {
        for step in steps
            .iter()
            .filter(|step| !others.iter().any(|other| same(step, other)))
        {
            lines.push(format!("  {sign} {}: {} ({})", step.host, step.title, step.reason));
        }
    };
    list(&mut lines, "no longer:", &saved.steps, &now.steps);
    list(&mut lines, "now also:", &now.steps, &saved.steps);
    for problem in now.problems.iter().filter(|problem| !saved.problems.contains(problem)) {
        lines.push(format!(
            "  now in the way: {}",
            problem.message().replace('\n', "\n    ")
        ));
    }
    for waiting in now.waiting.iter().filter(|waiting| !saved.waiting.contains(waiting)) {
        lines.push(format!("  now waiting: {} until {}", waiting.what, waiting.until));
    }
    if lines.len() == 1 {
        lines.push("  the same steps, for other reasons or in another order".to_owned());
    }
    lines.push("make another plan".to_owned());
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{DevicePath, HostName};
    use crate::plan::Danger;

    fn plan(titles: &[&str]) -> Plan {
        Plan {
            steps: titles.iter().map(|title| Step::made_up("kube1", title)).collect(),
            ..Plan::default()
        }
    }

    #[test]
    fn a_saved_plan_is_read_as_it_was_and_another_version_is_named() {
        let mut plan = plan(&["format", "mount"]);
        let device = DevicePath::parse("/dev/vdb").unwrap();
        plan.steps[0].danger = Danger::Formats { device };
        plan.run = Some("2026-11-26T12:00:00Z".to_owned());
        let text = serde_json::to_string(&Saved::of(&plan)).unwrap();
        assert!(
            text.contains(r#""danger":{"kind":"formats","device":"/dev/vdb"}"#),
            "{text}"
        );
        crate::documents::valid("plan", &serde_json::from_str(&text).unwrap());
        assert_eq!(read(&text), Ok(plan));
        let old = read(r#"{"version": 1, "steps": [{"formats": null}]}"#).unwrap_err();
        assert!(old.contains("of version 1, and this program knows version 2"), "{old}");
        assert!(read("{}").unwrap_err().contains("missing field"));
    }

    #[test]
    fn a_limit_is_saved_and_what_it_leaves_out_may_change() {
        let limited = |left: &[&str]| Plan {
            limit: Some(Limited {
                waiting: left
                    .iter()
                    .map(|what| Waiting {
                        what: (*what).to_owned(),
                        until: "u".to_owned(),
                    })
                    .collect(),
                ..Limited::to(&[HostName::parse("kube1").unwrap()].into())
            }),
            ..plan(&["format"])
        };
        let one = limited(&["the volumes"]);
        assert_eq!(read(&serde_json::to_string(&Saved::of(&one)).unwrap()), Ok(one.clone()));
        assert_eq!(changes(&one, &limited(&[])), None);
        assert!(
            changes(&one, &plan(&["format"])).is_some(),
            "without the limit it is another plan"
        );
    }

    #[test]
    fn each_change_is_named() {
        assert_eq!(changes(&plan(&["a"]), &plan(&["a"])), None);
        let changed = changes(&plan(&["a", "b"]), &plan(&["b", "c"])).unwrap();
        let lines: Vec<&str> = changed.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "  no longer: kube1: a (r)",
                "  now also: kube1: c (r)",
                "make another plan"
            ]
        );
        let turned = changes(&plan(&["a", "b"]), &plan(&["b", "a"])).unwrap();
        assert!(turned.contains("the same steps"), "{turned}");
    }
}
