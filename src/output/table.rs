//! Tables on standard output, as wide as the terminal at most, and in whole lines off a terminal. Pure but for the terminal's width.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

use crate::text::folded_line;

/// The columns that a wide table leaves its last column at least, unless the terminal is narrow.
const LAST_COLUMN: usize = 16;

/// The columns between two columns of a table.
const BETWEEN: usize = 2;

/// A table without borders, two spaces between columns, with a newline at the end. Off a terminal each row is one line, for
/// whoever searches in it. At a terminal that is too narrow for that, the last column's text is broken, so that names can be
/// copied, and a name that is much longer than the others. Where even that is too wide, each row is a list: the first cell, and
/// below it a line for each other cell.
#[must_use]
pub fn table<R>(header: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = String>,
{
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().collect()).collect();
    match super::columns() {
        Some(screen) => fitting(header, &rows, screen),
        None => whole(header, &rows),
    }
}

/// Each row on one line.
fn whole(header: &[&str], rows: &[Vec<String>]) -> String {
    let on_one_line = |row: &Vec<String>| row.iter().map(|cell| cell.replace('\n', ", ")).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = rows.iter().map(on_one_line).collect();
    let mut table = plain(header, &rows);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.trim_fmt() + "\n"
}

fn fitting(header: &[&str], rows: &[Vec<String>], screen: usize) -> String {
    let mut table = plain(header, rows);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(screen).unwrap_or(u16::MAX));
    let widths = table.column_max_content_widths();
    let widths: Vec<usize> = widths.into_iter().map(|width| usize::from(width) + BETWEEN).collect();
    let last = widths.len() - 1;
    let least = widths[last].min(LAST_COLUMN).min(screen / 4);
    let usual: Vec<usize> = (0..last).map(|at| usual_width(header, rows, at) + BETWEEN).collect();
    let Some(allowed) = allowed(&widths[..last], &usual, screen.saturating_sub(least)) else {
        return lists(header, rows, screen);
    };
    for (index, column) in table.column_iter_mut().enumerate() {
        match allowed.get(index).filter(|allowed| **allowed < widths[index]) {
            Some(allowed) => {
                let width = Width::Fixed(u16::try_from(*allowed).unwrap_or(u16::MAX));
                column.set_constraint(ColumnConstraint::Absolute(width));
            }
            None if index < last => {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            None => {}
        }
    }
    table.trim_fmt() + "\n"
}

/// A table as wide as its cells.
fn plain(header: &[&str], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.clone());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, BETWEEN as u16));
    }
    table
}

/// The width that half of a column's cells do not exceed.
fn usual_width(header: &[&str], rows: &[Vec<String>], at: usize) -> usize {
    let longest_line = |cell: &str| cell.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let cells = rows.iter().filter_map(|row| row.get(at));
    let mut widths: Vec<usize> = cells.map(|cell| longest_line(cell)).collect();
    widths.sort_unstable();
    let half = widths.len().saturating_sub(1) / 2;
    widths
        .get(half)
        .copied()
        .unwrap_or_default()
        .max(longest_line(header[at]))
}

/// The widths that columns may have, so that together they are no wider than `room`: first the columns with the longest unusual
/// cells lose width, and none becomes narrower than its usual cells. None if that does not suffice.
fn allowed(widths: &[usize], usual: &[usize], room: usize) -> Option<Vec<usize>> {
    let mut allowed = widths.to_vec();
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    let mut places: Vec<usize> = (0..widths.len()).collect();
    places.sort_by_key(|at| std::cmp::Reverse(widths[*at].saturating_sub(usual[*at])));
    for at in places {
        let less = excess.min(widths[at].saturating_sub(usual[at]));
        allowed[at] -= less;
        excess -= less;
    }
    (excess == 0).then_some(allowed)
}

