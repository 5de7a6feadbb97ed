//! What the log says of hosts that leave: a line when something new happens, and now and then how far it has come.

use std::time::{Duration, Instant};

use super::log::Log;
use crate::plan::Departing;

/// The pause between two lines about the same hosts.
const PAUSE: Duration = Duration::from_secs(30);

/// What was told last, and when.
#[derive(Default)]
pub struct Told {
    last: Vec<Departing>,
    at: Option<Instant>,
}

impl Told {
    /// Logs what is new; mere progress only after a pause.
    pub fn tell(&mut self, now: &[Departing], log: &Log) {
        for departing in self.news(now, Instant::now()) {
            log.say("leaving", &departing.to_string());
        }
    }

    fn news(&mut self, now: &[Departing], time: Instant) -> Vec<Departing> {
        let is_time = self.at.is_none_or(|at| time.duration_since(at) >= PAUSE);
        let is_known = |departing: &&Departing| {
            let mut last = self.last.iter();
            last.any(|last| last == *departing || (last.what == departing.what && !is_time))
        };
        let news: Vec<Departing> = now.iter().filter(|departing| !is_known(departing)).cloned().collect();
        let is_gone = |last: &Departing| now.iter().all(|departing| departing.what != last.what);
        if !news.is_empty() {
            self.at = Some(time);
            self.last = now.to_vec();
        } else if self.last.iter().any(is_gone) {
            self.last = now.to_vec();
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_told_at_once_and_progress_after_a_pause() {
        let departing = |what: &str, progress: &str| Departing {
            what: what.to_owned(),
            progress: progress.to_owned(),
        };
        let (mut told, begun) = (Told::default(), Instant::now());
        let mut news = |now: &[Departing], after: Duration| told.news(now, begun + after).len();
        assert_eq!(news(&[departing("a is leaving", "1")], Duration::ZERO), 1);
        assert_eq!(news(&[departing("a is leaving", "2")], PAUSE / 2), 0);
        assert_eq!(news(&[departing("a is leaving", "3")], PAUSE), 1);
        assert_eq!(news(&[departing("a is leaving", "3")], PAUSE * 3), 0);
        assert_eq!(news(&[departing("a has left", "")], PAUSE * 3), 1);
        assert_eq!(news(&[], PAUSE * 4), 0);
        assert_eq!(news(&[departing("a has left", "")], PAUSE * 4), 1);
    }
}
