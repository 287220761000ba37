//! Faults on demand: what the network, the proxies and Belvo itself do on a bad day. They lie around the
//! router, so that the endpoints know nothing of them: some answer instead, others spoil the answer.

mod bodies;
#[expect(clippy::wildcard_enum_match_arm, reason = "each step takes its own kinds and passes the rest on")]
mod instead;
mod kind;
#[expect(clippy::wildcard_enum_match_arm, reason = "each step takes its own kinds and passes the rest on")]
mod layer;
mod plan;
#[expect(clippy::wildcard_enum_match_arm, reason = "each step takes its own kinds and passes the rest on")]
mod records;
#[expect(clippy::wildcard_enum_match_arm, reason = "each step takes its own kinds and passes the rest on")]
mod spoiled;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use kind::FaultKind;
pub(crate) use layer::{around, throttled, widget};
pub(crate) use plan::Plan;

/// One fault: what happens, to which requests, and for how long. The same seed hits the same requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Only on this route: method and path with `{id}` in it, as in `GET /api/links/`. Left out: on all of
    /// `/api/`, and the widget's kinds in the widget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Only on requests whose path ends with this link's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Which share of the requests, from 0 to 1.
    #[serde(default = "all")]
    pub rate: f64,
    /// For how many seconds from when it is set. Left out: until it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// How many requests it hits at most. Left out: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Decides which requests are hit when `rate` is below 1.
    #[serde(default)]
    pub seed: u64,
}

impl Fault {
    /// This kind, on every request, until it is cleared.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, route: None, link: None, rate: all(), seconds: None, times: None, seed: 0 }
    }

    /// The same on one route only.
    #[must_use]
    pub fn on(mut self, route: &str) -> Self {
        self.route = Some(route.to_owned());
        self
    }
}

fn all() -> f64 {
    1.0
}
