//! How a gluster command ended, from the XML that the command printed. Pure.
//!
//! With `--xml` the exit status is 0 even on failure: only `opRet` tells failure from success. If the command cannot
//! reach glusterd, the command prints no XML at all.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How a gluster command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The command succeeded.
    Done,
    /// Another command holds Gluster's lock: the same command may succeed in a moment; Gluster's own words.
    Busy(String),
    /// Gluster refused, in its own words.
    Refused(String),
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "opRet")]
    ret: i64,
    #[serde(rename = "opErrstr", default)]
    error: String,
    #[serde(default)]
    output: String,
}

/// How a command ended.
///
/// # Errors
/// The text is not Gluster's XML: glusterd was not reached, or the command was malformed.
pub fn reply(text: &str) -> Result<Reply, String> {
    // Measured. A crashed command keeps Gluster's lock for about 3 minutes: "Locking failed".
    const BUSY: [&str; 4] = [
        "Another transaction",
        "Locking failed",
        "Please try again after sometime",
        "Error : Request timed out",
    ];
    let head: Head = xml(text)?;
    if head.ret == 0 {
        return Ok(Reply::Done);
    }
    let words = [head.error, head.output].into_iter().find(|words| !words.is_empty());
    let words = words.unwrap_or_else(|| format!("failed without a word (opRet {})", head.ret));
    if BUSY.iter().any(|busy| words.contains(busy)) {
        Ok(Reply::Busy(words))
    } else {
        Ok(Reply::Refused(words))
    }
}

/// Parses the XML of a command that reads; `what` names the command.
pub fn checked<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
    match reply(text).map_err(|error| format!("gluster {what}: {error}"))? {
        Reply::Done => xml(text).map_err(|error| format!("gluster {what}: {error}")),
        Reply::Busy(words) | Reply::Refused(words) => Err(format!("gluster {what}: {words}")),
    }
}

fn xml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = text.trim();
    if !text.starts_with("<?xml") {
        let words = if text.is_empty() { "no answer" } else { text };
        return Err(words.to_owned());
    }
    let mut deserializer = quick_xml::de::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| format!("its XML is not as expected at {}: {}", error.path(), error.inner()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn success_is_what_op_ret_says() {
        assert_eq!(reply(captured!("volume-create-ok.xml")), Ok(Reply::Done));
        assert_eq!(reply(captured!("peer-probe-already.xml")), Ok(Reply::Done));
        assert_eq!(
            reply(captured!("err-start-already.xml")),
            Ok(Reply::Refused("Volume gv0 already started".into()))
        );
        let other = reply(captured!("err-probe-other-cluster.xml")).unwrap();
        assert!(matches!(other, Reply::Refused(words) if words.contains("part of another cluster")));
    }

    #[test]
    fn a_lock_held_by_another_is_worth_another_try() {
        let text = "<?xml version=\"1.0\"?><cliOutput><opRet>-1</opRet><opErrno>30802</opErrno>\
                    <opErrstr>Another transaction is in progress for gv0. Please try again after some time.</opErrstr>\
                    </cliOutput>";
        assert!(matches!(reply(text), Ok(Reply::Busy(_))));
    }

    #[test]
    fn no_xml_is_no_answer() {
        let down = reply(captured!("err-glusterd-down-volume-info.xml")).unwrap_err();
        assert_eq!(
            down,
            "Connection failed. Please check if gluster daemon is operational."
        );
        assert!(reply("").is_err());
    }
}
