//! How often each API route was called, so that a test can hold a client to its budget.

use std::collections::BTreeMap;

use serde::Serialize;

/// Requests to `/api/` since the start or the last reset, refused ones included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Calls(BTreeMap<String, u64>);

impl Calls {
    /// What requests count under that ask for no route of this Belvo.
    pub const NO_ROUTE: &str = "(no such route)";

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Requests to one route, written as `GET /api/links/` or `GET /api/links/{id}/`.
    #[must_use]
    pub fn of(&self, route: &str) -> u64 {
        self.0.get(route).copied().unwrap_or_default()
    }

    pub(crate) fn count(&mut self, route: String) {
        *self.0.entry(route).or_default() += 1;
    }
}