/// Each row as a list, without its empty cells.
fn lists(header: &[&str], rows: &[Vec<String>], screen: usize) -> String {
    let Some((head, labels)) = header.split_first() else {
        return String::new();
    };
    let is_shown = |at: usize| {
        rows.iter()
            .any(|row| row.get(at + 1).is_some_and(|cell| !cell.is_empty()))
    };
    let shown = (0..labels.len()).filter(|at| is_shown(*at));
    let label_width = shown.map(|at| labels[at].chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for row in rows {
        let Some((name, cells)) = row.split_first() else {
            continue;
        };
        if !name.is_empty() {
            text += &format!("{head} {name}\n");
        }
        for (label, cell) in labels.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let cell = cell.replace('\n', ", ");
            let line = format!("  {label:<label_width$}  {cell}");
            text += &folded_line(&line, screen, label_width + 2);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::COLUMNS;

    #[test]
    fn a_name_is_on_one_line_whatever_the_last_column_says() {
        let names = ["2026-01-02T03-04-05-gv0-1a2b", "a-cluster-of-many-hosts-1234"];
        let reason = "failed: kube1: the device is in use by somebody else, as this long sentence says".to_owned();
        let row = vec![names[0].to_owned(), names[1].to_owned(), reason];
        let told = fitting(&["RECORD", "CLUSTER", "RESULT"], &[row], usize::from(COLUMNS));
        let line = told.lines().nth(1).unwrap_or_default();
        assert!(names.iter().all(|name| line.contains(name)), "{told}");
        assert!(told.lines().all(|line| line.len() <= usize::from(COLUMNS)), "{told}");
    }

    #[test]
    fn one_very_long_name_makes_no_lists_of_all_rows() {
        let long = format!("2026-01-02T03-04-05-{}-1a2b", "c".repeat(100));
        let names = ["2026-01-02T03-04-05-gv0-1a2b", &long, "2026-01-02T03-04-06-gv0-1a2b"];
        let rows = names.map(|name| {
            [name, "gv0", "12", "failed: kube1: the device is in use"]
                .map(str::to_owned)
                .to_vec()
        });
        let head = ["RECORD", "CLUSTER", "STEPS", "RESULT"];
        let told = fitting(&head, &rows, usize::from(COLUMNS));
        assert!(told.starts_with("RECORD "), "{told}");
        assert!(
            told.lines().all(|line| line.chars().count() <= usize::from(COLUMNS)),
            "{told}"
        );
        for name in [names[0], names[2]] {
            assert!(
                told.lines()
                    .any(|line| line.starts_with(&format!("{name} ")) && line.contains("gv0")),
                "{told}"
            );
        }
        assert!(fitting(&head, &rows, 40).starts_with("RECORD 2026-01-02T03-04-05-gv0-1a2b\n  CLUSTER  gv0\n"));
        let lines = whole(&head, &rows);
        assert_eq!(lines.lines().count(), 4, "{lines}");
        assert!(
            lines
                .lines()
                .skip(1)
                .all(|line| line.ends_with("failed: kube1: the device is in use")),
            "{lines}"
        );
    }

    #[test]
    fn a_table_that_is_too_wide_for_the_terminal_is_a_list_for_each_row() {
        let row = |host: &str, state: &str| {
            let cells = [host, "198.51.100.11", "server", "", state];
            cells.map(str::to_owned).to_vec()
        };
        let rows = [
            row("kube1", "ready"),
            row("kube2", "not ready, as its glusterd is not enabled"),
        ];
        let told = |screen| fitting(&["HOST", "ADDRESS", "ROLE", "PEERS", "BOOT"], &rows, screen);
        assert!(
            told(60).starts_with("HOST   ADDRESS        ROLE    PEERS  BOOT\nkube1  198.51.100.11"),
            "{}",
            told(60)
        );
        assert_eq!(
            told(32),
            "HOST kube1\n  ADDRESS  198.51.100.11\n  ROLE     server\n  BOOT     ready\n\
             HOST kube2\n  ADDRESS  198.51.100.11\n  ROLE     server\n  BOOT     not ready, as its\n           glusterd is not\n           enabled\n"
        );
    }
}
