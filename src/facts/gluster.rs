//! What `gluster --mode=script --xml` printed (GlusterFS 9 to 11). Pure.
//!
//! With `--xml` the exit status is 0 even on failure: only `opRet` tells. Where the daemon cannot be reached there is no
//! XML at all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Gluster did it, or it was so already.
    Done,
    /// Somebody else holds a lock: the same command may work in a moment.
    Busy(String),
    /// Gluster refused, in its own words.
    Refused(String),
}

/// The trusted storage pool as one host sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pool {
    /// The host's own UUID.
    pub own_uuid: String,
    /// All others.
    pub peers: Vec<Peer>,
}

/// One other member of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its UUID.
    pub uuid: String,
    /// Every name it is known by; the first is the primary one.
    pub names: Vec<String>,
    /// Reachable now.
    pub connected: bool,
    /// Accepted by all: volumes can be created on it ("Peer in Cluster", state 3).
    pub in_cluster: bool,
}

/// A volume's definition, as `volume info` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// Its name.
    pub name: String,
    /// Its UUID.
    pub id: String,
    /// Started; a volume that is created or stopped is not.
    pub started: bool,
    /// As Gluster writes it: `Replicate`, `Distributed-Replicate`, …
    pub kind: String,
    /// Bricks in a replica set, arbiter included; 1 when there are no replicas.
    pub replica: usize,
    /// Arbiters in a set.
    pub arbiter: usize,
    /// In Gluster's order, set after set, as `host:/dir`.
    pub bricks: Vec<String>,
    /// The UUID of each brick's host, in the same order.
    pub brick_hosts: Vec<String>,
    /// The options that were set.
    pub options: BTreeMap<String, String>,
}

/// A brick's process, as `volume status` says it. Hosts that are down are left out by Gluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickStatus {
    /// `host:/dir`.
    pub brick: String,
    /// It has a process. No proof that clients reach it.
    pub online: bool,
}

/// What is left to heal on a brick, as `heal VOLUME info` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickHeal {
    /// `host:/dir`.
    pub brick: String,
    /// The self-heal daemon reaches it.
    pub connected: bool,
    /// Entries to heal; none known while it is not connected.
    pub entries: Option<u64>,
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

/// How a command that changes something ended.
///
/// # Errors
/// When this is not Gluster's XML: then the daemon was not reached, or the command was malformed.
pub fn reply(text: &str) -> Result<Reply, String> {
    // From measurement; "Locking failed" is what a crashed owner leaves for about 3 minutes.
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

#[derive(Deserialize)]
struct PeersXml {
    #[serde(rename = "peerStatus")]
    status: PeerList,
}

#[derive(Deserialize)]
struct PeerList {
    #[serde(default)]
    peer: Vec<PeerXml>,
}

#[derive(Deserialize)]
struct PeerXml {
    uuid: String,
    hostname: String,
    #[serde(default)]
    hostnames: Names,
    connected: u8,
    state: Option<u8>,
}

#[derive(Deserialize, Default)]
struct Names {
    #[serde(default)]
    hostname: Vec<String>,
}

const PEER_IN_CLUSTER: u8 = 3;

impl From<PeerXml> for Peer {
    fn from(peer: PeerXml) -> Self {
        let mut names = vec![peer.hostname];
        names.extend(
            peer.hostnames
                .hostname
                .into_iter()
                .filter(|name| *name != names[0])
                .collect::<Vec<_>>(),
        );
        Peer {
            uuid: peer.uuid,
            names,
            connected: peer.connected == 1,
            in_cluster: peer.state == Some(PEER_IN_CLUSTER),
        }
    }
}

/// Parses `pool list`.
///
/// # Errors
/// Names the element that is not as expected.
pub fn pool(text: &str) -> Result<Pool, String> {
    let mut pool = Pool::default();
    for peer in checked::<PeersXml>(text, "pool list")?.status.peer {
        // Only the host itself has no state.
        if peer.hostname == "localhost" && peer.state.is_none() {
            pool.own_uuid = peer.uuid;
        } else {
            pool.peers.push(peer.into());
        }
    }
    Ok(pool)
}

/// The peers in the answer of `peer status`.
///
/// # Errors
/// Names the element that is not as expected.
pub fn peers_in_reply(text: &str) -> Result<Vec<Peer>, String> {
    Ok(checked::<PeersXml>(text, "peer status")?
        .status
        .peer
        .into_iter()
        .map(Peer::from)
        .collect())
}

#[derive(Deserialize)]
struct InfoXml {
    #[serde(rename = "volInfo")]
    info: InfoList,
}

#[derive(Deserialize)]
struct InfoList {
    volumes: Volumes,
}

#[derive(Deserialize)]
struct Volumes {
    #[serde(default)]
    volume: Vec<VolumeXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeXml {
    name: String,
    id: String,
    status: u8,
    type_str: String,
    replica_count: usize,
    arbiter_count: usize,
    bricks: Bricks,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize)]
struct Bricks {
    #[serde(default)]
    brick: Vec<BrickXml>,
}

// Mixed content: the name stands in it twice, as text and as an element.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BrickXml {
    name: String,
    #[serde(default)]
    host_uuid: String,
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(default)]
    option: Vec<OptionXml>,
}

