//! What people type who come from other tools, and what the same is called here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

/// Words for commands of other tools; the tip for each.
const COMMANDS: [(&[&str], &str); 11] = [
    (
        &["validate", "lint", "verify", "syntax-check"],
        "`glusterctl check` validates the inventory, offline",
    ),
    (
        &[
            "up",
            "deploy",
            "create",
            "install",
            "provision",
            "converge",
            "run",
            "setup",
            "sync",
        ],
        "`glusterctl apply` makes the hosts what the inventory wants",
    ),
    (
        &[
            "delete",
            "down",
            "remove",
            "rm",
            "teardown",
            "undeploy",
            "uninstall",
            "purge",
            "clean",
        ],
        "`glusterctl destroy VOLUME` deletes a volume; --cluster: everything",
    ),
    (
        &["diff", "preview", "dry-run", "template"],
        "`glusterctl plan` shows what `apply` would change",
    ),
    (
        &[
            "list", "ls", "show", "get", "info", "ps", "health", "volume", "peer", "pool",
        ],
        "`glusterctl status` shows pool, bricks, volumes, heals and mounts",
    ),
    (
        &["diagnose", "debug", "fix", "repair", "heal"],
        "`glusterctl doctor` finds what is wrong, and names what mends it",
    ),
    (
        &["history", "logs", "journal"],
        "`glusterctl log` shows what earlier runs changed",
    ),
    (
        &["scan", "disks", "devices", "facts", "gather"],
        "`glusterctl discover` lists each host's block devices",
    ),
    (
        &["new", "generate", "import", "bootstrap"],
        "`glusterctl init HOST…` writes an inventory",
    ),
    (
        &["test", "try", "simulate", "sandbox"],
        "`glusterctl rehearse` tries it on throwaway stand-ins of all hosts",
    ),
    (
        &["drain", "cordon", "stop", "start", "uncordon"],
        "`glusterctl maintenance enter HOST` takes a server out of service",
    ),
];

/// Options of other tools; the tip for each.
const OPTIONS: [(&[&str], &str); 8] = [
    (
        &[
            "--dry-run",
            "--check",
            "--diff",
            "--noop",
            "--what-if",
            "--simulate",
            "-n",
            "-C",
            "-D",
        ],
        "`glusterctl plan` shows what would change, and changes nothing",
    ),
    (
        &[
            "-y",
            "--assume-yes",
            "--auto-approve",
            "--approve",
            "--non-interactive",
            "--no-confirm",
        ],
        "`--yes` agrees to every danger of the run, such as formatting a device",
    ),
    (
        &["--force", "-f", "--overwrite"],
        "there is no --force: `--yes` agrees to the dangers that `plan` shows",
    ),
    (
        &["--json", "--yaml", "--format"],
        "`-o json` and `-o yaml` print data for programs",
    ),
    (
        &["--config", "-c", "--file", "--hosts"],
        "`-i FILE` names the inventory",
    ),
    (
        &["--debug", "--trace", "-vv", "-vvv"],
        "`-v` shows every command that runs on a host",
    ),
    (
        &["--user", "-u", "--become", "--private-key", "-b", "-k", "-K"],
        "how SSH reaches the hosts stands below `ssh` in the inventory",
    ),
    (
        &["--destroy"],
        "`glusterctl destroy --cluster` takes everything off the hosts",
    ),
];

/// Adds a tip to an error about a command or an option that another tool has.
pub fn explain(error: &mut clap::Error) {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    let tip = match (word(ContextKind::InvalidSubcommand), word(ContextKind::InvalidArg)) {
        (Some(command), _) => tip(&COMMANDS, &command),
        (None, Some(option)) => tip(&OPTIONS, option.split('=').next().unwrap_or_default()),
        (None, None) => None,
    };
    if let Some(tip) = tip {
        // What clap finds similar by its letters means something else.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![StyledStr::from(tip)]),
        );
    }
}

fn tip(habits: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    habits
        .iter()
        .find(|(words, _)| words.contains(&word))
        .map(|(_, tip)| *tip)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    fn said(line: &str) -> String {
        let mut error = Cli::try_parse_from(line.split(' ')).unwrap_err();
        explain(&mut error);
        error.to_string()
    }

    #[test]
    fn habits_of_other_tools_get_a_tip() {
        for (line, tip) in [
            ("glusterctl validate", "  tip: `glusterctl check` validates"),
            ("glusterctl up", "  tip: `glusterctl apply` makes"),
            ("glusterctl delete gv0", "  tip: `glusterctl destroy VOLUME` deletes"),
            ("glusterctl logs", "  tip: `glusterctl log` shows"),
            (
                "glusterctl apply --dry-run",
                "  tip: `glusterctl plan` shows what would change",
            ),
            (
                "glusterctl apply --check",
                "  tip: `glusterctl plan` shows what would change",
            ),
            ("glusterctl apply -y", "  tip: `--yes` agrees"),
            ("glusterctl apply --force", "  tip: there is no --force"),
            ("glusterctl status --json", "  tip: `-o json`"),
        ] {
            let said = said(line);
            assert!(said.contains(tip), "{line}: {said}");
            assert_eq!(said.matches("tip:").count(), 1, "{line}: {said}");
        }
        // A typing mistake is what clap itself explains.
        assert!(said("glusterctl aply").contains("a similar subcommand exists: 'apply'"));
        assert!(!said("glusterctl frobnicate").contains("tip:"));
    }

    #[test]
    fn no_habit_is_a_command_or_an_option_of_the_program() {
        let program = Cli::command();
        let commands: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
        for word in COMMANDS.iter().flat_map(|(words, _)| *words) {
            assert!(!commands.contains(word), "{word}");
        }
        let all = OPTIONS.iter().chain(&COMMANDS).flat_map(|(words, _)| *words);
        let mut words: Vec<&&str> = all.collect();
        let number = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), number, "a habit has one tip");
        // Every command that a tip names exists, and a tip fits a terminal.
        for (_, tip) in OPTIONS.iter().chain(&COMMANDS) {
            assert!("  tip: ".len() + tip.chars().count() <= 80, "{tip}");
            for named in tip.split("`glusterctl ").skip(1) {
                let name = named.split([' ', '`']).next().unwrap_or_default();
                assert!(commands.contains(&name), "{tip}");
            }
        }
    }
}
