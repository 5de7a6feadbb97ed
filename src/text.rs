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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        let text = "a\u{1b}[31mb\u{9b}2J\r\u{202e}c\n\té";
        assert_eq!(printable_lines(text), "a\\u{1b}[31mb\\u{9b}2J\\r\\u{202e}c\n\té");
        assert_eq!(printable("a\n\tb"), "a\\n\\tb");
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