#[derive(Deserialize)]
struct OptionXml {
    name: String,
    #[serde(default)]
    value: String,
}

/// Parses `volume info all`.
///
/// # Errors
/// Names the element that is not as expected.
pub fn volumes(text: &str) -> Result<BTreeMap<String, VolumeInfo>, String> {
    const STARTED: u8 = 1;
    let volume = |volume: VolumeXml| {
        let info = VolumeInfo {
            id: volume.id,
            started: volume.status == STARTED,
            kind: volume.type_str,
            replica: volume.replica_count,
            arbiter: volume.arbiter_count,
            brick_hosts: volume
                .bricks
                .brick
                .iter()
                .map(|brick| brick.host_uuid.clone())
                .collect(),
            bricks: volume.bricks.brick.into_iter().map(|brick| brick.name).collect(),
            options: volume
                .options
                .option
                .into_iter()
                .map(|option| (option.name, option.value))
                .collect(),
            name: volume.name,
        };
        (info.name.clone(), info)
    };
    Ok(checked::<InfoXml>(text, "volume info")?
        .info
        .volumes
        .volume
        .into_iter()
        .map(volume)
        .collect())
}

#[derive(Deserialize)]
struct StatusXml {
    #[serde(rename = "volStatus")]
    status: StatusList,
}

#[derive(Deserialize)]
struct StatusList {
    volumes: StatusVolumes,
}

#[derive(Deserialize)]
struct StatusVolumes {
    #[serde(default)]
    volume: Vec<StatusVolume>,
}

#[derive(Deserialize)]
struct StatusVolume {
    #[serde(default)]
    node: Vec<NodeXml>,
}

#[derive(Deserialize)]
struct NodeXml {
    hostname: String,
    path: String,
    status: u8,
}

/// Parses `volume status VOLUME`: the bricks' processes (daemons, whose path is no path, are left out).
///
/// # Errors
/// Names the element that is not as expected, or repeats Gluster's refusal.
pub fn volume_status(text: &str) -> Result<Vec<BrickStatus>, String> {
    let nodes = checked::<StatusXml>(text, "volume status")?
        .status
        .volumes
        .volume
        .into_iter()
        .flat_map(|v| v.node);
    Ok(nodes
        .filter(|node| node.path.starts_with('/'))
        .map(|node| BrickStatus {
            brick: format!("{}:{}", node.hostname, node.path),
            online: node.status == 1,
        })
        .collect())
}

#[derive(Deserialize)]
struct HealXml {
    #[serde(rename = "healInfo")]
    info: HealList,
}

#[derive(Deserialize)]
struct HealList {
    bricks: HealBricks,
}

#[derive(Deserialize)]
struct HealBricks {
    #[serde(default)]
    brick: Vec<HealBrick>,
}

#[derive(Deserialize)]
struct HealBrick {
    name: String,
    status: String,
    #[serde(rename = "numberOfEntries")]
    entries: String,
}

