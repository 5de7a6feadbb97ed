//! What ssh and sudo say when they refuse, explained. Pure.

use super::Lost;

/// Turns what `ssh -E` logged into the reason and the remedy. ssh's own words are kept.
pub fn explain(log: &str, destination: &str) -> Lost {
    let words = log.trim();
    let last = words.lines().last().unwrap_or("ssh failed without a word").trim();
    let has = |needle: &str| words.contains(needle);
    let (what, remedy) = if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        let offending = words.lines().find(|line| line.starts_with("Offending")).unwrap_or(last);
        (
            format!("the SSH host key of {destination} has changed ({offending})"),
            format!(
                "if the host was reinstalled, remove the old key with: ssh-keygen -R {destination}\n\
                 then compare and accept the new one with: ssh {destination}\n\
                 if not, somebody may be in between: do not connect"
            ),
        )
    } else if has("Host key verification failed") {
        (
            format!("the SSH host key of {destination} is not known"),
            format!("compare its fingerprint and accept it once with: ssh {destination}"),
        )
    } else if has("Permission denied") {
        (
            format!("the login was refused: {last}"),
            "give the login a key that works without a password (ssh: {user: …, identity_file: …} in the inventory, \
             or ssh-agent)"
                .to_owned(),
        )
    } else if has("Could not resolve hostname") {
        (
            last.to_owned(),
            "correct the host's ssh: {host: …} in the inventory, or the name service".to_owned(),
        )
    } else if has("Connection refused") {
        (
            last.to_owned(),
            "start sshd on the host, or set ssh: {port: …} in the inventory".to_owned(),
        )
    } else if has("timed out") || has("No route to host") || has("Network is unreachable") {
        (
            format!("unreachable: {last}"),
            "check that the host is up, its address in the inventory is right, and no firewall drops SSH".to_owned(),
        )
    } else if has("no such identity") || has("Identity file") {
        (
            last.to_owned(),
            "correct ssh: {identity_file: …} in the inventory".to_owned(),
        )
    } else {
        (words.to_owned(), format!("try it by hand: ssh {destination}"))
    };
    Lost { what, remedy }
}

/// Explains sudo's refusal, if standard error holds one.
pub fn explain_sudo(stderr: &str) -> Option<Lost> {
    let line = stderr
        .lines()
        .find(|line| line.starts_with("sudo: ") || line.contains("not in the sudoers file"))?;
    Some(Lost {
        what: format!("the login cannot become root: {line}"),
        remedy: "allow the login to run everything without a password, in /etc/sudoers.d on the host: \
                 NAME ALL=(ALL) NOPASSWD: ALL"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each text is what ssh really printed (OpenSSH 9.2).
    #[test]
    fn every_refusal_of_ssh_has_a_reason_and_a_remedy() {
        for (log, what, remedy) in [
            (
                "No ED25519 host key is known for 198.51.100.11 and you have requested strict checking.\n\
                 Host key verification failed.\n",
                "is not known",
                "accept it once with: ssh h",
            ),
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nOffending ED25519 key in /k:1\n\
                 Host key verification failed.",
                "has changed (Offending ED25519 key in /k:1)",
                "ssh-keygen -R h",
            ),
            (
                "root@h: Permission denied (publickey,password).",
                "Permission denied (publickey,password)",
                "key",
            ),
            (
                "ssh: connect to host h port 22: Connection refused",
                "Connection refused",
                "start sshd",
            ),
            (
                "ssh: connect to host h port 22: No route to host",
                "No route to host",
                "host is up",
            ),
            (
                "ssh: connect to host h port 22: Connection timed out",
                "Connection timed out",
                "firewall",
            ),
            (
                "Connection timed out during banner exchange",
                "during banner exchange",
                "host is up",
            ),
            (
                "ssh: Could not resolve hostname h: Name or service not known",
                "Could not resolve",
                "name service",
            ),
            ("something else\nentirely", "something else\nentirely", "by hand: ssh h"),
        ] {
            let lost = explain(log, "h");
            assert!(lost.what.contains(what), "{lost:?}");
            assert!(lost.remedy.contains(remedy), "{lost:?}");
        }
    }

    #[test]
    fn a_command_that_only_mentions_sudo_is_no_refusal() {
        assert_eq!(explain_sudo("E: Unable to locate package sudo"), None);
        assert!(explain_sudo("sudo: a password is required").is_some());
    }
}
