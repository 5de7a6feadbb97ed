//! One run of `kubernetes update`: looks, does what is next, and tells what happens.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::waits::Waits;
use super::{Target, look, reason, title, words};
use crate::cli::{Global, OutputFormat};
use crate::commands::cluster::blocking;
use crate::commands::{agreement, plan};
use crate::converge::consent::{self, Agreed, Consent, Dangers};
use crate::events::{Event, Events};
use crate::execute::Stop;
use crate::inventory::HostName;
use crate::kubernetes::pods::update::{Coming, Deleted, Next, Run, Stage, Wait, coming_back, next, old};
use crate::kubernetes::pods::{Answer, Pod, Seen};
use crate::output;

/// The pause before another look.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a pod may take to answer: longer than its own questions to Gluster may take.
const ANSWER: Duration = Duration::from_secs(300);

/// A run.
pub(super) struct Update<'u> {
    global: &'u Global,
    target: &'u Target<'u>,
    events: Events,
    stop: Stop,
    waits: Waits,
    /// The step that goes on.
    step: Option<Open>,
    /// Whether this run has deleted a pod that is not ready and healed again: it is waited for, also by a run that was asked to
    /// stop.
    is_awaited: bool,
    /// How many pods were deleted, and are healed.
    done: usize,
}

/// A step that goes on.
struct Open {
    host: HostName,
    title: String,
    command: String,
    output: String,
    begun: Instant,
}

impl<'u> Update<'u> {
    pub(super) fn new(global: &'u Global, target: &'u Target<'u>, events: Events, stop: Stop) -> Self {
        Update {
            global,
            target,
            events,
            stop,
            waits: Waits::of(target.options),
            step: None,
            is_awaited: false,
            done: 0,
        }
    }

    /// How many pods were deleted, and are healed.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Everything, to the end; returns what was seen last.
    pub(super) async fn all(&mut self) -> Result<Seen, Vec<String>> {
        let mut seen = self.look().await.map_err(|error| vec![error])?;
        let mut run = Run {
            only: self.target.only.clone(),
            coming: coming_back(&seen),
            ..Run::default()
        };
        // The plan is made once it is known which template is the newest.
        while seen.revision.is_none() {
            self.step(&mut run, &seen)
                .await
                .map_err(|errors| self.stopped(errors, &seen, &run))?;
            seen = self.look().await.map_err(|error| vec![error])?;
            run.coming = coming_back(&seen);
        }
        run.only = self.agree(&seen).await.map_err(|error| vec![error])?;
        if let Some(coming) = &run.coming {
            let title = "wait until the pod is ready and healed";
            self.begin(
                coming.at,
                title.to_owned(),
                "somebody deleted it, or an earlier run did".to_owned(),
                String::new(),
            );
        }
        loop {
            let goes_on = self.step(&mut run, &seen).await;
            match goes_on.map_err(|errors| self.stopped(errors, &seen, &run))? {
                true => {}
                false => return Ok(seen),
            }
            match self.look().await {
                Ok(now) => seen = now,
                // The pod comes back whether anybody looks or not.
                Err(error) if run.coming.is_some() => {
                    let at = run.coming.as_ref().map(|coming| coming.at);
                    let wait = Wait {
                        at,
                        stage: Stage::Ready,
                        why: error,
                    };
                    let waited = self.wait(&wait).await;
                    waited.map_err(|errors| self.stopped(errors, &seen, &run))?;
                }
                Err(error) => return Err(self.stopped(vec![error], &seen, &run)),
            }
        }
    }

    /// Gets consent to delete the old pods; returns the members that it is for, none of all.
    async fn agree(&self, seen: &Seen) -> Result<Option<BTreeSet<usize>>, String> {
        let planned = self.target.planned(seen);
        self.events.send(Event::Planned {
            steps: planned.steps.len(),
            problems: Vec::new(),
            waiting: Vec::new(),
            limit: None,
        });
        // The disks of a lab are no disks of these pods.
        let global = Global {
            lab: None,
            ..self.global.clone()
        };
        let (consent, dangers) = (agreement::by_yes(&global), Dangers::of(&planned));
        let is_shown = !matches!(consent, Consent::Ask(_)) && self.global.output == OutputFormat::Table;
        if is_shown && !planned.steps.is_empty() && !self.global.quiet {
            output::stderr(&plan::steps(&planned));
        }
        if matches!(consent, Consent::Missing) && !dangers.is_empty() {
            return Err(format!(
                "this run {dangers}, one after the other, and nobody agreed to that\nlook with --preview, then add --yes"
            ));
        }
        let only = self.target.only.as_ref();
        Ok(match consent::get(consent, &planned, &self.events, &self.stop).await? {
            Agreed::Everything => only.cloned(),
            // Pods that are old only once the template has changed again were not shown.
            Agreed::To(_) => Some(old(seen, only).map(|(at, _)| at).collect()),
        })
    }

