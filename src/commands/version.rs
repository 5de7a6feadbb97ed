//! `version`: shows the version, and the commit that the program was built from.

use serde::Serialize;

use super::Ending;
use crate::cli::{Global, VERSION};
use crate::output;

/// What `version` prints; its JSON is a stable interface.
#[derive(Debug, Serialize)]
struct Version {
    version: u32,
    glusterctl: &'static str,
    /// None if the program was built without optimisation, or neither from a git checkout nor from a package of cargo.
    commit: Option<&'static str>,
    /// Whether what the program was built from differs from the commit.
    changed: bool,
}

/// Runs `version`.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(global: &Global) -> anyhow::Result<Ending> {
    let commit = Some(env!("GLUSTERCTL_COMMIT")).filter(|commit| !commit.is_empty());
    let version = Version {
        version: 1,
        glusterctl: env!("CARGO_PKG_VERSION"),
        commit,
        changed: env!("GLUSTERCTL_CHANGED") == "true",
    };
    output::data(global.output, &version, || format!("glusterctl {VERSION}\n"))?;
    Ok(Ending::Done)
}
