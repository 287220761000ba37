//! The HTTP edge: who calls, what a body may be, and the one table from failures to status codes.
//!
//! Every route answers in JSON; every refusal is an RFC 9457 problem with a stable `code` and the request's
//! id, never the inner cause. Not yours, not there and not visible yet answer alike.

mod body;
mod caller;
mod description;
mod edge;
mod path;
mod problem;
mod view;

pub use body::{Body, Json, Raw};
pub use caller::{ADMIN_SCOPE, Caller};
pub use description::{body_of, refusals};
pub use edge::{answer, edge, request_context};
pub use path::Path;
pub use problem::{Problem, Written as ProblemBody};
pub use view::{AccountView, Attention, DuplicateView, LinkView, Quarantined, WayOut};

#[cfg(test)]
mod tests;
