//! A program on a host that writes files and remembers their checksums, while a test does something to the cluster.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::boot::{LIMIT, until};
use super::cluster::Cluster;

/// Writes files of 20 kB, each on stable storage before the file gets its name and its checksum is noted, and reads an older
/// file each time. What is refused is noted, too: a read only if it is refused again in each of so many seconds of patience.
/// Set before: dir (of the files), notes (the directory of the notes), pause (in seconds), patience (in seconds).
const WRITER: &str = r#"number=0
while :; do
    number=$((number + 1))
    head -c 20000 /dev/urandom >"$notes/file"
    sum=$(sha256sum <"$notes/file")
    if dd if="$notes/file" of="$dir/new-$number" bs=8k conv=fsync status=none && mv "$dir/new-$number" "$dir/$number"; then
        echo "${sum%-}$number" >>"$notes/written"
    else
        echo "write $number, $(date +%T)" >>"$notes/refused"
    fi
    old=$(awk -v at=$((number / 2 + 1)) 'NR == at { print $2 }' "$notes/written")
    read_old() { [ -z "$old" ] || cat "$dir/$old" >/dev/null; }
    tries=$((patience + 1))
    until read_old || [ $((tries -= 1)) = 0 ]; do sleep 1; done
    [ $tries -gt 0 ] || echo "read $old, $(date +%T)" >>"$notes/refused"
    sleep "$pause"
done
"#;

/// Where the writer below this mount point writes, where its notes are, and its unit.
fn places(mount: &str) -> (String, String, String) {
    let unit = format!("writer{}", mount.replace('/', "-"));
    (format!("{mount}/steady"), format!("/root/{unit}"), unit)
}

impl Cluster {
    /// Starts to write files below /data on a host.
    pub fn write_steadily(&self, on: &str) {
        self.write_every(on, "/data", "0.5", 1);
    }

    /// [`Cluster::write_steadily`] below any mount point, with a pause of so many seconds after each file. A client may ask a
    /// brick that Gluster has just taken out until it has the volume's new definition: `patience` says how many seconds a read
    /// may be refused. The writer begins
    /// once the mount takes writes: a client reconnects to a brick that was started only some seconds later.
    pub fn write_every(&self, on: &str, mount: &str, pause: &str, patience: u32) {
        let (dir, notes, unit) = places(mount);
        let ready = format!(
            "rm -rf {dir} {notes} && mkdir {dir} {notes} && touch {notes}/written {notes}/refused && echo 0 >{dir}/0"
        );
        until(&format!("{on}: {mount} takes writes"), LIMIT, || {
            let output = self.lab.run(on, &ready);
            let said = || String::from_utf8_lossy(&output.stderr).into_owned();
            output.status.success().then_some(()).ok_or_else(said)
        });
        let script = format!("dir={dir} notes={notes} pause={pause} patience={patience}\n{WRITER}");
        let start = format!(
            "cat >{notes}/writer <<'END'\n{script}END\nsystemd-run -q --collect --unit={unit} sh {notes}/writer"
        );
        self.lab.must(on, &start);
    }

    /// Waits until the writer below /data has written more files than this: a fast machine is through with a test sooner.
    pub fn has_written(&self, on: &str, more_than: usize) {
        let count = format!("wc -l <{}/written", places("/data").1);
        until(&format!("{on} has written more than {more_than} files"), LIMIT, || {
            let written = self.lab.must(on, &count);
            let is_so = written.trim().parse().is_ok_and(|written: usize| written > more_than);
            is_so.then_some(()).ok_or(written)
        });
    }

    /// Ends the writer below /data, and reads every file on each of these hosts; see [`Cluster::holds`].
    pub fn nothing_is_lost(&self, writer: &str, readers: &[&str]) -> (usize, usize) {
        self.lab.must(writer, &format!("systemctl stop {}", places("/data").2));
        self.holds(writer, "/data", readers)
    }

    /// Every file that was written so far below this mount point is read on each of these hosts, and is what was written.
    /// Returns the number of files, and the number of refused writes and reads.
    pub fn holds(&self, writer: &str, mount: &str, readers: &[&str]) -> (usize, usize) {
        // A new file each time: a client of Gluster may show the old content of an existing file for a second.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (dir, notes, _) = places(mount);
        let sums = format!("sums-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let counts = format!(
            "cp {notes}/written {dir}/{sums} && wc -l <{dir}/{sums} && wc -l <{notes}/refused && cat {notes}/refused"
        );
        let counts = self.lab.must(writer, &counts);
        let mut lines = counts.lines();
        let mut number = || lines.next().and_then(|line| line.trim().parse().ok()).unwrap();
        let (written, refused) = (number(), number());
        let said: Vec<&str> = lines.collect();
        assert_eq!(said.len(), refused, "{counts}");
        if refused > 0 {
            eprintln!("{writer}: {mount}: refused: {}", said.join("; "));
        }
        for reader in readers {
            self.lab
                .must(reader, &format!("cd {dir} && sha256sum -c --quiet {sums}"));
        }
        (written, refused)
    }
}
