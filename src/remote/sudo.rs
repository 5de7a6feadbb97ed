//! The password with which logins become root: asked for once, or given beforehand; never on a command line.

use std::any::Any;
use std::fmt;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::RemoteError;

/// The environment variable that may hold the password.
pub const PASSWORD_VARIABLE: &str = "GLUSTERCTL_SUDO_PASSWORD";

/// How often a person may mistype the password.
const TRIES: usize = 3;

/// A password, which no message and no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The first line of a text; none if the line is empty, or could not be sent as a line.
    #[must_use]
    pub fn first_line(text: &str) -> Option<Self> {
        let line = text.lines().next().unwrap_or_default();
        let is_usable = !line.is_empty() && !line.contains('\0');
        is_usable.then(|| Secret(line.to_owned()))
    }

    /// What sudo reads.
    pub(super) fn line(&self) -> String {
        format!("{}\n", self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How a person at a terminal is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Shows the question and hides what is typed until the value is dropped; none if that cannot be hidden.
    pub begin: fn(&str) -> Option<Box<dyn Any + Send>>,
    /// Waits for the line that the person types.
    pub typed: fn() -> String,
    /// Whether the password is for more hosts than the one that the question names.
    pub is_for_several: bool,
}

/// Where the password comes from.
#[derive(Debug, Clone)]
pub enum Password {
    /// A person can be asked.
    Ask(Ask),
    /// Somebody gave the password beforehand; by what, in words.
    Given(Secret, String),
    /// Neither: nobody is there to be asked.
    Unknown,
}

/// The password of a run, which is the same on all hosts.
#[derive(Debug)]
pub(super) struct Passwords {
    source: Password,
    /// What a person typed and a host has accepted; or why nobody is asked again.
    typed: Mutex<Option<Result<Secret, RemoteError>>>,
}

impl Passwords {
    pub fn new(source: Password) -> Self {
        Passwords {
            source,
            typed: Mutex::new(None),
        }
    }

    /// The password that sudo on this host accepts, as `attempt` says. Each password is tried once on a host: a host may lock
    /// a login after a few mistakes.
    pub async fn accepted<A>(
        &self,
        host: &str,
        login: &str,
        attempt: impl Fn(Secret) -> A,
    ) -> Result<Secret, RemoteError>
    where
        A: Future<Output = Result<bool, RemoteError>>,
    {
        let ask = match &self.source {
            Password::Unknown => return Err(nobody_to_ask(login)),
            Password::Given(secret, whence) => {
                return match attempt(secret.clone()).await? {
                    true => Ok(secret.clone()),
                    false => Err(refused(&format!(
                        "correct {whence}: it is the password of the login on the host"
                    ))),
                };
            }
            Password::Ask(ask) => *ask,
        };
        let mut typed = self.typed.lock().await;
        match typed.clone() {
            Some(Ok(secret)) => {
                // The other hosts need not wait for this one.
                drop(typed);
                return match attempt(secret.clone()).await? {
                    true => Ok(secret),
                    false => Err(refused(
                        "one password is asked for, for all hosts, and another host accepted it: give the login the same \
                         password here, or run glusterctl with --limit for this host",
                    )),
                };
            }
            Some(Err(error)) => return Err(error),
            None => {}
        }
        for question in 0..TRIES {
            let again = if question > 0 { "that is not the password; " } else { "" };
            let others = if ask.is_for_several { " and the other hosts" } else { "" };
            let question = format!("{again}password for sudo on {host}{others}: ");
            let Some(hidden) = (ask.begin)(&question) else {
                return Err(nobody_to_ask(login));
            };
            let line = spawn_blocking(ask.typed).await.unwrap_or_default();
            drop(hidden);
            let Some(secret) = Secret::first_line(&line) else { break };
            if attempt(secret.clone()).await? {
                *typed = Some(Ok(secret.clone()));
                return Ok(secret);
            }
        }
        let error = refused("run the same command again, with the password of the login on the hosts");
        *typed = Some(Err(error.clone()));
        Err(error)
    }
}

fn refused(remedy: &str) -> RemoteError {
    RemoteError::new("the login cannot become root: sudo refused the password", remedy)
}

fn nobody_to_ask(login: &str) -> RemoteError {
    RemoteError::new(
        "the login cannot become root: sudo wants a password, and there is no terminal to ask for it",
        format!(
            "write the password to a file and add --sudo-password-file FILE, or set {PASSWORD_VARIABLE};\n\
             or let the login run everything without a password, in /etc/sudoers.d on the host: {login} ALL=(ALL) NOPASSWD: ALL"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Shared;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn block<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(work)
    }

    /// A host whose sudo accepts this password.
    async fn host(passwords: &Passwords, name: &str, right: &str) -> Result<Secret, RemoteError> {
        let attempt = |secret: Secret| {
            let accepted = secret.0 == right;
            async move { Ok(accepted) }
        };
        passwords.accepted(name, "op", attempt).await
    }

    static QUESTIONS: Shared<Vec<String>> = Shared::new(Vec::new());
    static TYPED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn a_person_is_asked_once_for_all_hosts_and_may_mistype() {
        let ask = Ask {
            begin: |question| {
                QUESTIONS.lock().unwrap().push(question.to_owned());
                Some(Box::new(()))
            },
            typed: || ["wrong\n", "right\n"][TYPED.fetch_add(1, Ordering::Relaxed)].to_owned(),
            is_for_several: true,
        };
        let passwords = Passwords::new(Password::Ask(ask));
        block(async {
            let (one, two) = tokio::join!(host(&passwords, "kube1", "right"), host(&passwords, "kube2", "right"));
            assert!(one.is_ok() && one == two);
            let other = host(&passwords, "kube3", "other").await.unwrap_err();
            assert!(other.remedy.contains("--limit"), "{other}");
        });
        assert_eq!(
            *QUESTIONS.lock().unwrap(),
            [
                "password for sudo on kube1 and the other hosts: ",
                "that is not the password; password for sudo on kube1 and the other hosts: "
            ]
        );
    }

    static OF_ONE: Shared<Vec<String>> = Shared::new(Vec::new());

    #[test]
    fn the_question_names_no_other_hosts_where_there_are_none() {
        let ask = Ask {
            begin: |question| {
                OF_ONE.lock().unwrap().push(question.to_owned());
                Some(Box::new(()))
            },
            typed: || "right\n".to_owned(),
            is_for_several: false,
        };
        assert!(block(host(&Passwords::new(Password::Ask(ask)), "kube1", "right")).is_ok());
        assert_eq!(*OF_ONE.lock().unwrap(), ["password for sudo on kube1: "]);
    }

    #[test]
    fn nobody_is_asked_twice_for_what_nobody_knows() {
        let ask = Ask {
            begin: |_| Some(Box::new(())),
            typed: || "\n".to_owned(),
            is_for_several: true,
        };
        let passwords = Passwords::new(Password::Ask(ask));
        block(async {
            for name in ["kube1", "kube2"] {
                let error = host(&passwords, name, "right").await.unwrap_err();
                assert!(error.what.ends_with("refused the password"), "{error}");
            }
        });
    }

    #[test]
    fn a_given_password_is_tried_once_a_host_and_shown_nowhere() {
        let secret = Secret::first_line("right\nmore").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        let passwords = Passwords::new(Password::Given(secret, "the file".to_owned()));
        block(async {
            assert!(host(&passwords, "kube1", "right").await.is_ok());
            let error = host(&passwords, "kube2", "other").await.unwrap_err();
            assert_eq!(
                error.remedy,
                "correct the file: it is the password of the login on the host"
            );
        });
        let unknown = block(host(&Passwords::new(Password::Unknown), "kube1", "right")).unwrap_err();
        assert!(unknown.remedy.contains("op ALL=(ALL) NOPASSWD"), "{unknown}");
        assert_eq!(Secret::first_line(""), None);
        assert_eq!(Secret::first_line("a\0b"), None);
    }
}
