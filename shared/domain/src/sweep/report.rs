//! What a sweep tells afterwards: counts, and nothing that points at a person.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::change::Action;

use super::{AccountPlan, Mode, Sight};

/// Whether Belvo's "not found" could be believed in this sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canary {
    /// Nothing was absent, so nothing was asked.
    NotNeeded,
    /// A link that must be there was there, and one that cannot be was not.
    Passed,
    /// It was not so: no conclusion from absence.
    Failed,
}

/// The counts of one sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When Belvo was asked first.
    pub started_at: Timestamp,
    /// When the last change was durable.
    pub finished_at: Timestamp,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// Links that Belvo listed.
    pub listed: usize,
    /// Records of Belvo's that could not be read; the rest went on.
    pub unreadable: usize,
    /// Users that we hold.
    pub users: usize,
    /// Link records that we hold.
    pub known: usize,
    /// Links that nobody owned before the sweep.
    pub quarantined_before: usize,
    /// Changes by what was done.
    pub actions: BTreeMap<Action, usize>,
    /// Negative changes that the breakers held back.
    pub withheld: usize,
    /// Users whose part came too late and is left to the next sweep.
    pub conflicts: usize,
    /// Links that we hold and Belvo did not list.
    pub absent: usize,
    /// Of those, how many could not be asked about by id.
    pub unanswered: usize,
    /// Whether "not found" was believed.
    pub canary: Canary,
    /// Logins that more than one user has.
    pub shared_logins: usize,
}

impl Report {
    pub(super) fn of(started_at: Timestamp, mode: Mode, sight: &Sight, plan: &AccountPlan) -> Self {
        let mut actions = BTreeMap::new();
        for step in plan.steps() {
            *actions.entry(step.action).or_default() += 1;
        }
        Self {
            started_at,
            finished_at: started_at,
            dry_run: mode == Mode::DryRun,
            listed: sight.listing.links.len(),
            unreadable: sight.listing.unreadable,
            users: sight.book.users.len(),
            known: sight.book.links.values().map(Vec::len).sum(),
            quarantined_before: sight.book.quarantined.len(),
            actions,
            withheld: plan.withheld,
            conflicts: 0,
            absent: sight.triage.suspects.len(),
            unanswered: sight.probed.unanswered,
            canary: sight.probed.canary,
            shared_logins: sight.triage.shared_logins,
        }
    }

    /// How often this was done.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.actions.get(&action).copied().unwrap_or_default()
    }
}
