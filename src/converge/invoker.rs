//! Who invoked a run: a user, a machine and a process, as one line that another machine can show. For locks and
//! records.

use std::fs;

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

/// Whether an invoker was a process of this machine that has ended. Nothing is known about processes of other machines. The kernel
/// gives a number again after a while, also to a thread: a process that is called otherwise than this one is another.
pub(super) fn is_gone(invoker: &str) -> bool {
    let Some(process) = invoker
        .split_once(" (process ")
        .and_then(|(_, rest)| rest.split(')').next()?.parse::<u32>().ok())
    else {
        return false;
    };
    let called = |process: &str| fs::read_to_string(format!("/proc/{process}/comm")).ok();
    let is_alive = called(&process.to_string()).is_some_and(|name| called("self") == Some(name));
    invoker.contains(&process_here(process)) && !is_alive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_known_to_be_gone() {
        assert!(!is_gone(&this()), "this process lives");
        let init = process_here(1);
        assert!(
            is_gone(&format!("root{init} since 2026")),
            "its number is another's now"
        );
        // Greater than the kernel's greatest.
        let nobody = u32::MAX;
        assert!(is_gone(&format!("root{} since 2026", process_here(nobody))));
        assert!(!is_gone(&format!("root@elsewhere (process {nobody}) since 2026")));
        assert!(!is_gone(""));
    }
}
