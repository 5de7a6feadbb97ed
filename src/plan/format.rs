//! The commands that format a device. Everything that the plan saw is looked at again right before, by the same script,
//! while the device is held exclusively; if anything changed, nothing happens to it. Pure.

use super::ownership::{Allowed, Formattable, LABEL};
use crate::facts::{BLANK, Content, Device};
use crate::inventory::DevicePath;
use crate::shell;

const HOLD: &str = include_str!("../../templates/hold.sh");
const SAME: &str = include_str!("../../templates/same.sh");
const UNFINISHED: &str = include_str!("../../templates/unfinished.sh");
const WIPE: &str = include_str!("../../templates/wipe.sh");
const RELEASE: &str = include_str!("../../templates/release.sh");

/// The script that makes the file system of the brick with this UUID on a device that may be formatted.
pub fn script(path: &DevicePath, uuid: &str, formattable: &Formattable) -> String {
    let (seen, allowed) = (formattable.seen(), formattable.allowed());
    let device = shell::quote(path.as_str());
    let mut text = readable(HOLD);
    text.push_str(&format!(
        "hold {device} <<'END'\n\
         # The disk that the plan saw.\n\
         device={device} number={} bytes={}\n\
         identity={}\n{}",
        shell::quote(&seen.number),
        seen.bytes,
        shell::quote(&seen.identity),
        readable(SAME)
    ));
    text.push_str(&match allowed {
        Allowed::Nothing => format!("{}{EMPTY}", readable(BLANK)),
        Allowed::Unfinished => format!("uuid={uuid}\n{}", readable(UNFINISHED)),
        Allowed::WhatWasSeen => format!("content={}\n{}", shell::quote(&signatures(seen)), readable(WIPE)),
    });
    text.push_str(&readable(RELEASE));
    if allowed == Allowed::WhatWasSeen {
        text.push_str(REST);
    }
    text.push_str(&format!(
        "# Without -f: it refuses whatever holds a signature.\n\
         mkfs.xfs -q -L {LABEL} -i size=512 -n size=8192 -m uuid={uuid} {device}\n\
         END"
    ));
    text
}

/// Nothing that anybody knows, and nothing else.
const EMPTY: &str = r#"status=0
blkid -p "$device" >/dev/null || status=$?
[ "$status" = 2 ] || changed "$(blkid -p "$device")"
found=$(wipefs -n -p "$device")
[ -z "$found" ] || changed "it holds $found"
blank "$device" "$bytes" || changed "it is not empty"
"#;

/// What has its signature elsewhere than at the ends, and partitions that the kernel still remembers.
const REST: &str = r#"wipefs -q -a "$device"
partx -d "$device" 2>/dev/null || :
found=$(wipefs -n -p "$device")
[ -z "$found" ] || { echo "$device still holds $found" >&2; exit 1; }
"#;

/// What the script must find on the device again, as it prints it.
fn signatures(seen: &Device) -> String {
    match &seen.content {
        Content::Known(known) => known.signatures.join("\n"),
        Content::Zeros | Content::Data | Content::Unreadable(_) => String::new(),
    }
}

/// Without the lines that are for shellcheck.
fn readable(script: &str) -> String {
    let lines = script
        .lines()
        .filter(|line| !line.trim_start().starts_with("# shellcheck "));
    lines.flat_map(|line| [line, "\n"]).collect()
}
