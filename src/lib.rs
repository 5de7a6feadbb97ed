//! Provisions replicated GlusterFS storage on bare hosts over SSH.
//!
//! The library behind the `glusterctl` program; its only users are that program, the tests and the benchmarks.
//! The flow: `inventory` (desired) and `facts` (observed) go into `plan` (pure), and `execute` runs what comes out.

pub mod boot;
pub mod cli;
pub mod commands;
pub mod distro;
pub mod execute;
pub mod facts;
pub mod health;
pub mod inventory;
pub mod kubernetes;
pub mod lab;
pub mod output;
pub mod plan;
pub mod record;
pub mod remote;
mod scale;
pub mod shell;
pub mod templates;
pub mod text;
pub mod units;
