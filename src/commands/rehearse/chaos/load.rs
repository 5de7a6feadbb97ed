//! A program on a stand-in that writes to a volume or reads from it, and what it tells. The program is started without the
//! network, and again whenever its host has booted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::felt::{Moment, What, last_done};
use crate::inventory::HostName;
use crate::lab::Lab;
use crate::scripts::{CHAOS_COMPARE, CHAOS_READ, CHAOS_WRITE};

/// The pause of a program after each write or read, in seconds.
const PACE: &str = "0.2";

/// The pause before a program is started again.
const AGAIN: Duration = Duration::from_millis(200);

/// The checksums of files, by name.
pub type Files = BTreeMap<String, String>;

/// Where a program runs, and where its files are.
#[derive(Debug, Clone)]
pub struct Post {
    /// The lab.
    pub lab: Arc<Lab>,
    /// The stand-in.
    pub host: HostName,
    /// Where the volume is mounted.
    pub mount: String,
    /// The directory of the files, on the volume.
    pub dir: String,
}

/// What a program does.
#[derive(Debug, Clone)]
pub enum Work {
    /// Writes files whose names begin so.
    Write(String),
    /// Reads these files.
    Read(Files),
}

/// A program that runs until the value is dropped.
#[derive(Debug)]
pub struct Load(Arc<Told>);

/// What a program told.
#[derive(Debug)]
struct Told {
    zero: Instant,
    moments: Mutex<Vec<Moment>>,
    written: Mutex<Files>,
    refusal: Mutex<Option<String>>,
    ended: Mutex<Option<Duration>>,
    is_over: AtomicBool,
}

