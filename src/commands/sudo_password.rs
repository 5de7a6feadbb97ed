//! Where the password for sudo comes from: a file, the environment, or a person at a terminal. Never the command line, which
//! everybody on the machine can read.

use std::any::Any;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, IsTerminal, stderr};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::Usage;
use crate::cli::Global;
use crate::inventory::{Become, Host};
use crate::output;
use crate::remote::{Ask, PASSWORD_VARIABLE, Password, Secret};

/// The terminal of the session, whatever standard input is.
const TERMINAL: &str = "/dev/tty";

/// Where the password comes from, if one of the `hosts`, which are reached, may want one.
///
/// # Errors
/// [`Usage`] if the file or the variable has no password.
pub fn source<'h>(global: &Global, hosts: impl Iterator<Item = &'h Host>) -> anyhow::Result<Password> {
    let wanting = hosts.filter(|host| host.ssh.become_root == Become::Sudo).count();
    if wanting == 0 || global.lab.is_some() {
        return Ok(Password::Unknown);
    }
    if let Some(file) = &global.sudo_password_file {
        let shown = file.display();
        let text = fs::read_to_string(file).map_err(|error| {
            Usage(format!(
                "error: the password for sudo cannot be read: {shown}: {error}\nname a file whose first line is the password: \
                 --sudo-password-file FILE"
            ))
        })?;
        return given(&text, format!("the first line of {shown}"));
    }
    if let Ok(text) = std::env::var(PASSWORD_VARIABLE) {
        return given(&text, PASSWORD_VARIABLE.to_owned());
    }
    let is_there = stderr().is_terminal() && File::open(TERMINAL).is_ok();
    Ok(match is_there {
        true => Password::Ask(Ask {
            begin,
            typed,
            is_for_several: wanting > 1,
        }),
        false => Password::Unknown,
    })
}

fn given(text: &str, whence: String) -> anyhow::Result<Password> {
    let empty = || {
        Usage(format!(
            "error: {whence} is empty, and should be the password for sudo\nwrite the password there"
        ))
    };
    let secret = Secret::first_line(text).ok_or_else(empty)?;
    Ok(Password::Given(secret, whence))
}

/// A terminal that shows nothing of what is typed, until the value is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        // The end of the line that was typed was not shown.
        output::stderr("\n");
    }
}

fn begin(question: &str) -> Option<Box<dyn Any + Send>> {
    let hidden = || -> std::io::Result<Hidden> {
        let terminal = File::open(TERMINAL)?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Hidden { terminal, before })
    };
    let hidden = hidden().ok()?;
    output::erase_line();
    output::stderr(question);
    Some(Box::new(hidden))
}

fn typed() -> String {
    let mut line = String::new();
    if let Ok(terminal) = File::open(TERMINAL) {
        let _ = BufReader::new(terminal).read_line(&mut line);
    }
    line
}
