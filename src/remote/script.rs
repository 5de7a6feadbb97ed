//! A script, and how it reaches the shell of a host. Pure.
//!
//! The command line holds fixed words alone: every login shell (sh, fish, tcsh, …) reads them alike, and `ps` on the
//! host shows no value. The script itself arrives on the shell's standard input.

use std::time::Duration;

use super::sudo::Secret;
use super::{GRACE, READING_GRACE, RemoteError};
use crate::inventory::Become;

/// A POSIX shell script to run as root on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What `sh` runs, with `LC_ALL=C`, a usual `PATH` and `set -eu` in force, and /dev/null as standard input.
    pub text: String,
    /// After this long the host itself ends the script.
    pub limit: Duration,
    /// The script changes something: whoever takes the cluster's lock after this program was killed waits for the
    /// script's end.
    pub changes: bool,
}

impl Script {
    /// After this long without an end of the script, the host counts as lost.
    pub(super) fn patience(&self) -> Duration {
        let grace = if self.changes { GRACE } else { READING_GRACE };
        self.limit + grace
    }
}

/// On each host, held by every script that changes something for as long as the script runs.
pub const STEP_LOCK: &str = "/run/glusterctl.step.lock";

const PRELUDE: &str = "set -eu; export LC_ALL=C DEBIAN_FRONTEND=noninteractive \
                       PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; umask 022\n";

/// How a script becomes root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Root {
    /// The login is root.
    Already,
    /// sudo asks for nothing.
    Sudo,
    /// sudo wants this password.
    SudoWith(Secret),
}

impl Root {
    /// As the inventory has it, as long as no password is known.
    pub fn of(become_root: Become) -> Self {
        match become_root {
            Become::No => Root::Already,
            Become::Sudo => Root::Sudo,
        }
    }
}

/// sudo with a password on standard input (-S), asking for it each time (-k) without a word (-p).
const SUDO_WITH: [&str; 5] = ["sudo", "-k", "-S", "-p", ""];
/// The line between sudo's password and the script. A sudo that wants no password any more leaves the password to the shell,
/// which reads it as a line and goes on to this line: a password is never run as a command.
const BEGIN: &str = "glusterctl-begin";

/// A script as a host gets it.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// What the shell reads from its standard input.
    pub input: String,
}

impl Invocation {
    /// Of a script that runs within its limit and, if the script changes something, under the lock of such scripts.
    ///
    /// # Errors
    /// The script has a NUL.
    pub fn of(script: &Script, root: &Root) -> Result<Self, RemoteError> {
        let limit = script.limit.as_secs().to_string();
        let mut wrapper = vec!["timeout", "-k", "10", limit.as_str()];
        if script.changes {
            // Not inherited by what the script starts (-o): a daemon would hold the lock for ever.
            wrapper.extend(["flock", "-o", STEP_LOCK]);
        }
        Self::new(root, &wrapper, "exec </dev/null\n", &script.text)
    }

    /// Of a script that runs for as long as somebody keeps it, and goes on reading its standard input.
    ///
    /// # Errors
    /// The script has a NUL.
    pub fn held(text: &str, root: &Root) -> Result<Self, RemoteError> {
        Self::new(root, &[], "", text)
    }

    /// Of a look whether sudo accepts a password; sudo cannot try it twice, because nothing follows it.
    pub fn trying(secret: &Secret) -> Self {
        Invocation {
            words: [&SUDO_WITH[..], &["id", "-u"]]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            input: secret.line(),
        }
    }

    /// The command line for a login shell.
    pub fn line(&self) -> String {
        crate::shell::words(&self.words)
    }

