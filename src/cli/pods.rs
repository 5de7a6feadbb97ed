//! The command line of `kubernetes pods`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{Kubectl, duration};
use crate::inventory::kubernetes::names::{
    ImageName, Namespace, Provisioner, Quantity, StateDirectory, StorageClassName,
};

/// Options of `kubernetes pods`.
#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub struct KubernetesPods {
    /// What the pods are
    #[arg(long, value_enum, default_value_t)]
    pub kind: PodsKind,
    /// The image of the pods, which has glusterctl and GlusterFS: see containerfile
    #[arg(long, value_name = "IMAGE", required = true)]
    pub image: Option<ImageName>,
    /// The namespace of the pods [default: glusterfs- and the cluster's name; of a StatefulSet, as the names of hosts say]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<Namespace>,
    /// The directory on each node that keeps glusterd's state [default: /var/lib/glusterctl/ and the cluster's name]
    #[arg(long, value_name = "DIR")]
    pub state: Option<StateDirectory>,
    /// For a StatefulSet: the size of each pod's disk, such as 100Gi
    #[arg(long, value_name = "SIZE", required_if_eq("kind", "stateful-set"))]
    pub size: Option<Quantity>,
    /// For a StatefulSet: the storage class of the disks, which exists
    #[arg(long, value_name = "NAME", conflicts_with = "provisioner")]
    pub storage_class: Option<StorageClassName>,
    /// For a StatefulSet: the provisioner of the disks, such as ebs.csi.aws.com, for which a storage class is printed
    #[arg(long, value_name = "PROVISIONER")]
    pub provisioner: Option<Provisioner>,
    /// Instead of printing, write a file for each manifest and a kustomization.yaml into this directory
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The image instead of the manifests.
    #[command(subcommand)]
    pub what: Option<PodsImage>,
}

/// Options of `kubernetes scale`.
#[derive(Debug, Args)]
pub struct KubernetesScale {
    /// How many pods there are to be
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub replicas: u16,
}

/// Options of `kubernetes update`.
#[derive(Debug, Args)]
pub struct KubernetesUpdate {
    /// The hosts whose pods are made anew [default: all hosts of the inventory]
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
    /// What the pods are, as for pods
    #[arg(long, value_enum, default_value_t)]
    pub kind: PodsKind,
    /// The namespace of the pods, as for pods
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<Namespace>,
    /// How kubectl is run.
    #[command(flatten)]
    pub kubectl: Kubectl,
    /// Only show which pods would be deleted, and why
    #[arg(long)]
    pub preview: bool,
    /// Wait this long until every volume can do without the first pod [default: 10m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m",
          value_parser = duration)]
    pub wait: Option<Duration>,
    /// How long a pod may take until it is ready again
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub pod_limit: Duration,
    /// How long healing may take, once the pod is ready again
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub heal_limit: Duration,
}

/// What the pods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PodsKind {
    /// A DaemonSet, with a pod on each node of the inventory
    #[default]
    DaemonSet,
    /// A Pod for each host of the inventory
    Pod,
    /// A StatefulSet, with a pod and a disk of its own for each host of the inventory, on whatever nodes
    StatefulSet,
}

/// How the image is made.
#[derive(Debug, Subcommand)]
pub enum PodsImage {
    /// Print a Containerfile that makes the image from Debian's packages and a static glusterctl
    Containerfile,
    /// Build the image with mmdebstrap, without a container daemon, as an OCI archive
    Image(BuildImage),
}

/// Options of `kubernetes pods image`.
#[derive(Debug, Args)]
pub struct BuildImage {
    /// The archive
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The name of the image [default: glusterctl: and this version]
    #[arg(long, value_name = "IMAGE")]
    pub name: Option<ImageName>,
    /// The glusterctl that is put into the image, best a static one [default: this program]
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// The Debian mirror [default: Debian's own, with its security updates]
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// The time of the image and of its newest files, in seconds from 1970, so that the same packages give the same image
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(..=8_000_000_000))]
    pub epoch: u64,
}
