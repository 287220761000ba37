//! The engine's own accounting: requests that reached it, and the capacity DynamoDB would have billed.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Capacity units, in DynamoDB's own arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Read capacity units.
    pub read: f64,
    /// Write capacity units.
    pub write: f64,
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.write += other.write;
    }
}

/// Everything since the start or the last reset.
///
/// A retry of the SDK is one more request. A request that fails is counted and adds no units: the
/// engine reports capacity only with a success, whereas DynamoDB also bills a failed condition and a
/// cancelled transaction. A budget for such a case is therefore one of requests, not of units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meter {
    /// How often each operation was asked for, by its DynamoDB name. Unknown operations don't count.
    pub requests: BTreeMap<&'static str, u64>,
    /// The capacity consumed by all of them.
    pub units: Units,
}

impl Meter {
    /// The requests for one operation, `"Query"` for example.
    #[must_use]
    pub fn of(&self, operation: &str) -> u64 {
        self.requests.get(operation).copied().unwrap_or_default()
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    pub(super) fn record(&mut self, operation: &'static str, units: Units) {
        *self.requests.entry(operation).or_default() += 1;
        self.units += units;
    }
}
