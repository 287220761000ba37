//! A transaction: all its conditions hold and everything is written, or nothing is.

use domain::{
    change::{Change, Commit},
    deletion::{Intent, Stage, Why},
    link::{LinkRecord, LinkState},
};

use crate::{
    errand::Errand,
    guards::{Guard, Guards},
    kept::Kept,
    names::place,
    world::{Asker, Rules, World},
};

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is made.
    Done,
    /// A condition did not hold.
    Stale,
}

fn has_stage(commit: &Commit, stage: Stage) -> bool {
    commit.changes.iter().any(|change| matches!(change, Change::Intent(intent) if intent.stage == stage))
}

impl World {
    /// Makes it, or not.
    pub(crate) fn commit(&mut self, commit: &Commit, asker: Asker, rules: &Rules) -> Committed {
        let guards = rules.guards;
        let fenced_out = commit.fence.is_some_and(|token| token != self.sweeps.token);
        if fenced_out && guards.has(Guard::Fence) {
            return Committed::Stale;
        }
        if !commit.changes.iter().all(|change| self.holds(change, commit, guards)) {
            return Committed::Stale;
        }
        let arms = asker.errand == Errand::Delete && has_stage(commit, Stage::Armed);
        if arms && !guards.has(Guard::ArmedFirst) {
            return Committed::Done; // and nothing is written
        }
        self.broken.fenced |= fenced_out;
        for change in &commit.changes {
            self.make(change, asker, rules);
        }
        Committed::Done
    }

    fn holds(&self, change: &Change, commit: &Commit, guards: Guards) -> bool {
        match change {
            Change::Link(record) => {
                let held = place(record.link_id).and_then(|n| self.records[n].as_ref());
                !guards.has(Guard::LinkRevision)
                    || held.map_or(0, |held| held.revision) + 1 == record.revision
            }
            Change::Intent(intent) => {
                let held = self.intent(intent.link_id).map_or(0, |held| held.revision);
                !guards.has(Guard::IntentRevision) || held + 1 == intent.revision
            }
            Change::Stands(kept) => {
                let marks = has_stage(commit, Stage::Marked);
                let guard = if marks { Guard::StandsAtMark } else { Guard::StandsAtSupersede };
                let held = place(kept.link_id).and_then(|n| self.records[n].as_ref());
                !guards.has(guard) || held.is_some_and(|held| held.revision == kept.revision)
            }
            Change::Unmarked(id) => {
                let arms = has_stage(commit, Stage::Armed);
                let guard = if arms { Guard::UnmarkedAtArm } else { Guard::UnmarkedAtMark };
                // one that was carried out counts, as in the table
                !guards.has(guard) || !self.intent(*id).is_some_and(|intent| intent.stage != Stage::Cancelled)
            }
            Change::Own(..) | Change::Quarantine(_) | Change::Session(_) => true,
        }
    }

    fn make(&mut self, change: &Change, asker: Asker, rules: &Rules) {
        match change {
            Change::Link(record) => self.put_record(record, asker),
            Change::Intent(intent) => self.put_intent(intent, asker, rules),
            Change::Stands(_)
            | Change::Unmarked(_)
            | Change::Own(..)
            | Change::Quarantine(_)
            | Change::Session(_) => {}
        }
    }

    fn put_record(&mut self, record: &LinkRecord, asker: Asker) {
        let Some(n) = place(record.link_id) else { return };
        let was_gone = self.records[n].as_ref().is_some_and(|held| held.state == LinkState::Gone);
        if record.state == LinkState::Gone && !was_gone {
            self.conclude(n, asker);
        }
        let was_missed = self.records[n].as_ref().is_some_and(|held| held.missing_since.is_some());
        if was_missed && record.missing_since.is_none() {
            self.evidence[n].missed = None; // found, by somebody who lived to note it
        }
        self.records[n] = Some(Kept::new(record.clone()));
    }

    fn put_intent(&mut self, intent: &Intent, asker: Asker, rules: &Rules) {
        let Some(n) = place(intent.link_id) else { return };
        let mut intent = intent.clone();
        if intent.stage == Stage::Unknown && !rules.guards.has(Guard::SecondNotFound) {
            (intent.stage, intent.due_at) = (Stage::Done, None);
        }
        match intent.stage {
            Stage::Marked => {
                self.evidence[n].asked = false;
                self.evidence[n].wished |= intent.why == Why::Disconnect;
            }
            Stage::Cancelled => self.evidence[n].wished = false,
            Stage::Done => self.conclude(n, asker),
            Stage::Armed if self.intents[n].as_ref().is_some_and(|held| held.stage == Stage::Unknown) => {
                self.evidence[n].missed = None; // found after all
            }
            Stage::Armed | Stage::Requested | Stage::Unknown => {}
        }
        self.intents[n] = Some(Kept::new(intent));
    }
}
