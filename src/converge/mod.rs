//! Makes hosts what their inventory wants.

pub mod lock;
pub mod owner;
