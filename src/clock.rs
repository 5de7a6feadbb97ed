//! The time of day, for what people read later: records, and who holds a lock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time, in UTC, as RFC 3339 writes it, to the second.
#[must_use]
pub fn now() -> String {
    // A clock before 1970 is the clock of a machine without a battery: humantime does not write such a time.
    humantime::format_rfc3339_seconds(SystemTime::now().max(UNIX_EPOCH)).to_string()
}
