//! How a command gets consent to the dangers of its plan: by an option, or from a person at a terminal.

use std::io::{self, BufRead, IsTerminal};

use super::Usage;
use super::plan::steps;
use crate::cli::Global;
use crate::converge::consent::{Consent, Naming, Person};

/// With `--yes`, or in a lab, whose disks are files, consent is given; otherwise a person at a terminal is asked.
pub fn by_yes(global: &Global) -> Consent {
    match (global.yes || global.lab.is_some(), is_terminal()) {
        (true, _) => Consent::Given,
        (false, true) => Consent::Ask(Person {
            question: |plan, dangers| format!("{}\nThis {dangers}. Go on? [y/N] ", steps(plan)),
            answer: || matches!(typed().as_str(), "y" | "Y" | "yes"),
        }),
        (false, false) => Consent::Missing,
    }
}

/// The name of what the command changes agrees beforehand (`--confirm`); otherwise a person at a terminal types the name.
///
/// # Errors
/// Another name was confirmed.
pub fn by_name(name: String, confirm: Option<&str>) -> Result<Consent, Usage> {
    match confirm {
        Some(confirm) if confirm == name => return Ok(Consent::Given),
        Some(confirm) => {
            let why = format!("error: --confirm {confirm}: what this changes is called {name}; nothing was changed");
            return Err(Usage(why));
        }
        None => {}
    }
    Ok(Consent::Named(Naming {
        name,
        question: |plan, dangers| match dangers.is_empty() {
            true => format!("{}\nTo agree, type the name of what this changes: ", steps(plan)),
            false => format!(
                "{}\nThis {dangers}.\nTo agree, type the name of what this changes: ",
                steps(plan)
            ),
        },
        answer: is_terminal().then_some(typed as fn() -> String),
    }))
}

fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The line that a person types; an empty line if the terminal is gone.
fn typed() -> String {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(_) => line.trim().to_owned(),
        Err(_) => String::new(),
    }
}
