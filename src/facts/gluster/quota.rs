//! What Gluster says of a volume's quota: how much of each limit is used, and the daemons that add up what is used. Pure.

use serde::Deserialize;

use super::reply::{Reply, checked, reply};

/// A limit, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// The path inside the volume; `/` is the whole volume.
    pub path: String,
    /// The limit, in bytes.
    pub limit: u64,
    /// The bytes in use.
    pub used: u64,
}

#[derive(Deserialize)]
struct QuotaXml {
    #[serde(rename = "volQuota")]
    quota: LimitsXml,
}

#[derive(Deserialize)]
struct LimitsXml {
    #[serde(default)]
    limit: Vec<LimitXml>,
}

#[derive(Deserialize)]
struct LimitXml {
    path: String,
    hard_limit: u64,
    used_space: u64,
}

/// Parses `volume quota VOLUME list`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused; without its own quota daemon, a server says nothing at all.
pub fn quota_uses(text: &str) -> Result<Vec<QuotaUse>, String> {
    if matches!(reply(text), Ok(Reply::Refused(words)) if words.starts_with("No quota configured")) {
        return Ok(Vec::new());
    }
    let limits = checked::<QuotaXml>(text, "volume quota list")?.quota.limit;
    let of = |limit: LimitXml| QuotaUse {
        path: limit.path,
        limit: limit.hard_limit,
        used: limit.used_space,
    };
    Ok(limits.into_iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    // As GlusterFS 10.3 prints them.
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<cliOutput>";

    #[test]
    fn each_limit_is_read_with_what_is_used() {
        let list = format!(
            "{HEAD}<opRet>0</opRet><opErrno>0</opErrno><opErrstr/><volQuota><limit><path>/</path>\
             <hard_limit>100000000</hard_limit><soft_limit_percent>80%</soft_limit_percent>\
             <soft_limit_value>80000000</soft_limit_value><used_space>30015488</used_space>\
             <avail_space>69984512</avail_space><sl_exceeded>No</sl_exceeded><hl_exceeded>No</hl_exceeded></limit>\
             </volQuota></cliOutput>"
        );
        let uses = quota_uses(&list).unwrap();
        assert_eq!(uses.len(), 1);
        assert_eq!(
            (uses[0].path.as_str(), uses[0].limit, uses[0].used),
            ("/", 100_000_000, 30_015_488)
        );
    }

    #[test]
    fn a_quota_without_limits_is_known_and_silence_is_not() {
        let refused = |words: &str| {
            format!("{HEAD}<opRet>-1</opRet><opErrno>0</opErrno><opErrstr>{words}</opErrstr></cliOutput>")
        };
        assert_eq!(
            quota_uses(&refused("No quota configured on volume gv0")),
            Ok(Vec::new())
        );
        assert!(quota_uses(&refused("Quota is disabled, please enable quota")).is_err());
        // What a server prints whose quota daemon is down.
        assert!(quota_uses("").is_err());
    }
}
