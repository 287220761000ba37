//! How far a sweep is: what it leaves behind when its time is up, and goes on from. Small, whatever the account.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    census::Member,
    change::Action,
    policy::{Policy, after},
    ports::Spent,
    values::LinkId,
};

use super::{Negative, Scope, Walk, absent::Suspects};

/// The parts of a sweep, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Links that the app named while Belvo could not be asked; of one user all links.
    Named,
    /// Belvo's list, day by day.
    Days(Walk),
    /// Links that Belvo lists as unusable, whenever they were made.
    Unusable,
    /// Duplicates and shared logins, behind this one.
    Groups(Option<Member>),
    /// What is absent, and everything that takes something away.
    Conclusion,
}

/// A sweep under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What it looks at.
    pub scope: Scope,
    /// When it began: its name, too.
    pub started_at: Timestamp,
    /// Which part is next.
    pub stage: Stage,
    /// What was counted so far.
    pub counts: Counts,
    /// Changes that take something away, up to the cap.
    pub negatives: Vec<Negative>,
    /// Links that Belvo did not list, as many as may be asked about.
    pub suspects: Suspects,
    /// A link that Belvo listed and that is bound here: it must be there.
    pub canary: Option<LinkId>,
    /// The first day that has a link, at Belvo or here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<Date>,
    /// Logins of several users: the links of some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Vec<LinkId>>,
    /// Links without a login that look like one account, of some users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probable: Vec<Vec<LinkId>>,
    /// What the ticks before cost.
    pub spent: Spent,
}

/// What a sweep counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Links that Belvo listed.
    pub listed: usize,
    /// Records of Belvo's that could not be read; the rest went on.
    pub unreadable: usize,
    /// Windows whose list changed while it was read, and was read twice.
    pub shifting: usize,
    /// Links that we hold, of those days.
    pub known: usize,
    /// Of those, how many nobody owns.
    pub quarantined: usize,
    /// Changes by what was done.
    pub actions: BTreeMap<Action, usize>,
    /// Users whose part came too late and is left to the next sweep.
    pub conflicts: usize,
    /// Users who were erased and of whom Belvo shows links: those are to be deleted.
    #[serde(default)]
    pub erased: usize,
    /// Users whose records could not be read or were refused: see to the table.
    pub refused: usize,
    /// Links that we hold and Belvo did not list.
    pub absent: usize,
    /// Of those, how many could not be asked about.
    pub unanswered: usize,
    /// Changes that take something away, made or not.
    pub negatives: usize,
    /// Logins that more than one user has.
    pub shared_logins: usize,
    /// Pairs of links without a login that look like one account.
    pub probable_duplicates: usize,
}

impl Counts {
    /// One more of these was done.
    pub(super) fn did(&mut self, action: Action) {
        *self.actions.entry(action).or_default() += 1;
    }
}

impl Progress {
    /// A sweep that begins.
    #[must_use]
    pub fn new(scope: Scope, started_at: Timestamp) -> Self {
        Self {
            scope,
            started_at,
            stage: Stage::Named,
            counts: Counts::default(),
            negatives: Vec::new(),
            suspects: Suspects::default(),
            canary: None,
            first_day: None,
            shared: Vec::new(),
            probable: Vec::new(),
            spent: Spent::default(),
        }
    }

    /// Whether it is young enough to be gone on with.
    #[must_use]
    pub fn lives(&self, now: Timestamp, policy: &Policy) -> bool {
        after(self.started_at, policy.sweep_life) > now
    }

    /// Days that are still to be listed.
    #[must_use]
    pub fn remaining_days(&self) -> i32 {
        match &self.stage {
            Stage::Days(walk) => walk.remaining(),
            Stage::Named | Stage::Unusable | Stage::Groups(_) | Stage::Conclusion => 0,
        }
    }
}
