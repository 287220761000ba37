//! TLS on this machine: an authority of the moment, and servers that show its certificates, good ones and bad ones, and
//! count what comes in. Not here: the clients, which are the system's own.

mod authority;
mod server;

pub use authority::{Authority, Leaf};
pub use server::{Seen, Server};
