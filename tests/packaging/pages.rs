//! A manual page for each command, and completions for the shells.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;

use crate::support::PROGRAM;
use crate::{block, path_with, ran};
use glusterctl::cli::Cli;

/// Whether this machine has a program.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// The names of a command's page and of the pages below it.
fn pages(command: &clap::Command, above: &str) -> Vec<String> {
    let name = format!("{above}{}", command.get_name());
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let below = shown.flat_map(|command| pages(command, &format!("{name}-")));
    below.chain([format!("{name}.1")]).collect()
}

#[test]
fn each_command_has_a_manual_page_that_man_can_show() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("man/man1");
    ran(Command::new(PROGRAM)
        .arg("man")
        .arg(&directory)
        .env("GLUSTERCTL_LAB", "of-this-user"));
    let mut wanted = pages(&Cli::command(), "");
    wanted.sort();
    assert!(
        wanted.contains(&"glusterctl-kubernetes-pods-image.1".to_owned()),
        "{wanted:?}"
    );
    let entries = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut written: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    written.sort();
    assert_eq!(written, wanted);
    let page = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    for section in [
        ".SH SYNOPSIS",
        ".SH \"EXIT STATUS\"",
        ".SH FILES",
        "GLUSTERCTL_INVENTORY",
    ] {
        assert!(
            page("glusterctl.1").contains(section),
            "{section}: {}",
            page("glusterctl.1")
        );
    }
    assert!(page("glusterctl-apply.1").contains("\\-\\-report"));
    for name in &written {
        assert!(!page(name).contains("of-this-user"), "{name}");
    }
    if has("groff") {
        let mut groff = Command::new("groff");
        groff.args(["-man", "-Tutf8", "-ww", "-z"]);
        assert_eq!(ran(groff.args(&written).current_dir(&directory)), "");
    }
}

/// The completions for a shell, in a file.
fn completions(place: &Path, shell: &str) -> PathBuf {
    let file = place.join(shell);
    fs::write(&file, ran(Command::new(PROGRAM).args(["completions", shell]))).unwrap();
    file
}

#[test]
fn shells_complete_commands_and_options() {
    let place = tempfile::tempdir().unwrap();
    let [bash, fish, zsh] = ["bash", "fish", "zsh"].map(|shell| completions(place.path(), shell));
    let script = ". \"$1\"; COMP_WORDS=(glusterctl apply --rep) COMP_CWORD=2
        _glusterctl glusterctl --rep apply; echo \"${COMPREPLY[@]}\"";
    let completed = ran(Command::new("bash").args(["--norc", "-euc", script, "bash"]).arg(bash));
    assert_eq!(completed, "--report\n");
    if has("fish") {
        let script = "source $argv[1]; complete -C 'glusterctl snapshot re'";
        let completed = ran(Command::new("fish").args(["--no-config", "-c", script]).arg(fish));
        assert!(completed.starts_with("restore\t"), "{completed}");
    }
    if has("zsh") {
        ran(Command::new("zsh").args(["-f", "-n"]).arg(&zsh));
    }
    let zsh = fs::read_to_string(zsh).unwrap();
    assert!(
        zsh.starts_with("#compdef glusterctl\n") && zsh.contains("ok-to-stop"),
        "{zsh}"
    );
}

#[test]
fn completions_and_pages_are_put_where_the_page_says() {
    let home = tempfile::tempdir().unwrap();
    symlink(PROGRAM, home.path().join("glusterctl")).unwrap();
    let commands = block("docs/install.md", "sh", "glusterctl man");
    for line in commands.lines().filter_map(|line| line.split_once(">~/")) {
        fs::create_dir_all(home.path().join(line.1).parent().unwrap()).unwrap();
    }
    let mut sh = Command::new("sh");
    sh.args(["-euc", &commands])
        .env("HOME", home.path())
        .env("PATH", path_with(home.path()));
    ran(&mut sh);
    for file in [
        "bash-completion/completions/glusterctl",
        "zsh/site-functions/_glusterctl",
        "man/man1/glusterctl-plan.1",
    ] {
        let path = home.path().join(".local/share").join(file);
        assert!(fs::metadata(path).unwrap().len() > 0, "{file}");
    }
}
