//! Who invoked a run: a user, a machine and a process, as one line that another machine can show. For locks and
//! records.

use std::path::Path;

use crate::clock::now;

/// The user, machine and process of this run, and the time.
#[must_use]
pub fn this() -> String {
    let user = std::env::var("SUDO_USER")
        .or_else(|_| std::env::var("USER"))
        .unwrap_or_else(|_| "somebody".into());
    format!("{user}{} since {}", process_here(std::process::id()), now())
}

fn process_here(process: impl std::fmt::Display) -> String {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("@{machine} (process {process})")
}

/// Whether an invoker was a process of this machine that has ended. Nothing is known about processes of other machines.
pub(super) fn is_gone(invoker: &str) -> bool {
    let Some(process) = invoker
        .split_once(" (process ")
        .and_then(|(_, rest)| rest.split(')').next()?.parse::<u32>().ok())
    else {
        return false;
    };
    invoker.contains(&process_here(process)) && !Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_known_to_be_gone() {
        assert!(!is_gone(&this()), "this process lives");
        // Greater than the kernel's greatest.
        let nobody = u32::MAX;
        assert!(is_gone(&format!("root{} since 2026", process_here(nobody))));
        assert!(!is_gone(&format!("root@elsewhere (process {nobody}) since 2026")));
        assert!(!is_gone(""));
    }
}
