//! Text from hosts and files, in a form that a terminal may show.

/// A number of things: `1 host`, `2 hosts`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The text, with an escape such as `\u{1b}` for every character that a terminal acts on, or that turns or hides text.
#[must_use]
pub fn printable(text: &str) -> String {
    printable_but(text, &[])
}

/// [`printable`] for text of several lines: line breaks and tabs stay.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    printable_but(text, &['\n', '\t'])
}

fn printable_but(text: &str, kept: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_treacherous(c) && !kept.contains(&c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether the character is a control, or turns or hides text (Unicode's Bidi_Control, zero-width characters and the
/// byte order mark).
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The size in the largest binary unit that fits.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = format!("{value:.1}");
    format!("{} {}", text.strip_suffix(".0").unwrap_or(&text), UNITS[unit])
}

/// A span of time in the largest unit of which it has at least two, rounded down.
#[must_use]
pub fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Lines of at most so many columns, broken between words.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let mut column = 0;
        for (index, word) in line.split(' ').enumerate() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if index > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// The text, or as much of its beginning as so many columns have room for, with an ellipsis.
#[must_use]
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The programs that messages name as commands to type.
const TYPED: [&str; 6] = ["glusterctl", "gluster", "ssh", "ssh-keygen", "sudo", "systemctl"];

/// Text in which no line has more columns than that, if it can be helped: a long line goes on below, a little to the right. What
/// is to be copied stays whole: a word, a command behind a colon or in backquotes, and a line that begins with four blanks, as
/// those of scripts do.
#[must_use]
pub fn folded(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| match line.starts_with("    ") {
        true => line.to_owned(),
        false => folded_line(line, width, 2),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line, and what of it goes on below, so far to the right of where the line begins.
#[must_use]
pub fn folded_line(line: &str, width: usize, further: usize) -> String {
    let begin = line.len() - line.trim_start_matches(' ').len();
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let indent = (begin + further).min(width / 2);
    let (mut out, mut column) = (" ".repeat(begin), begin);
    let mut is_first = true;
    for piece in pieces(&line[begin..]) {
        let length = piece.chars().count();
        if is_first {
            column += length;
        } else if piece.is_empty() || column + 1 + length <= width {
            out.push(' ');
            column += 1 + length;
        } else {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent + length;
        }
        out.push_str(&piece);
        is_first = false;
    }
    out
}

/// The parts of a line between which it may be broken.
fn pieces(line: &str) -> Vec<String> {
    let (mut pieces, mut is_command, mut is_quoted) = (Vec::<String>::new(), false, false);
    let mut before = ":";
    for word in line.split(' ') {
        match pieces.last_mut() {
            Some(piece) if is_command || is_quoted => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => {
                is_command = before.ends_with(':') && TYPED.contains(&word);
                pieces.push(word.to_owned());
            }
        }
        is_quoted ^= word.matches('`').count() % 2 == 1;
        is_command &= !word.ends_with([',', ';']);
        before = word;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_ends_with_an_ellipsis() {
        assert_eq!(shortened("write /a, /b", 12), "write /a, /b");
        assert_eq!(shortened("write /a, /b", 11), "write /a,…");
    }

    #[test]
    fn long_lines_go_on_below_and_what_is_to_be_copied_stays_whole() {
        for (text, folded_to) in [
            ("short\n  as it is\n", "short\n  as it is\n"),
            (
                "  volume gv0: brick kube1:/bricks/vdb/gv0 is not online\n",
                "  volume gv0: brick\n    kube1:/bricks/vdb/gv0\n    is not online\n",
            ),
            (
                "accept it once with: ssh -F /etc/ssh/other -l op kube1",
                "accept it once with:\n  ssh -F /etc/ssh/other -l op kube1",
            ),
            (
                "run `glusterctl plan --full` again, or not at all",
                "run\n  `glusterctl plan --full`\n  again, or not at all",
            ),
            (
                "    gluster volume heal gv0 split-brain bigger-file",
                "    gluster volume heal gv0 split-brain bigger-file",
            ),
            (
                "formats kube1:/dev/vdb. Go on? [y/N] ",
                "formats kube1:/dev/vdb. Go\n  on? [y/N] ",
            ),
        ] {
            assert_eq!(folded(text, 26), folded_to);
        }
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        let text = "a\u{1b}[31mb\u{9b}2J\r\u{202e}c\n\té";
        assert_eq!(printable_lines(text), "a\\u{1b}[31mb\\u{9b}2J\\r\\u{202e}c\n\té");
        assert_eq!(printable("a\n\tb"), "a\\n\\tb");
    }

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        for (seconds, told) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(seconds), told);
        }
    }

    #[test]
    fn sizes_are_told_in_few_digits() {
        for (bytes, told) in [
            (0, "0 KiB"),
            (512, "0.5 KiB"),
            (536_870_912, "512 MiB"),
            (1_099_511_627_775, "1 TiB"),
            (270_582_939_648, "252 GiB"),
            (10_995_116_277_760, "10 TiB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }
}
