//! How far long work has come, in one line: a bar, the words, and how long the rest takes. Pure but for the clock.

use std::time::{Duration, Instant};

use crate::text;

/// In a log, long work gets a line this often.
const LOG: Duration = Duration::from_secs(15);

/// The width of a bar, in characters.
const WIDTH: u64 = 20;

/// When long work was seen first, and when a log got its last line about the work.
pub struct Clock {
    /// When the work was seen first.
    pub begun: Instant,
    logged: Option<Instant>,
}

impl Default for Clock {
    fn default() -> Self {
        Clock {
            begun: Instant::now(),
            logged: None,
        }
    }
}

impl Clock {
    /// Whether it is time for another line in a log.
    pub fn is_time(&mut self) -> bool {
        let is_time = self.logged.is_none_or(|logged| logged.elapsed() >= LOG);
        if is_time {
            self.logged = Some(Instant::now());
        }
        is_time
    }
}

/// The line about work of which `parts` are the part that is done and the whole, after this time.
pub fn line(what: &str, parts: Option<(u64, u64)>, passed: Duration) -> String {
    let Some((done, total)) = parts.filter(|(_, total)| *total > 0) else {
        return what.to_owned();
    };
    let filled = (done * WIDTH / total).min(WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < filled { '#' } else { '-' }).collect();
    let percent = done * 100 / total;
    let left = match left(done, total, passed) {
        Some(left) => format!(", about {} left", text::span(left)),
        None => String::new(),
    };
    format!("[{bar}] {percent} %, {what}{left}")
}

/// How long the rest takes if the work goes on at the same pace, in whole seconds; none at the beginning and at the end.
fn left(done: u64, total: u64, passed: Duration) -> Option<u64> {
    if done == 0 || done >= total || passed < Duration::from_secs(5) {
        return None;
    }
    let seconds = passed.as_secs_f64() * (total - done) as f64 / done as f64;
    Some(seconds.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_the_part_that_is_done_and_the_time_that_is_left() {
        let line = |parts, seconds| line("30 entries are left to heal", parts, Duration::from_secs(seconds));
        assert_eq!(
            line(Some((90, 120)), 60),
            "[###############-----] 75 %, 30 entries are left to heal, about 20 s left"
        );
        assert_eq!(
            line(Some((0, 30)), 60),
            "[--------------------] 0 %, 30 entries are left to heal"
        );
        assert_eq!(line(Some((0, 0)), 60), "30 entries are left to heal");
        assert_eq!(line(None, 60), "30 entries are left to heal");
    }

    #[test]
    fn a_log_gets_a_line_now_and_then() {
        let mut clock = Clock::default();
        assert!(clock.is_time());
        assert!(!clock.is_time());
    }
}
