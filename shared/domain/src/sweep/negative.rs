//! A change that takes something away, decided but not made: what a plan is a list of.

use std::{collections::BTreeSet, fmt::Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    change::{Action, AuditEvent, Change, Standing},
    external_id::ExternalId,
    link::{LinkRecord, LinkState},
    observe::Notice,
    plan::UserPlan,
    user::Ledger,
    values::LinkId,
};

/// One such change: everything that making it needs, and everything that must still be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negative {
    /// Supersede, note missing or retire.
    pub action: Action,
    /// Whose link.
    pub external_id: ExternalId,
    /// Which link.
    pub link_id: LinkId,
    /// How it stands.
    pub before: LinkState,
    /// The revision of its record that this was decided on.
    pub revision: u64,
    /// How it is to stand.
    pub after: LinkState,
    /// The link that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survivor: Option<Survivor>,
    /// When Belvo first answered `not_found` for it, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// When Belvo was asked for what this was decided on.
    pub asked_at: Timestamp,
}

/// The link that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// Which.
    pub link_id: LinkId,
    /// The revision of its record.
    pub revision: u64,
}

/// What has become of a change that was decided earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Today {
    /// It can be made: the record as it shall be.
    Open(Box<LinkRecord>),
    /// It was made.
    Done,
    /// Something changed since.
    Stale,
}

impl Negative {
    /// Those in a user's plan. `ledger` is what the plan was made on. No link gives way to one that is not in use yet:
    /// it will be when the rest of the plan is made, and the next sweep sees it.
    pub(super) fn all_of(plan: &UserPlan, ledger: &Ledger) -> Vec<Self> {
        let events = plan.audit.iter().filter(|event| event.action.is_negative());
        let of = |event: &AuditEvent| {
            let before = ledger.link(event.link_id?)?;
            let after = planned(plan, before.link_id)?;
            let survivor = after.superseded_by.and_then(|id| ledger.link(id));
            if event.action == Action::Supersede && !survivor?.state.is_connected() {
                return None;
            }
            Some(Self {
                action: event.action,
                external_id: before.owner.clone(),
                link_id: before.link_id,
                before: before.state,
                revision: before.revision,
                after: after.state,
                survivor: survivor.map(|kept| Survivor { link_id: kept.link_id, revision: kept.revision }),
                missing_since: after.missing_since,
                asked_at: after.last_observed_at,
            })
        };
        events.filter_map(of).collect()
    }

    /// Whether the link that is to take the place of this one is what the other one retires. (One that is missed for the
    /// first time stays in use.)
    pub(super) fn rests_on_what_is_lost_by(&self, other: &Self) -> bool {
        let kept = self.survivor.filter(|_| self.action == Action::Supersede);
        other.action == Action::Retire && kept.is_some_and(|kept| kept.link_id == other.link_id)
    }

    /// How it stands with this on the records of today.
    pub(super) fn today(&self, ledger: &Ledger) -> Today {
        let Some(record) = ledger.link(self.link_id) else { return Today::Stale };
        if record.revision == self.revision + 1 && self.is_made(record) {
            return Today::Done;
        }
        let survivor = self
            .survivor
            .is_none_or(|kept| ledger.link(kept.link_id).is_some_and(|now| now.revision == kept.revision));
        if record.revision == self.revision && record.state == self.before && survivor {
            Today::Open(Box::new(self.made(record)))
        } else {
            Today::Stale
        }
    }

    /// The condition that goes with it.
    pub(super) fn standing(&self) -> Option<Standing> {
        let kept = self.survivor?;
        Some(Standing { owner: self.external_id.clone(), link_id: kept.link_id, revision: kept.revision })
    }

    /// The audit event of making it.
    pub(super) fn event(&self, after: &LinkRecord, notice: Notice) -> AuditEvent {
        let before = LinkRecord { state: self.before, ..after.clone() };
        AuditEvent::of_link(self.action, Some(&before), after, notice)
    }

    fn is_made(&self, record: &LinkRecord) -> bool {
        self.made(record) == LinkRecord { revision: self.revision + 1, ..record.clone() }
    }

    fn made(&self, record: &LinkRecord) -> LinkRecord {
        LinkRecord {
            state: self.after,
            superseded_by: self.survivor.map(|kept| kept.link_id),
            missing_since: self.missing_since,
            last_observed_at: self.asked_at,
            revision: self.revision + 1,
            ..record.clone()
        }
    }

    /// One line that says all of it: what a plan's hash is made of.
    pub(super) fn line(&self, into: &mut String) {
        let Self { action, external_id, link_id, before, revision, after, survivor, missing_since, asked_at } =
            self;
        let survivor = survivor.map(|kept| (kept.link_id, kept.revision));
        // Writing into a String does not fail.
        let _written = writeln!(
            into,
            "{action:?} {} {link_id} {before:?} {revision} {after:?} {survivor:?} {missing_since:?} {asked_at}",
            external_id.as_str()
        );
    }
}

/// How the plan wants a link's record.
fn planned(plan: &UserPlan, id: LinkId) -> Option<&LinkRecord> {
    plan.changes.iter().find_map(|change| match change {
        Change::Link(record) if record.link_id == id => Some(record),
        Change::Link(_)
        | Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    })
}

/// The users of these changes, each once.
pub(super) fn users(negatives: &[Negative]) -> BTreeSet<&ExternalId> {
    negatives.iter().map(|negative| &negative.external_id).collect()
}
