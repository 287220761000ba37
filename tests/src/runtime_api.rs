//! Lambda's runtime API on this machine, for the very binaries: each function is a process of its own that asks an API of
//! its own for invocations, as in the cloud. Not a part of it: what API Gateway and the schedules send ([`crate::cloud`]).

mod process;
mod server;

pub use process::{Invoked, Running, Sandbox};
