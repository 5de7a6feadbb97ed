//! Provisions replicated GlusterFS storage on bare hosts over SSH.
//!
//! The library behind the `glusterctl` program; its only users are that program, the tests and the benchmarks.
//! The flow: `inventory` (desired) and `facts` (observed) go into `plan` (pure), `execute` runs the plan's steps, and
//! `converge` does all of that again until the plan is empty.

mod boot;
pub mod cli;
mod clock;
pub mod commands;
mod converge;
pub mod desired;
pub mod distro;
#[cfg(test)]
#[path = "../tests/support/documents.rs"]
mod documents;
mod events;
mod execute;
pub mod facts;
pub mod health;
mod image;
pub mod inventory;
pub mod kubernetes;
pub mod lab;
mod node;
pub mod output;
pub mod plan;
mod record;
pub mod remote;
mod scale;
pub mod scripts;
pub mod shell;
mod templates;
mod text;