    /// Does what is next; false if nothing is left to do.
    async fn step(&mut self, run: &mut Run, seen: &Seen) -> Result<bool, Vec<String>> {
        let what = next(seen, run);
        run.answer = None;
        if let (Some(reason), false) = (self.stop.reason(), self.is_awaited)
            && what != Next::Done
        {
            return Err(vec![format!("stopped: {reason}")]);
        }
        let pod = |at: usize| seen.pods.get(at).and_then(Option::as_ref);
        match what {
            Next::Done => return Ok(false),
            Next::Ask(at) => {
                if let Some(pod) = pod(at) {
                    run.answer = Some((pod.uid.clone(), self.ask(pod).await));
                }
            }
            Next::Delete(at) => {
                if let (Some(pod), Some(newest)) = (pod(at), &seen.revision) {
                    self.delete(at, pod, newest).await?;
                    run.has_deleted = true;
                    run.coming = Some(Coming {
                        at,
                        deleted: Some(Deleted {
                            uid: pod.uid.clone(),
                            newest: newest.clone(),
                        }),
                    });
                }
            }
            Next::Healed(_) => {
                self.waits.clear();
                self.end(None);
                self.done += usize::from(std::mem::take(&mut self.is_awaited));
                run.coming = None;
            }
            Next::Wait(wait) => self.wait(&wait).await?,
            Next::TooOld(at) | Next::MadeAlike(at) => {
                let pod = pod(at).map_or("POD", |pod| pod.name.as_str());
                let why = match what {
                    Next::TooOld(_) => words::too_old(&self.target.workload, self.target.host(at), pod),
                    _ => words::made_alike(&self.target.workload, self.target.host(at), pod),
                };
                return Err(vec![why]);
            }
        }
        Ok(true)
    }

    async fn look(&self) -> Result<Seen, String> {
        let (kubectl, workload) = (self.target.kubectl.clone(), self.target.workload.clone());
        let seen = blocking(move || look(&kubectl, &workload)).await;
        seen.map_err(|error| format!("{error:#}"))
    }

    async fn ask(&self, pod: &Pod) -> Answer {
        let (kubectl, workload, name) = (
            self.target.kubectl.clone(),
            self.target.workload.clone(),
            pod.name.clone(),
        );
        let answer = timeout(ANSWER, blocking(move || kubectl.ok_to_stop(&workload, &name))).await;
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::Silent(format!("{error:#}")),
            Err(_) => {
                let limit = humantime::format_duration(ANSWER);
                Answer::Silent(format!("pod {} did not answer within {limit}", pod.name))
            }
        }
    }

    async fn delete(&mut self, at: usize, pod: &Pod, newest: &str) -> Result<(), Vec<String>> {
        self.end(Some("the template was changed meanwhile".to_owned()));
        self.begin(
            at,
            title(pod),
            reason(pod, newest),
            self.target.kubectl.deletion(&self.target.workload, &pod.name),
        );
        self.waits.clear();
        let (kubectl, workload, name) = (
            self.target.kubectl.clone(),
            self.target.workload.clone(),
            pod.name.clone(),
        );
        let output = blocking(move || kubectl.delete_pod(&workload, &name)).await;
        let output = output.map_err(|error| vec![format!("{}: {error:#}", self.target.host(at))])?;
        self.is_awaited = true;
        if let Some(step) = &mut self.step {
            step.output = output;
        }
        Ok(())
    }

    /// Tells what is waited for, and waits for a while.
    async fn wait(&mut self, wait: &Wait) -> Result<(), Vec<String>> {
        let host = wait.at.map(|at| self.target.host(at).clone());
        let is_news = self.waits.begin(wait);
        if let Some(limit) = self.waits.out_of(wait) {
            return Err(words::too_long(&self.target.workload, wait, limit));
        }
        match (&self.step, &host) {
            (Some(step), _) => self.events.send(Event::Progress {
                host: step.host.clone(),
                step: step.title.clone(),
                what: wait.why.clone(),
                done: None,
                total: None,
            }),
            (None, Some(host)) if is_news => self.events.send(Event::Waiting {
                host: host.clone(),
                why: wait.why.clone(),
            }),
            (None, _) => {}
        }
        match self.is_awaited {
            true => sleep(PAUSE).await,
            false => tokio::select! {
                () = sleep(PAUSE) => {}
                _ = self.stop.asked() => {}
            },
        }
        Ok(())
    }

    fn begin(&mut self, at: usize, title: String, reason: String, command: String) {
        let host = self.target.host(at).clone();
        self.events.send(Event::Started {
            host: host.clone(),
            step: title.clone(),
            reason,
        });
        self.step = Some(Open {
            host,
            title,
            command,
            output: String::new(),
            begun: Instant::now(),
        });
    }

    fn end(&mut self, error: Option<String>) {
        let Some(step) = self.step.take() else { return };
        self.events.send(Event::Ended {
            host: step.host,
            step: step.title,
            seconds: step.begun.elapsed().as_secs_f64(),
            status: Some(i32::from(error.is_some())),
            error,
            command: step.command,
            output: step.output,
        });
    }

    /// The errors, and how far the run has come.
    fn stopped(&mut self, mut errors: Vec<String>, seen: &Seen, run: &Run) -> Vec<String> {
        self.end(Some(errors.join("\n")));
        let coming = run.coming.as_ref().map(|coming| coming.at);
        let left = old(seen, run.only.as_ref())
            .map(|(at, _)| at)
            .filter(|at| Some(*at) != coming);
        let left: Vec<&str> = left.map(|at| self.target.host(at).as_str()).collect();
        let coming = coming.map(|at| self.target.host(at));
        errors.push(words::stopped(self.done, coming, &left));
        errors
    }

    /// Tells that the run is over.
    pub(super) fn finish(&self, result: &Result<Seen, Vec<String>>, seconds: f64) {
        self.events.send(Event::Finished {
            done: result.is_ok(),
            changed: self.done,
            errors: result.as_ref().err().cloned().unwrap_or_default(),
            seconds,
        });
    }
}