    fn new(root: &Root, wrapper: &[&str], first: &str, text: &str) -> Result<Self, RemoteError> {
        if text.contains('\0') {
            return Err(RemoteError::new(
                "a command for the host has a NUL character, which no shell takes; nothing was done",
                "look for the NUL in the inventory, and in the names of files on the host",
            ));
        }
        // A shell reads all of a group before it runs any of it: a command cannot read the rest of the script as
        // its own input, and of a script that was cut off on its way nothing runs.
        let input = format!("{{\n{first}{PRELUDE}{text}\nexit\n}}\n");
        let shell = [wrapper, &["sh"]].concat();
        let (words, input) = match root {
            Root::Already => (shell, input),
            Root::Sudo => ([&["sudo", "-n"], &shell[..]].concat(), input),
            Root::SudoWith(secret) => {
                let shell = shell.join(" ");
                let wait = format!("while read -r line; do test \"$line\" = {BEGIN} && exec {shell}; done; exit 125");
                let words = [&SUDO_WITH[..], &["sh", "-c", &wait]].concat();
                return Ok(Invocation {
                    words: words.into_iter().map(str::to_owned).collect(),
                    input: format!("{}{BEGIN}\n{input}", secret.line()),
                });
            }
        };
        Ok(Invocation {
            words: words.into_iter().map(str::to_owned).collect(),
            input,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::process::{Child, Command, Output, Stdio};

    use super::*;

    fn script(text: &str) -> Script {
        Script {
            text: text.to_owned(),
            limit: Duration::from_secs(20),
            changes: false,
        }
    }

    /// What sshd does with a command line: the login shell gets the line after -c. None if the shell is not installed.
    fn login((shell, sh): (&str, &str), invocation: &Invocation) -> Option<Child> {
        let mut words: Vec<&str> = invocation.words.iter().map(String::as_str).collect();
        assert_eq!(words.pop(), Some("sh"));
        words.push(sh);
        let mut command = Command::new(shell);
        command.arg("-c").arg(words.join(" "));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("{shell} is not tested: {shell} is not installed");
                None
            }
            child => Some(child.unwrap()),
        }
    }

    fn end(mut child: Child, input: &str) -> (Option<i32>, String) {
        // A shell may end before it has read all of its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, .. } = child.wait_with_output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap())
    }

    /// The login shell, and what `sh` is on the host.
    const SHELLS: [(&str, &str); 5] = [
        ("sh", "sh"),
        ("sh", "bash"),
        ("bash", "sh"),
        ("fish", "sh"),
        ("tcsh", "sh"),
    ];

    #[test]
    fn every_login_shell_runs_a_script_alike() {
        let hostile = "!$HOME `id` \\ 'it''s' \"a\" #\n\té";
        let mut cases = vec![
            (
                format!("printf %s {}", crate::shell::quote(hostile)),
                Some(0),
                hostile.to_owned(),
            ),
            (
                "cat; read -r line || echo nothing to read".to_owned(),
                Some(0),
                "nothing to read\n".to_owned(),
            ),
            ("cat <<EOF\nhere\nEOF".to_owned(), Some(0), "here\n".to_owned()),
            (
                "echo \"$LC_ALL\"; umask # comment".to_owned(),
                Some(0),
                "C\n0022\n".to_owned(),
            ),
            (
                "tr '\\0' '\\n' </proc/$$/cmdline | wc -l".to_owned(),
                Some(0),
                "1\n".to_owned(),
            ),
            ("echo a; false; echo b".to_owned(), Some(1), "a\n".to_owned()),
            ("echo a; exit 126".to_owned(), Some(126), "a\n".to_owned()),
            ("[ 1 = 2 ] && echo a".to_owned(), Some(1), String::new()),
            ("no-such-program-at-all".to_owned(), Some(127), String::new()),
            (String::new(), Some(0), String::new()),
        ];
        // More than a single argument may have (execve(2), MAX_ARG_STRLEN).
        let long = "x".repeat(300_000);
        cases.push((format!("long={long}\necho ${{#long}}"), Some(0), "300000\n".to_owned()));
        for shell in SHELLS {
            for (text, status, stdout) in &cases {
                let invocation = Invocation::of(&script(text), &Root::Already).unwrap();
                let Some(child) = login(shell, &invocation) else { break };
                let (code, printed) = end(child, &invocation.input);
                let what = format!("{shell:?}: {}", &text[..text.len().min(80)]);
                assert!(printed == *stdout && code == *status, "{what}: {code:?} {printed}");
            }
        }
    }

    #[test]
    fn the_limit_ends_a_script() {
        let endless = Script {
            limit: Duration::from_secs(1),
            ..script("echo begun; sleep 60")
        };
        for shell in SHELLS {
            let invocation = Invocation::of(&endless, &Root::Already).unwrap();
            let Some(child) = login(shell, &invocation) else {
                continue;
            };
            assert_eq!(
                end(child, &invocation.input),
                (Some(124), "begun\n".to_owned()),
                "{shell:?}"
            );
        }
    }

    #[test]
    fn nothing_runs_of_a_script_that_was_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let done = directory.path().join("done");
        let text = format!("f() {{\n: >{0}\n}}\nf\n: >{0}", done.display());
        let whole = Invocation::of(&script(&text), &Root::Already).unwrap();
        for shell in [("sh", "sh"), ("sh", "bash")] {
            let bytes = whole.input.trim_end().as_bytes();
            // After every line, and here and there within a line.
            for length in (1..bytes.len()).filter(|at| bytes[at - 1] == b'\n' || at % 16 == 0) {
                let Some(child) = login(shell, &whole) else { break };
                end(child, &whole.input[..length]);
                assert!(!done.exists(), "{shell:?}: {}", &whole.input[..length]);
            }
        }
    }

