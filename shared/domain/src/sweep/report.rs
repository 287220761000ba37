//! What a sweep tells afterwards: counts, and nothing that points at a person.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{change::Action, ports::Spent, values::LinkId};

use super::{Breaker, Counts, PlanId, Progress, Scope};

/// Whether Belvo's "not found" could be believed in this sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canary {
    /// Nothing was to be taken away, so nothing was asked.
    NotNeeded,
    /// A link that must be there was there, and one that cannot be was not.
    Passed,
    /// It was not so: no conclusion from absence.
    Failed,
}

/// The counts of one sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was looked at.
    pub scope: Scope,
    /// When it began.
    pub started_at: Timestamp,
    /// When the last change was durable.
    pub finished_at: Timestamp,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// Days that are still to be listed; the next tick goes on.
    pub remaining_days: i32,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
    /// Whether "not found" was believed.
    pub canary: Canary,
    /// Changes that the breakers held back.
    pub withheld: usize,
    /// Why.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub breakers: BTreeSet<Breaker>,
    /// The plan that they are listed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// Changes beyond the cap of one sweep, left to the next.
    pub left: usize,
    /// Links that share a login among users: some of the groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Vec<LinkId>>,
    /// Links without a login that look like one account: some of the groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probable: Vec<Vec<LinkId>>,
    /// What it cost, all ticks together.
    pub spent: Spent,
}

impl Report {
    pub(super) fn of(
        progress: &Progress,
        spent: Spent,
        finished_at: Timestamp,
        dry_run: bool,
        canary: Canary,
    ) -> Self {
        Self {
            scope: progress.scope.clone(),
            started_at: progress.started_at,
            finished_at,
            dry_run,
            remaining_days: progress.remaining_days(),
            counts: progress.counts.clone(),
            canary,
            withheld: 0,
            breakers: BTreeSet::new(),
            plan: None,
            left: 0,
            shared: progress.shared.clone(),
            probable: progress.probable.clone(),
            spent,
        }
    }

    /// How often this was done.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.counts.actions.get(&action).copied().unwrap_or_default()
    }
}