/// Parses `volume heal VOLUME info`.
///
/// # Errors
/// Names the element that is not as expected, or repeats Gluster's refusal.
pub fn heal_entries(text: &str) -> Result<Vec<BrickHeal>, String> {
    let bricks = checked::<HealXml>(text, "heal info")?.info.bricks.brick;
    Ok(bricks
        .into_iter()
        .map(|brick| BrickHeal {
            brick: brick.name,
            connected: brick.status == "Connected",
            // "-" for a brick that is down.
            entries: brick.entries.parse().ok(),
        })
        .collect())
}

fn checked<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
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

    // Real answers of GlusterFS 10.3.
    macro_rules! captured {
        ($name:literal) => {
            include_str!(concat!("../../tests/captures/", $name))
        };
    }

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

    #[test]
    fn the_pool_tells_the_host_itself_from_its_peers() {
        let pool = pool(captured!("pool-list-just-probed.xml")).unwrap();
        assert_eq!(pool.own_uuid, "a7abd8dc-76b9-41ea-b4d0-433db81b30bb");
        assert_eq!(pool.peers.len(), 1);
        assert_eq!(pool.peers[0].names, ["n2"]);
        assert!(pool.peers[0].connected && pool.peers[0].in_cluster);
        let alone = super::pool(captured!("pool-list-standalone-nouuid.xml")).unwrap();
        assert!(alone.peers.is_empty());
    }

    #[test]
    fn an_accepted_peer_is_not_yet_in_the_cluster() {
        let peers = peers_in_reply(captured!("peer-status-converging.xml")).unwrap();
        let ready: Vec<&str> = peers
            .iter()
            .filter(|peer| peer.in_cluster)
            .map(|peer| peer.names[0].as_str())
            .collect();
        assert_eq!(ready, ["n3", "n2"]);
        assert_eq!(peers.len(), 5);
    }

    #[test]
    fn a_failed_pool_list_repeats_what_gluster_said() {
        let error = pool(captured!("fail-half-probed-pool-list.xml")).unwrap_err();
        assert_eq!(error, "gluster pool list: failed without a word (opRet -22)");
    }

    #[test]
    fn volume_info_is_read_with_its_bricks_in_order() {
        let volumes = volumes(captured!("volume-info-distrep-arbiter-2x21.xml")).unwrap();
        let volume = &volumes["da"];
        assert_eq!((volume.replica, volume.arbiter, volume.started), (3, 1, true));
        assert_eq!(volume.bricks.len(), 6);
        assert_eq!(volume.bricks[3], "n4:/bricks/b1/da");
        assert_eq!(volume.brick_hosts.len(), 6);
        assert_eq!(volume.options["nfs.disable"], "on");
        assert!(!super::volumes(captured!("volume-info-created-not-started.xml")).unwrap()["gv0"].started);
        assert!(super::volumes(captured!("volume-info-none.xml")).unwrap().is_empty());
        assert_eq!(super::volumes(captured!("volume-info-all-5vols.xml")).unwrap().len(), 5);
    }

    #[test]
    fn status_lists_bricks_and_leaves_daemons_out() {
        let bricks = volume_status(captured!("volume-status-gv0.xml")).unwrap();
        assert_eq!(bricks.len(), 3);
        assert!(bricks.iter().all(|brick| brick.online));
        let down = volume_status(captured!("volume-status-brick-down.xml")).unwrap();
        assert_eq!(down.iter().filter(|brick| !brick.online).count(), 1);
    }

    #[test]
    fn a_brick_that_is_down_has_no_known_number_of_entries_to_heal() {
        let heal = heal_entries(captured!("volume-heal-info-pending.xml")).unwrap();
        assert_eq!(heal[0].entries, Some(33));
        assert!(heal[0].connected);
        assert_eq!((heal[2].entries, heal[2].connected), (None, false));
        let clean = heal_entries(captured!("volume-heal-info-clean.xml")).unwrap();
        assert!(clean.iter().all(|brick| brick.entries == Some(0)));
    }
}
