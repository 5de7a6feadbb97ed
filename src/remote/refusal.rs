//! The reason and the remedy of what ssh and sudo print when they refuse. Pure.

use super::RemoteError;

/// Turns what ssh said into the reason and the remedy; `by_hand` is the command that shows the same to a person. ssh's
/// own words are kept.
pub fn explain(words: &str, destination: &str, by_hand: &str) -> RemoteError {
    let words = words.trim();
    let (what, remedy) = host_key(words, destination, by_hand)
        .or_else(|| of_login(words))
        .or_else(|| unreachable(words, destination, by_hand))
        .or_else(|| of_configuration(words))
        .unwrap_or_else(|| {
            let words = if words.is_empty() {
                "ssh failed without a message"
            } else {
                words
            };
            (words.to_owned(), format!("try it by hand: {by_hand}"))
        });
    RemoteError { what, remedy }
}

/// Whether ssh says that what should have connected it (a ProxyJump or a ProxyCommand) did not. What that itself says is
/// lost: ssh, once it may go to the background, sends it to /dev/null.
pub fn is_of_proxy(words: &str) -> bool {
    line(words, &["proxy dialer", "UNKNOWN port 65535"]).is_some()
}

/// The program of a ProxyCommand did not connect ssh.
pub fn not_through_proxy(destination: &str, by_hand: &str) -> RemoteError {
    RemoteError::new(
        format!("unreachable: {destination} was not reached through its ProxyCommand or ProxyJump"),
        format!("check that the host is up; this shows what is wrong: {by_hand}"),
    )
}

/// Why a jump host did not lead to `to`, from the words of an ssh that asked it to.
pub fn explain_jump(words: &str, jump: &str, to: &str, by_hand: &str) -> RemoteError {
    let words = words.trim();
    if let Some((what, remedy)) = host_key(words, jump, by_hand) {
        return RemoteError::new(format!("jump host: {what}"), remedy);
    }
    let by_hand = format!("try it: {by_hand}");
    let (what, remedy) = if let Some(line) = line(words, &["open failed"]) {
        let why = line.rsplit_once("open failed: ").map_or(line, |(_, why)| why);
        let why = why.trim_start_matches("connect failed: ");
        (
            format!("the jump host {jump} does not reach {to}: {why}"),
            "check that the host is up, and that the jump host's sshd and firewall let it connect there".to_owned(),
        )
    } else if let Some(line) = line(words, &["Permission denied"]) {
        (
            format!("the jump host {jump} refused the login: {line}"),
            format!(
                "give the jump host a key that works without a password: in ssh-agent (ssh-add FILE), or as IdentityFile in \
                 your ssh_config; {by_hand}"
            ),
        )
    } else if let Some(line) = line(words, &["closed by", "Connection reset"]) {
        (
            format!("the jump host {jump} ended the connection before the login: {line}"),
            format!(
                "perhaps its sshd takes few logins at a time (MaxStartups in sshd_config): add --concurrency 8, or let it \
                 take more; {by_hand}"
            ),
        )
    } else {
        (
            format!(
                "the jump host {jump} was not reached: {}",
                words.lines().next().unwrap_or("ssh said nothing")
            ),
            format!("check that the jump host is up, and what your ssh_config says of it; {by_hand}"),
        )
    };
    RemoteError::new(what, remedy)
}

/// What happened, and the remedy.
type Explained = Option<(String, String)>;

/// The first line that has one of the `needles`: a later line, as of a ProxyCommand that failed, is a consequence.
fn line<'w>(words: &'w str, needles: &[&str]) -> Option<&'w str> {
    let line = words
        .lines()
        .find(|line| needles.iter().any(|needle| line.contains(needle)))?;
    Some(line.trim().trim_start_matches("error: "))
}

fn host_key(words: &str, destination: &str, by_hand: &str) -> Explained {
    if words.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        let offending = line(words, &["Offending"]).unwrap_or("see your known_hosts");
        return Some((
            format!("the SSH host key of {destination} has changed ({offending})"),
            format!(
                "if the host was reinstalled, remove the old key with: ssh-keygen -R {destination}\n\
                 then compare and accept the new key with: {by_hand}\n\
                 if the host was not reinstalled, somebody may be in between: do not connect"
            ),
        ));
    }
    line(words, &["Host key verification failed"])?;
    Some((
        format!("the SSH host key of {destination} is not known"),
        format!("compare its fingerprint and accept it once with: {by_hand}"),
    ))
}

/// A host does not have the key that the inventory has for it; none if ssh says nothing of a host key.
pub fn explain_pinned(words: &str, destination: &str) -> Option<RemoteError> {
    line(words, &["Host key verification failed"])?;
    let shown = words.lines().map(str::trim).find(|line| line.starts_with("SHA256:"));
    let shown = shown.map_or_else(
        || "the host has no key of that kind".to_owned(),
        |shown| format!("the host shows {}", shown.trim_end_matches('.')),
    );
    Some(RemoteError::new(
        format!("the SSH host key of {destination} is not the host_key of the inventory: {shown}"),
        "if the host was reinstalled, write the key that its console shows into the inventory, ssh: {host_key: …}: cat \
         /etc/ssh/ssh_host_*_key.pub\n\
         if the host was not reinstalled, somebody may be in between: do not connect",
    ))
}

