//! `discover`: lists every block device of every host, each usable or with every reason why not.

mod report;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use super::cluster::{self, Failures};
use super::{Ending, Usage, limit, waiting};
use crate::cli::{DEFAULT_INVENTORY, Global};
use crate::desired::Desired;
use crate::facts::Disks;
use crate::inventory::{ClusterName, HostName, Inventory, Ssh};
use crate::output;
use crate::remote::{Hosts, RemoteError};
use report::Report;

/// Runs `discover`.
///
/// # Errors
/// [`Usage`] for a host that is not in the inventory. Or some hosts could not be observed; all other hosts were shown.
pub fn run(global: &Global, names: &[String]) -> anyhow::Result<Ending> {
    let (inventory, asked) = if names.is_empty() || global.inventory.exists() || !is_default(&global.inventory) {
        let inventory = cluster::inventory(global)?;
        let asked = chosen(&inventory, names)?;
        (inventory, asked)
    } else {
        without_inventory(names)?
    };
    if inventory.volumes.is_empty() && global.lab.as_deref() == Some("") && !global.inventory.exists() {
        return Err(Usage(
            "--lab without a name means the lab with the cluster's name, and there is no inventory; write --lab=NAME"
                .into(),
        )
        .into());
    }
    let hosts = cluster::hosts(global, &inventory)?;
    let seen = waiting::look(global, &hosts, async { Ok(look(&hosts, &asked).await) })?;
    let desired = Desired::of(&inventory);
    let report = Report::of(&desired, &asked, &seen);
    output::data(global.output, &report, || report.text())?;
    let lost: Vec<String> = report
        .hosts
        .iter()
        .filter_map(|host| Some(format!("{}: {}", host.name, host.error.as_ref()?)))
        .collect();
    if lost.is_empty() {
        Ok(Ending::Done)
    } else {
        Err(Failures(lost).into())
    }
}

/// A host to observe, and the host's name in the report.
struct Asked {
    host: HostName,
    called: String,
}

fn is_default(path: &Path) -> bool {
    path == Path::new(DEFAULT_INVENTORY)
}

/// The hosts of the inventory with these names; all hosts if there are no names.
fn chosen(inventory: &Inventory, names: &[String]) -> Result<Vec<Asked>, Usage> {
    let is_known = |name: &&String| inventory.hosts.iter().any(|host| host.name.as_str() == *name);
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(Usage(limit::unknown(inventory, name)));
    }
    let asked = inventory
        .hosts
        .iter()
        .filter(|host| names.is_empty() || names.iter().any(|name| name == host.name.as_str()));
    Ok(asked
        .map(|host| Asked {
            host: host.name.clone(),
            called: host.name.to_string(),
        })
        .collect())
}

/// An inventory of nothing but hosts, which ssh knows by these names.
fn without_inventory(names: &[String]) -> anyhow::Result<(Arc<Inventory>, Vec<Asked>)> {
    let mut hosts = Vec::new();
    let mut asked: Vec<Asked> = Vec::new();
    for (index, called) in names.iter().enumerate() {
        if called.is_empty()
            || called.starts_with('-')
            || called.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Usage(format!("{called:?} is no host name, address or user@host for ssh")).into());
        }
        if asked.iter().any(|other| other.called == *called) {
            continue;
        }
        // ssh accepts more than host names: addresses, user@host, and names from its configuration.
        let name = HostName::parse(called).or_else(|_| HostName::parse(&format!("host-{index}")))?;
        let ssh = Ssh {
            host: Some(called.clone()),
            ..Ssh::default()
        };
        hosts.push(cluster::bare_host(name.clone(), Ipv4Addr::UNSPECIFIED.into(), ssh));
        asked.push(Asked {
            host: name,
            called: called.clone(),
        });
    }
    let inventory = cluster::bare_inventory(ClusterName::parse("none")?, hosts);
    Ok((Arc::new(inventory), asked))
}

async fn look(hosts: &Arc<Hosts>, asked: &[Asked]) -> BTreeMap<HostName, Result<Disks, RemoteError>> {
    let desired = Desired::of(hosts.inventory());
    let with_ours = asked.iter().map(|Asked { host, .. }| {
        let bricks = desired.host(host).into_iter().flat_map(|desired| &desired.bricks);
        (host.clone(), bricks.map(|brick| brick.uuid.clone()).collect())
    });
    Disks::of_each(hosts, with_ours).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_for_ssh_is_refused() {
        for bad in ["", "-oProxyCommand=x", "a b", "a\nb"] {
            assert!(without_inventory(&[bad.to_owned()]).is_err(), "{bad:?}");
        }
        let (inventory, asked) =
            without_inventory(&["198.51.100.7", "root@Node_1", "kube1", "kube1"].map(str::to_owned)).unwrap();
        let names: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["host-0", "host-1", "kube1"]);
        assert_eq!(asked[1].called, "root@Node_1");
    }
}
