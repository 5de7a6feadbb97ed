//! Work whose beginning was taken back begins anew, a few times in a run. Pure.

use crate::plan::ATTEMPTS;

/// The attempts of a run so far.
#[derive(Debug, Default)]
pub struct Attempts {
    taken_back: usize,
}

impl Attempts {
    /// Why a round failed: steps that failed, and steps that took the beginning of work back, if the work does not begin anew in
    /// this run.
    pub fn failures(&mut self, mut failed: Vec<String>, anew: Vec<String>) -> Vec<String> {
        if anew.is_empty() {
            return failed;
        }
        self.taken_back += 1;
        if !failed.is_empty() || self.taken_back >= ATTEMPTS {
            let attempt = self.taken_back;
            let last = |why| {
                format!("{why}\nthat was attempt {attempt} of this run; glusterctl apply, run again, begins anew")
            };
            failed.extend(anew.into_iter().map(last));
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(attempts: &mut Attempts, failed: &[&str]) -> Vec<String> {
        let failed = failed.iter().map(ToString::to_string).collect();
        attempts.failures(failed, vec!["the brick holds a file".into()])
    }

    #[test]
    fn work_that_was_taken_back_is_a_failure_the_third_time() {
        let mut attempts = Attempts::default();
        assert_eq!(told(&mut attempts, &[]), [""; 0]);
        assert_eq!(attempts.failures(Vec::new(), Vec::new()), [""; 0]);
        assert_eq!(told(&mut attempts, &[]), [""; 0]);
        let third = told(&mut attempts, &[]);
        assert!(
            third.len() == 1 && third[0].starts_with("the brick holds a file\nthat was attempt 3 of this run"),
            "{third:?}"
        );
    }

    #[test]
    fn no_other_attempt_follows_another_failure() {
        let told = told(&mut Attempts::default(), &["kube2: unreachable"]);
        assert_eq!(told.len(), 2, "{told:?}");
    }
}
