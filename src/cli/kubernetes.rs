//! The options of `kubernetes`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{KubernetesPods, KubernetesScale, KubernetesUpdate};
use crate::inventory::{KubeVersion, VolumePlugin};

/// Options of `kubernetes`.
#[derive(Debug, Args)]
pub struct Kubernetes {
    /// Which manifests are made.
    #[command(flatten)]
    pub make: KubernetesMake,
    /// Instead of printing, write a file for each manifest and a kustomization.yaml into this directory
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print the pods that show how the claims are used, too
    #[arg(long)]
    pub examples: bool,
    /// Another task than printing the manifests.
    #[command(subcommand)]
    pub what: Option<KubernetesCommand>,
}

/// Which manifests are made, for every subcommand of `kubernetes`.
#[derive(Debug, Args)]
pub struct KubernetesMake {
    /// The version of Kubernetes [default: the inventory's, then 1.37]
    #[arg(long, global = true, value_name = "VERSION")]
    pub kube_version: Option<KubeVersion>,
    /// The method that attaches volumes to pods: glusterfs, local, host-path, nfs, local-path-provisioner,
    /// kadalu or heketi [default: the inventory's, then glusterfs up to 1.25 and local from 1.26]
    #[arg(long, alias = "way", global = true, value_name = "METHOD")]
    pub method: Option<VolumePlugin>,
    /// Consent to a method that is deprecated on the version of Kubernetes, or that works on some nodes only
    #[arg(long, global = true)]
    pub allow_deprecated: bool,
    /// Templates that replace the built-in ones of the same name
    #[arg(long, global = true, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

/// The subcommands of `kubernetes`.
#[derive(Debug, Subcommand)]
pub enum KubernetesCommand {
    /// Label the nodes and apply the manifests with kubectl, then wait until the claims are bound
    Apply(KubernetesApply),
    /// Read the output of `kubectl get pv -o json` and print what replaces glusterfs volumes on Kubernetes 1.26 and
    /// newer
    Migrate,
    /// Print the manifests that run GlusterFS itself in pods: each pod is a host of the inventory and provisions itself
    Pods(KubernetesPods),
    /// Print the inventory for more or fewer pods of a StatefulSet
    Scale(KubernetesScale),
    /// Delete the pods that are made from an old template one by one with kubectl, each ready again and healed before the next
    Update(KubernetesUpdate),
    /// The templates that the manifests are made from
    #[command(subcommand)]
    Templates(KubernetesTemplates),
}

/// How kubectl is run.
#[derive(Debug, Clone, Args)]
pub struct Kubectl {
    /// The kubectl to run
    #[arg(long = "kubectl", value_name = "PROGRAM", default_value = "kubectl")]
    pub program: PathBuf,
    /// The context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// Options of `kubernetes apply`.
#[derive(Debug, Args)]
pub struct KubernetesApply {
    /// How kubectl is run.
    #[command(flatten)]
    pub kubectl: Kubectl,
    /// How long claims may take to be bound, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub timeout: u64,
    /// Apply the example pods, too
    #[arg(long)]
    pub examples: bool,
    /// Give a persistent volume, with its data, to the claim that has the name of the deleted claim that the volume is
    /// reserved for
    #[arg(long, value_name = "[NAMESPACE/]CLAIM")]
    pub rebind: Vec<String>,
    /// Neither read nor set labels of nodes, for users who may not; the nodes need the labels all the same
    #[arg(long)]
    pub skip_labels: bool,
}

/// The templates that the manifests are made from.
#[derive(Debug, Subcommand)]
pub enum KubernetesTemplates {
    /// Write the built-in templates into a directory, for --templates; existing files stay
    Export {
        /// The directory
        dir: PathBuf,
    },
}
