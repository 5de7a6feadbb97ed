//! What a command waits for, told before anybody wonders.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use super::cluster;
use crate::cli::{Global, OutputFormat};
use crate::inventory::Inventory;
use crate::output;
use crate::remote::Hosts;
use crate::text::counted;

/// What is over by then needs no words.
const MOMENT: Duration = Duration::from_millis(150);

/// As many hosts are named; more are counted.
const NAMED: usize = 4;

/// Looks at hosts as [`cluster::run`] does, and tells after a moment which hosts are waited for.
///
/// # Errors
/// As [`cluster::run`].
pub fn look<T>(
    global: &Global,
    hosts: &Arc<Hosts>,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    cluster::run(hosts, async {
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(MOMENT) => {}
        }
        // With -v, every look is shown: each on lines of its own.
        if global.verbose {
            tell(global, hosts.inventory());
        }
        let _line = (is_told(global) && !global.verbose).then(|| Line::of(hosts.inventory()));
        work.await
    })
}

/// Tells at once which hosts a run connects to.
pub fn tell(global: &Global, inventory: &Inventory) {
    if is_told(global) {
        output::stderr(&format!("{}\n", words(inventory, output::room())));
    }
}

/// Whether a person waits at a terminal.
fn is_told(global: &Global) -> bool {
    global.output == OutputFormat::Table && !global.quiet && std::io::stderr().is_terminal()
}

/// What is waited for, in a line of fewer columns than that: a terminal erases only the line that the cursor is on.
fn words(inventory: &Inventory, room: usize) -> String {
    let names: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    let number = names.len();
    let named = match number {
        1 => format!("connecting to {}", names.join("")),
        2..=NAMED => format!("connecting to {number} hosts: {}", names.join(", ")),
        _ => String::new(),
    };
    match named.is_empty() || named.chars().count() >= room {
        true => format!("connecting to {}", counted(number, "host")),
        false => named,
    }
}

/// The line on the terminal, which goes when the wait is over.
struct Line;

impl Line {
    fn of(inventory: &Inventory) -> Self {
        output::stderr(&words(inventory, output::room()));
        Line
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        output::erase_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;

    #[test]
    fn few_hosts_are_named_and_many_are_counted() {
        let inventory = |number: u8| {
            let hosts: String = (1..=number)
                .map(|at| format!("  - {{name: kube{at}, address: 198.51.100.{at}, devices: [/dev/vdb]}}\n"))
                .collect();
            inventory::read(&format!("cluster: kube\nhosts:\n{hosts}"), "the inventory").unwrap()
        };
        assert_eq!(words(&inventory(1), 80), "connecting to kube1");
        assert_eq!(words(&inventory(3), 80), "connecting to 3 hosts: kube1, kube2, kube3");
        assert_eq!(words(&inventory(3), 40), "connecting to 3 hosts");
        assert_eq!(words(&inventory(5), 80), "connecting to 5 hosts");
    }
}
