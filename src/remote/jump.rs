//! Why a host was not reached through its jump hosts: asked of ssh after the failure, because what the ssh of a ProxyJump says
//! is lost.

use std::process::Stdio;
use std::time::Duration;

use tokio::time::timeout;

use super::target::{Configuration, Target};
use super::{RemoteError, refusal};

/// What lies between this machine and a host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Jump hosts (ProxyJump), and where the last of them has to connect to.
    Jumps {
        jumps: String,
        to: String,
    },
    /// A program (ProxyCommand).
    Program,
    Nothing,
}

impl Between {
    /// What ssh's own configuration says.
    pub async fn of(target: &Target, connect: Duration) -> Self {
        Self::parse(&target.configuration(connect).await)
    }

    fn parse(configuration: &Configuration) -> Self {
        let value = |key| configuration.value(key);
        let set = |key| value(key).filter(|value| *value != "none");
        match (set("proxyjump"), set("proxycommand")) {
            (Some(jumps), _) => Between::Jumps {
                jumps: jumps.to_owned(),
                to: format!(
                    "[{}]:{}",
                    value("hostname").unwrap_or_default(),
                    value("port").unwrap_or("22")
                ),
            },
            (None, Some(_)) => Between::Program,
            (None, None) => Between::Nothing,
        }
    }
}

/// Why the last of the jump hosts does not lead to `to`; none if it does.
pub(super) async fn why(target: &Target, jumps: &str, to: &str, connect: Duration) -> Option<RemoteError> {
    let (others, last) = jumps
        .rsplit_once(',')
        .map_or((None, jumps), |(others, last)| (Some(others), last));
    let jump = target.of_jump_host(last, others);
    let mut ssh = jump.ssh(&["-S".into(), "none".into(), "-W".into(), to.into()], connect);
    let output = ssh.stderr(Stdio::piped()).output();
    // ssh's own limit is for the connection alone.
    match timeout(connect * 2, output).await {
        Ok(Ok(output)) if output.status.success() => None,
        Ok(Ok(output)) => {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            Some(refusal::explain_jump(&words, last, to, &jump.by_hand()))
        }
        _ => Some(refusal::explain_jump("the login timed out", last, to, &jump.by_hand())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_is_what_ssh_says() {
        let of = |lines: &str| {
            let lines = format!("user root\nhostname 198.51.100.11\nport 2222\n{lines}");
            Between::parse(&Configuration(lines))
        };
        let jumps = |jumps: &str| Between::Jumps {
            jumps: jumps.to_owned(),
            to: "[198.51.100.11]:2222".to_owned(),
        };
        assert_eq!(of("proxyjump one,me@two:2222\n"), jumps("one,me@two:2222"));
        assert_eq!(of("proxycommand nc %h %p\n"), Between::Program);
        assert_eq!(of("proxycommand none\nproxyusefdpass no\n"), Between::Nothing);
    }
}
