//! Ranges in names: `kube[1:3]` and `kube[01:20:2]` of Ansible, `kube{1..3}` and `kube{a,b}` of gdeploy.

/// More hosts than any inventory has: a range with a typing mistake fills no memory.
const MOST: usize = 2_000;

/// The names that a pattern of Ansible stands for.
///
/// # Errors
/// What is wrong with the pattern.
pub fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let items = |inside: &str| {
        let parts: Vec<&str> = inside.split(':').collect();
        match parts.as_slice() {
            [first, last] => between(first, last, 1),
            [first, last, step] => between(first, last, step.parse().ok()?),
            _ => None,
        }
    };
    with(pattern, ['[', ']'], "[1:3]", &items)
}

/// The names that a pattern of gdeploy stands for.
///
/// # Errors
/// What is wrong with the pattern.
pub fn braces(pattern: &str) -> Result<Vec<String>, String> {
    let items = |inside: &str| match inside.split_once("..") {
        Some((first, last)) => between(first, last, 1),
        None => Some(inside.split(',').map(|one| one.trim().to_owned()).collect()),
    };
    with(pattern, ['{', '}'], "{1..3}", &items)
}

/// The names of a pattern in which each pair of marks stands for several items.
fn with(
    pattern: &str,
    marks: [char; 2],
    example: &str,
    items: &impl Fn(&str) -> Option<Vec<String>>,
) -> Result<Vec<String>, String> {
    let Some((before, rest)) = pattern.split_once(marks[0]) else {
        return Ok(vec![pattern.to_owned()]);
    };
    let wrong = || format!("{pattern:?} has a range that cannot be read; write for example kube{example}");
    let (inside, after) = rest.split_once(marks[1]).ok_or_else(wrong)?;
    let ends = with(after, marks, example, items)?;
    let items = items(inside).ok_or_else(wrong)?;
    if items.len().saturating_mul(ends.len()) > MOST {
        return Err(format!("{pattern:?} stands for more than {MOST} hosts"));
    }
    let names = items
        .iter()
        .flat_map(|item| ends.iter().map(move |end| format!("{before}{item}{end}")));
    Ok(names.collect())
}

/// The numbers or letters from the first to the last; as many digits as the first has, if it begins with 0.
fn between(first: &str, last: &str, step: usize) -> Option<Vec<String>> {
    let numbers = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
    let letter = |text: &str| {
        let mut letters = text.chars();
        letters
            .next()
            .filter(|c| c.is_ascii_alphabetic() && letters.next().is_none())
    };
    let all: Vec<String> = match numbers {
        Some((from, to)) => {
            let width = if first.starts_with('0') { first.len() } else { 0 };
            (from..=to)
                .step_by(step.max(1))
                .take(MOST + 1)
                .map(|number| format!("{number:0width$}"))
                .collect()
        }
        None => (letter(first)?..=letter(last)?)
            .step_by(step.max(1))
            .map(String::from)
            .collect(),
    };
    (step > 0 && !all.is_empty()).then_some(all)
}
