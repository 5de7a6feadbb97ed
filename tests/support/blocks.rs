//! The blocks of code in the pages of the documentation.

/// The blocks of a page in this language, line by line, without the indentation that a block below an item of a list has.
pub fn blocks<'t>(page: &'t str, language: &str) -> Vec<Vec<&'t str>> {
    let opened = format!("```{language}");
    let mut blocks = Vec::new();
    // The indentation and the lines of the block that is being read.
    let mut inside: Option<(usize, Vec<&str>)> = None;
    for line in page.lines() {
        let text = line.trim_start();
        match &mut inside {
            Some(_) if text.starts_with("```") => blocks.extend(inside.take().map(|(_, block)| block)),
            Some((indented, block)) => block.push(line.get(*indented..).unwrap_or_default()),
            None if text == opened => inside = Some((line.len() - text.len(), Vec::new())),
            // A block in another language.
            None => {}
        }
    }
    blocks
}

/// The lines of all blocks of shell.
pub fn commands(page: &str) -> Vec<&str> {
    blocks(page, "sh").concat()
}