/// Whether the host refused the login.
pub fn is_denied(words: &str) -> bool {
    line(words, &["Permission denied"]).is_some()
}

fn of_login(words: &str) -> Explained {
    line(words, &["Permission denied"])?;
    // A key that could not sign is why.
    let line = line(words, &["signing failed"]).or_else(|| line(words, &["Permission denied"]))?;
    Some((
        format!("the login was refused: {line}"),
        "give the login a key that works without a password (ssh: {user: …, identity_file: …} in the inventory); put a key \
         with a passphrase into ssh-agent: ssh-add FILE"
            .to_owned(),
    ))
}

fn unreachable(words: &str, destination: &str, by_hand: &str) -> Explained {
    let line = |needles: &[&str]| line(words, needles);
    if let Some(line) = line(&["Could not resolve hostname"]) {
        Some((
            line.to_owned(),
            "correct the host's ssh: {host: …} in the inventory, or the name service".to_owned(),
        ))
    } else if let Some(line) = line(&["Connection refused"]) {
        Some((
            line.to_owned(),
            "check that the host is up, start sshd on the host, or set ssh: {port: …} in the inventory".to_owned(),
        ))
    } else if is_of_proxy(words) {
        let RemoteError { what, remedy } = not_through_proxy(destination, by_hand);
        Some((what, remedy))
    } else if let Some(line) = line(&["banner exchange"]) {
        Some((
            format!("the SSH server does not answer: {line}"),
            "look at the host's console: it may be out of memory or stuck in I/O".to_owned(),
        ))
    } else {
        let line = line(&["timed out", "No route to host", "Network is unreachable"])?;
        Some((
            format!("unreachable: {line}"),
            "check that the host is up, its address in the inventory is right, and no firewall drops SSH".to_owned(),
        ))
    }
}

fn of_configuration(words: &str) -> Explained {
    let key = [
        ("Can't open user config file", "config_file"),
        ("no such identity", "identity_file"),
        ("Identity file", "identity_file"),
    ];
    key.iter().find_map(|(needle, key)| {
        let line = line(words, &[needle])?;
        Some((line.to_owned(), format!("correct ssh: {{{key}: …}} in the inventory")))
    })
}

/// Whether sudo would run the command if it had a password: so say sudo and sudo-rs.
pub fn wants_password(stderr: &str) -> bool {
    let words = ["a password is required", "interactive authentication is required"];
    line(stderr, &words).is_some_and(|line| line.starts_with("sudo: "))
}

/// Explains sudo's refusal, if standard error holds one.
pub fn explain_sudo(stderr: &str, user: Option<&str>) -> Option<RemoteError> {
    // Where a host's own name does not resolve, as on many cloud images, sudo warns before all else.
    let warns = |line: &str| line.starts_with("sudo: unable to resolve host ");
    let mut lines = stderr.lines().filter(|line| !warns(line));
    let line = lines.find(|line| line.starts_with("sudo: ") || line.contains("not in the sudoers file"))?;
    Some(RemoteError {
        what: format!("the login cannot become root: {line}"),
        remedy: format!(
            "let the login run everything, in /etc/sudoers.d on the host: {} ALL=(ALL) NOPASSWD: ALL",
            user.unwrap_or("NAME")
        ),
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
                "accept it once with: ssh -l u h",
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
                "does not answer: Connection timed out during banner exchange",
                "console",
            ),
            (
                "ssh: Could not resolve hostname h: Name or service not known",
                "Could not resolve",
                "name service",
            ),
            (
                "mm_receive_fd: recvmsg: expected received 1 got 0\nproxy dialer did not pass back a connection",
                "unreachable: h was not reached through its ProxyCommand",
                "what is wrong: ssh -l u h",
            ),
            (
                "something else\nentirely",
                "something else\nentirely",
                "by hand: ssh -l u h",
            ),
        ] {
            let error = explain(log, "h", "ssh -l u h");
            assert!(error.what.contains(what), "{error:?}");
            assert!(error.remedy.contains(remedy), "{error:?}");
        }
    }

    #[test]
    fn a_key_that_could_not_sign_is_the_reason_of_a_refused_login() {
        let words = "sign_and_send_pubkey: signing failed for ECDSA-SK \"/k\": device not found\nPermission denied (publickey).";
        let error = explain(words, "h", "ssh h");
        assert_eq!(
            error.what,
            "the login was refused: sign_and_send_pubkey: signing failed for ECDSA-SK \"/k\": device not found"
        );
        assert!(is_denied(words));
    }

    #[test]
    fn a_command_that_only_mentions_sudo_is_no_refusal() {
        assert_eq!(explain_sudo("E: Unable to locate package sudo", None), None);
        let warning = "sudo: unable to resolve host kube1: Name or service not known\n";
        assert_eq!(explain_sudo(&format!("{warning}E: something else"), None), None);
        assert!(wants_password(&format!("{warning}sudo: a password is required\n")));
        assert!(!wants_password(warning));
        let refused = explain_sudo(&format!("{warning}sudo: a password is required"), None).unwrap();
        assert!(
            refused.what.ends_with(": sudo: a password is required"),
            "{}",
            refused.what
        );
    }
}