impl Load {
    /// Starts a program; moments are counted from `zero`.
    #[must_use]
    pub fn start(post: Post, work: Work, zero: Instant) -> Self {
        let told = Arc::new(Told {
            zero,
            moments: Mutex::default(),
            written: Mutex::default(),
            refusal: Mutex::default(),
            ended: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let listener = Arc::clone(&told);
        thread::spawn(move || run(&post, &work, &listener));
        Load(told)
    }

    /// What was told so far.
    #[must_use]
    pub fn moments(&self) -> Vec<Moment> {
        locked(&self.0.moments).clone()
    }

    /// When something succeeded last.
    #[must_use]
    pub fn last_done(&self) -> Option<Duration> {
        last_done(&locked(&self.0.moments))
    }

    /// The files that were written so far.
    #[must_use]
    pub fn written(&self) -> Files {
        locked(&self.0.written).clone()
    }

    /// The words of the first refusal.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        locked(&self.0.refusal).clone()
    }

    /// The host loses its power: whoever works there would try now, and cannot.
    pub fn is_cut(&self) {
        self.0.add(What::Try);
    }

    /// Lets the program end; what it tells from here on does not count.
    pub fn stop(&self) {
        locked(&self.0.ended).get_or_insert_with(|| self.0.zero.elapsed());
        self.0.is_over.store(true, Ordering::Relaxed);
    }

    /// When the program was stopped.
    #[must_use]
    pub fn ended(&self) -> Option<Duration> {
        *locked(&self.0.ended)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Told {
    fn add(&self, what: What) {
        let at = self.zero.elapsed();
        locked(&self.moments).push(Moment { at, what });
    }

    fn line(&self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "try" => self.add(What::Try),
            "done" => {
                if let Some((sum, name)) = rest.split_once(' ') {
                    locked(&self.written).insert(name.to_owned(), sum.to_owned());
                }
                self.add(What::Done);
            }
            "different" => self.add(What::Different),
            "failed" => {
                locked(&self.refusal).get_or_insert_with(|| rest.trim().to_owned());
                self.add(What::Failed);
            }
            _ => {}
        }
    }
}

/// Runs the program again and again, and listens. A program ends by itself when nobody listens any more.
fn run(post: &Post, work: &Work, told: &Told) {
    for count in 1.. {
        if let Ok(mut child) = started(post, work, count) {
            let lines = child
                .stdout
                .take()
                .into_iter()
                .flat_map(|out| BufReader::new(out).lines());
            for line in lines.map_while(Result::ok) {
                if told.is_over.load(Ordering::Relaxed) {
                    break;
                }
                told.line(&line);
            }
            // The program within the host is another process, whose next word nobody reads.
            let _ = child.kill();
            let _ = child.wait();
        }
        if told.is_over.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(AGAIN);
    }
}

fn started(post: &Post, work: &Work, count: usize) -> anyhow::Result<Child> {
    let values = [("mount", post.mount.as_str()), ("dir", &post.dir), ("pause", PACE)];
    let script = match work {
        Work::Write(name) => CHAOS_WRITE.with(&[&values[..], &[("name", &format!("{name}-{count}"))]].concat()),
        Work::Read(files) => {
            let files: Vec<String> = files.iter().map(|(name, sum)| format!("{sum}:{name}")).collect();
            CHAOS_READ.with(&[&values[..], &[("files", &files.join("\n"))]].concat())
        }
    };
    let mut command = post.lab.within(&post.host)?;
    // A group of its own: Ctrl-C at the terminal is for glusterctl alone.
    command.args(["sh", "-c", &script]).env("LC_ALL", "C").process_group(0);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().context("starting nsenter")
}

impl Post {
    /// Makes the directory of the files.
    ///
    /// # Errors
    /// The volume takes no directory.
    pub fn make_directory(&self) -> anyhow::Result<()> {
        self.run(&format!("mkdir -p {}\n", crate::shell::quote(&self.dir)))
            .map(drop)
    }

    /// The names of the files that are lost, and of those that are not what was written.
    ///
    /// # Errors
    /// The files could not be looked at.
    pub fn compare(&self, files: &Files) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        if files.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let lines: Vec<String> = files.iter().map(|(name, sum)| format!("{sum}  {name}")).collect();
        let said = self.run(&CHAOS_COMPARE.with(&[("dir", self.dir.as_str()), ("files", &lines.join("\n"))]))?;
        Ok(compared(&said))
    }

    fn run(&self, script: &str) -> anyhow::Result<String> {
        const PATIENCE: &str = "120";
        let what = || format!("{}: {}", self.host, self.dir);
        let mut command = self.lab.within(&self.host)?;
        command
            .args(["timeout", PATIENCE, "sh"])
            .env("LC_ALL", "C")
            .process_group(0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().with_context(what)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(script.as_bytes()).with_context(what)?;
        }
        let output = child.wait_with_output().with_context(what)?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!("{}: {}: {}", what(), output.status, words.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The files that sha256sum could not open, and those with another content.
fn compared(said: &str) -> (Vec<String>, Vec<String>) {
    let (mut lost, mut different) = (Vec::new(), Vec::new());
    for line in said.lines() {
        if let Some(name) = line.strip_suffix(": FAILED open or read") {
            lost.push(name.to_owned());
        } else if let Some(name) = line.strip_suffix(": FAILED") {
            different.push(name.to_owned());
        }
    }
    (lost, different)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn files_that_are_lost_or_different_are_named() {
        let place = tempfile::tempdir().unwrap();
        let sums = [
            (
                "same",
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
            (
                "other",
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
            (
                "lost",
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ];
        fs::write(place.path().join("same"), "123456789").unwrap();
        fs::write(place.path().join("other"), "12345678").unwrap();
        let files: Vec<String> = sums.iter().map(|(name, sum)| format!("{sum}  {name}")).collect();
        let dir = place.path().display().to_string();
        let script = CHAOS_COMPARE.with(&[("dir", dir.as_str()), ("files", &files.join("\n"))]);
        let output = Command::new("sh")
            .args(["-c", &script])
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        let (lost, different) = compared(&String::from_utf8(output.stdout).unwrap());
        assert_eq!((lost, different), (vec!["lost".to_owned()], vec!["other".to_owned()]));
        assert_eq!(compared(""), (Vec::new(), Vec::new()));
    }

    fn nothing_told() -> Told {
        Told {
            zero: Instant::now(),
            moments: Mutex::default(),
            written: Mutex::default(),
            refusal: Mutex::default(),
            ended: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    /// What the scripts tell of a directory that is there, then is not, then is there again.
    #[test]
    fn the_programs_tell_of_every_try() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("files");
        fs::create_dir(&dir).unwrap();
        let told = nothing_told();
        // The volume is mounted, and the program's own file has a place.
        let mounted = "findmnt() { :; }";
        let values = [("mount", "/data"), ("dir", dir.to_str().unwrap()), ("pause", "0.05")];
        let listen = |script: String, told: &Told, enough: &dyn Fn(usize) -> bool| {
            let script = script.replace("/run/", &format!("{}/", place.path().display()));
            let mut child = Command::new("sh")
                .args(["-c", &format!("{mounted}\n{script}")])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            for count in 0.. {
                told.line(&lines.next().unwrap().unwrap());
                if enough(count) {
                    break;
                }
            }
            drop(lines);
            // The program ends because nobody listens.
            child.wait().unwrap();
        };
        let write = CHAOS_WRITE.with(&[&values[..], &[("name", "w")]].concat());
        let away = place.path().join("away");
        listen(write, &told, &|count| {
            match count {
                5 => fs::rename(&dir, &away).unwrap(),
                12 => fs::rename(&away, &dir).unwrap(),
                _ => {}
            }
            count == 19
        });
        let what = |moments: &Mutex<Vec<Moment>>, wanted: What| {
            locked(moments).iter().filter(|moment| moment.what == wanted).count()
        };
        assert!(what(&told.moments, What::Done) >= 4, "{told:?}");
        assert!(what(&told.moments, What::Failed) >= 2, "{told:?}");
        assert!(
            locked(&told.refusal).as_ref().unwrap().contains("No such file"),
            "{told:?}"
        );
        let files = locked(&told.written).clone();
        assert!(
            files.len() >= 4 && files.keys().all(|name| dir.join(name).exists()),
            "{files:?}"
        );
        // One file is changed behind the reader's back.
        fs::write(dir.join(files.keys().next().unwrap()), "else").unwrap();
        let lines: Vec<String> = files.iter().map(|(name, sum)| format!("{sum}:{name}")).collect();
        let read = CHAOS_READ.with(&[&values[..], &[("files", &lines.join("\n"))]].concat());
        locked(&told.moments).clear();
        listen(read, &told, &|count| count + 1 == files.len() * 2);
        assert_eq!(what(&told.moments, What::Different), 1, "{told:?}");
        assert_eq!(what(&told.moments, What::Done), files.len() - 1, "{told:?}");
    }
}
