//! The lines of a terminal that say what hosts do now: a line for each host, as far as a screen has lines.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::inventory::HostName;
use crate::scale::HOSTS_ON_SCREEN;
use crate::text::printable;

const TICK: Duration = Duration::from_millis(120);

/// The lines that are on the screen now: whatever else is written goes above them.
static SHOWN: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Writes something above the lines on the screen, if there are any.
pub fn above(write: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(all) => all.suspend(write),
        None => write(),
    }
}

/// The lines on the screen.
pub struct Spinners {
    all: MultiProgress,
    lines: Vec<ProgressBar>,
    slots: Slots,
    /// The line that counts the hosts without a line.
    rest: Option<ProgressBar>,
}

impl Spinners {
    pub fn new() -> Self {
        let all = MultiProgress::new();
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(all.clone());
        Spinners {
            all,
            lines: Vec::new(),
            slots: Slots::default(),
            rest: None,
        }
    }

    /// Shows what a host does now, if the host has a line or gets one.
    pub fn busy(&mut self, host: &HostName, what: &str) {
        if let Some(at) = self.slots.busy(host) {
            if at == self.lines.len() {
                self.lines.push(turning(self.all.insert(at, line())));
            }
            self.lines[at].set_prefix(host.to_string());
            self.lines[at].set_message(printable(what));
        }
        self.count();
    }

    /// The host waits: another host may take its line.
    pub fn idle(&mut self, host: &HostName) {
        if let Some(at) = self.slots.idle(host) {
            self.lines[at].set_message("waiting");
        }
        self.count();
    }

    /// Shows how many hosts have no line.
    fn count(&mut self) {
        match (self.slots.hidden.len(), self.rest.take()) {
            (0, None) => {}
            (0, Some(rest)) => rest.finish_and_clear(),
            (hidden, rest) => {
                let rest = rest.unwrap_or_else(|| turning(self.all.add(line())));
                rest.set_message(format!("more hosts at work: {hidden}"));
                self.rest = Some(rest);
            }
        }
    }

    /// Removes the lines; what was written above them stays.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.rest = None;
        self.slots = Slots::default();
        let _ = self.all.clear();
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn line() -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner
}

/// A line that turns. Only a line that is among the others may turn: alone, it would draw itself at once, and stay.
fn turning(line: ProgressBar) -> ProgressBar {
    line.enable_steady_tick(TICK);
    line
}

/// Which host has which line. Pure.
#[derive(Debug, Default)]
struct Slots {
    /// The host of each line, and whether the host is busy.
    lines: Vec<(HostName, bool)>,
    /// The busy hosts without a line.
    hidden: BTreeSet<HostName>,
}

impl Slots {
    /// The line of a host that is busy: its own, a new one, or that of a host that waits; none if every line is taken.
    fn busy(&mut self, host: &HostName) -> Option<usize> {
        let own = self.lines.iter().position(|(name, _)| name == host);
        let new = (self.lines.len() < HOSTS_ON_SCREEN).then_some(self.lines.len());
        let idle = || self.lines.iter().position(|(_, busy)| !busy);
        let Some(at) = own.or(new).or_else(idle) else {
            self.hidden.insert(host.clone());
            return None;
        };
        self.hidden.remove(host);
        let line = (host.clone(), true);
        match self.lines.get_mut(at) {
            Some(taken) => *taken = line,
            None => self.lines.push(line),
        }
        Some(at)
    }

    /// The line of a host that waits now, if the host has one.
    fn idle(&mut self, host: &HostName) -> Option<usize> {
        self.hidden.remove(host);
        let at = self.lines.iter().position(|(name, _)| name == host)?;
        self.lines[at].1 = false;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_has_lines_for_some_hosts_and_counts_the_others() {
        let host = |number: usize| HostName::parse(&format!("kube{number}")).unwrap();
        let mut slots = Slots::default();
        for number in 0..HOSTS_ON_SCREEN {
            assert_eq!(slots.busy(&host(number)), Some(number));
        }
        let (more, waits) = (host(HOSTS_ON_SCREEN), host(3));
        assert_eq!((slots.busy(&more), slots.hidden.len()), (None, 1));
        assert_eq!(slots.busy(&waits), Some(3));
        assert_eq!(slots.idle(&waits), Some(3));
        assert_eq!((slots.busy(&more), slots.hidden.len()), (Some(3), 0));
        assert_eq!((slots.idle(&waits), slots.busy(&waits)), (None, None));
    }
}
