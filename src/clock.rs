//! The time of day, for texts that people read later: the record of a run, and the owner of a lock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The current time in UTC, in the form of RFC 3339, to the second.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(time()).to_string()
}

/// The current time in UTC, in the form of RFC 3339, to the millisecond.
#[must_use]
pub fn now_exactly() -> String {
    humantime::format_rfc3339_millis(time()).to_string()
}

/// humantime does not write a time before 1970, which a machine without a battery for its clock may have.
fn time() -> SystemTime {
    SystemTime::now().max(UNIX_EPOCH)
}