    #[test]
    fn a_held_script_goes_on_reading_its_standard_input() {
        let text = "echo ready\nwhile c=$(head -c 1) && [ -n \"$c\" ]; do echo \"got $c\"; done\necho ended";
        for shell in SHELLS {
            let invocation = Invocation::held(text, &Root::Already).unwrap();
            let Some(mut child) = login(shell, &invocation) else {
                continue;
            };
            child
                .stdin
                .as_mut()
                .unwrap()
                .write_all(invocation.input.as_bytes())
                .unwrap();
            let mut ready = [0; 6];
            child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
            assert_eq!(&ready, b"ready\n", "{shell:?}");
            assert_eq!(
                end(child, "xy"),
                (Some(0), "got x\ngot y\nended\n".to_owned()),
                "{shell:?}"
            );
        }
    }

    #[test]
    fn the_command_line_holds_fixed_words_alone() {
        let changing = Script {
            changes: true,
            ..script("secret")
        };
        let invocation = Invocation::of(&changing, &Root::Sudo).unwrap();
        assert_eq!(
            invocation.line(),
            "sudo -n timeout -k 10 20 flock -o /run/glusterctl.step.lock sh"
        );
        assert_eq!(Invocation::held("secret", &Root::Already).unwrap().words, ["sh"]);
        let password = Secret::first_line("hunter2").unwrap();
        let with = Invocation::of(&changing, &Root::SudoWith(password)).unwrap();
        assert_eq!(
            with.line(),
            "sudo -k -S -p '' sh -c 'while read -r line; do test \"$line\" = glusterctl-begin && \
             exec timeout -k 10 20 flock -o /run/glusterctl.step.lock sh; done; exit 125'"
        );
        assert!(with.input.starts_with("hunter2\nglusterctl-begin\n{\n"));
    }

    /// A sudo that reads the password, and one that wants none: both run the script, and neither runs the password.
    #[test]
    fn a_password_is_never_run_whether_sudo_wants_it_or_not() {
        let password = Secret::first_line("touch ran; echo ran").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let text = format!("cat; ls {}", directory.path().display());
        let whole = Invocation::of(&script(&text), &Root::SudoWith(password)).unwrap();
        let line = crate::shell::words(&whole.words[SUDO_WITH.len()..]);
        for shell in ["sh", "bash", "fish", "tcsh"] {
            for line in [line.clone(), format!("sh -c 'read -r password; exec \"$@\"' sh {line}")] {
                let child = Command::new(shell)
                    .arg("-c")
                    .arg(&line)
                    .current_dir(directory.path())
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn();
                match child {
                    Err(error) if error.kind() == ErrorKind::NotFound => eprintln!("{shell} is not tested"),
                    child => assert_eq!(
                        end(child.unwrap(), &whole.input),
                        (Some(0), String::new()),
                        "{shell}: {line}"
                    ),
                }
            }
        }
        // Without the line that begins the script, nothing runs, and that is no success.
        let child = Command::new("sh")
            .arg("-c")
            .arg(&line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        assert_eq!(end(child.unwrap(), "touch ran\n"), (Some(125), String::new()));
    }

    #[test]
    fn a_script_with_a_nul_is_refused() {
        assert!(Invocation::of(&script("echo a\0b"), &Root::Already).is_err());
        assert!(Invocation::held("echo a\0b", &Root::Already).is_err());
    }
}
