//! A person at a terminal: a shell in a real tmux, real keys, and what the screen shows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{PROGRAM, say};

/// What the shell writes when it waits for a command.
const PROMPT: &str = "$ ";
/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A shell in a terminal of so many columns. The terminal is gone when the value is dropped.
pub struct Terminal {
    /// tmux's server is of this terminal alone.
    server: String,
    columns: usize,
}

impl Terminal {
    /// A terminal whose shell is at home in a directory, and where `glusterctl` is the program under test.
    pub fn new(place: &Path, columns: usize) -> Self {
        let programs = place.join("bin");
        if !programs.exists() {
            fs::create_dir(&programs).unwrap();
            std::os::unix::fs::symlink(PROGRAM, programs.join("glusterctl")).unwrap();
        }
        let settings = place.join("tmux.conf");
        fs::write(
            &settings,
            "set -g status off\nset -g history-limit 20000\nset -g default-terminal screen-256color\n",
        )
        .unwrap();
        let server = format!("glusterctl-{}-{columns}", std::process::id());
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &server, "-u", "-f"])
            .arg(&settings)
            .args(["new-session", "-d", "-y", "24", "-x", &columns.to_string(), "-c"])
            .arg(place)
            .args(["env", &format!("PS1={PROMPT}"), "sh"])
            .env("PATH", path)
            .env("HOME", place)
            .env("LANG", "C.UTF-8")
            .env("XDG_STATE_HOME", place.join("state"))
            .env_remove("GLUSTERCTL_LAB")
            .env_remove("GLUSTERCTL_INVENTORY")
            .env_remove("NO_COLOR")
            .env_remove("TMUX");
        assert!(tmux.status().unwrap().success());
        let terminal = Terminal { server, columns };
        terminal.until("the shell waits", |shown| shown == PROMPT.trim_end());
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.server]).args(arguments).stdin(Stdio::null());
        let output = tmux.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "tmux {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Presses keys, as tmux names them.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Types a text, and presses Enter.
    pub fn enter(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.press("Enter");
    }

    /// All that the terminal shows, with what has left the screen above; each line as the program ended it, however many
    /// lines of the screen it took.
    pub fn shown(&self) -> String {
        let shown = self.tmux(&["capture-pane", "-p", "-J", "-S", "-"]);
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits until what is shown is as wanted; returns it.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let shown = self.shown();
            if is_so(&shown) {
                return shown;
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "{what}:\n{shown}");
            std::thread::sleep(LOOK);
        }
    }

    /// Runs a command to its end; returns what was shown below the command.
    pub fn run(&self, command: &str) -> String {
        self.begin(command);
        self.end()
    }

    /// Types a command on an empty screen.
    pub fn begin(&self, command: &str) {
        self.tmux(&["send-keys", "-R"]);
        self.tmux(&["clear-history"]);
        self.enter(command);
    }

    /// Waits until the shell waits for the next command; returns what was shown below the command.
    pub fn end(&self) -> String {
        let is_over = |shown: &str| {
            let mut lines = shown.lines();
            lines.next().is_some() && lines.next_back() == Some(PROMPT.trim_end())
        };
        let shown = self.until("the command ends", is_over);
        say(&format!("{} columns: {shown}\n", self.columns));
        let lines: Vec<&str> = shown.lines().skip(1).collect();
        let lines = &lines[..lines.len() - 1];
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Panics unless a person can read all of it: no line is longer than the terminal, which would break it wherever it met its
    /// edge, and nothing is left of spinners, bars and escape sequences.
    pub fn can_be_read(&self, text: &str) {
        for line in text.lines() {
            assert!(
                line.chars().count() <= self.columns,
                "{} columns: {line}\n{text}",
                self.columns
            );
        }
        let is_rubbish =
            |c: char| (c.is_control() && c != '\n') || ('\u{2800}'..='\u{28ff}').contains(&c) || c == '\u{fffd}';
        assert!(
            !text.contains(is_rubbish) && !text.contains("[K") && !text.contains("[0m"),
            "{text}"
        );
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut tmux = Command::new("tmux");
        let _ = tmux.args(["-L", &self.server, "kill-server"]).status();
    }
}
