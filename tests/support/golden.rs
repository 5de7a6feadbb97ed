//! Texts that somebody has read and found right, in tests/golden.

use std::fs;
use std::path::Path;

/// Compares a text with a file of tests/golden; with `UPDATE_GOLDEN=1` the file is written anew, to be read before it is
/// committed.
pub fn is_golden(text: &str, file: &str) {
    let golden = Path::new("tests/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, text).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        text == expected,
        "UPDATE_GOLDEN=1 writes {} anew; it is now:\n{text}",
        golden.display()
    );
}
