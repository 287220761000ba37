//! Drawing commits, and the records that they change.

use domain::{
    change::{Change, Commit, Standing},
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, Marker, QuarantineReason, QuarantinedLink},
    session::{LinkSession, Outcome, OutcomeKind, Purpose},
    values::{InstitutionUserId, LinkId},
};
use faults::table::Table;
use tests::contract::samples::{bound, institution, pending, session};

use super::{draw::Draw, op::Op};

const STATES: [LinkState; 9] = [
    LinkState::Pending,
    LinkState::Active,
    LinkState::Active,
    LinkState::NeedsUpdate,
    LinkState::NeedsUpdate,
    LinkState::Superseded,
    LinkState::Superseded,
    LinkState::Deleting,
    LinkState::Gone,
];

impl Draw {
    pub(crate) fn commit(&mut self, table: &Table) -> Op {
        let many = if self.one_in(3) { self.rng.usize(0..=5) } else { 1 };
        let (owner, _) = self.key(table);
        let changes = (0..many).map(|_| self.change(&owner, table)).collect();
        let events = self.rng.usize(..3);
        let audit = (0..events).map(|_| self.event()).collect();
        let token = table.state.as_ref().map_or(0, |state| state.token);
        let token = self.mostly(token, |draw| draw.rng.u64(..=token + 1));
        Op::Commit(Commit { changes, audit, writer: self.writer(), fence: self.one_in(4).then_some(token) })
    }

    /// Links are of one user, as in every commit of ours; whatever else is in it may be anybody's.
    fn change(&mut self, owner: &ExternalId, table: &Table) -> Change {
        match self.rng.u32(..16) {
            0..=4 => Change::Link(self.record(owner, table)),
            5 | 6 => Change::Own(self.link(), self.person()),
            7 | 8 => Change::Quarantine(self.set_aside(table)),
            9 | 10 => Change::Session(self.session(table)),
            11 | 12 => Change::Stands(self.standing(owner, table)),
            13 | 14 => Change::Intent(self.intent(table)),
            _ => Change::Unmarked(self.link()),
        }
    }

    fn standing(&mut self, owner: &ExternalId, table: &Table) -> Standing {
        let link_id = self.link_of(owner, table);
        let now = table.record(owner, link_id).map_or(1, |record| record.revision);
        let revision = self.mostly(now, |draw| draw.rng.u64(1..=now + 1));
        Standing { owner: owner.clone(), link_id, revision }
    }

    /// A link that this user has, or any.
    fn link_of(&mut self, owner: &ExternalId, table: &Table) -> LinkId {
        let any = self.link();
        match self.one_of(table.links_of(owner).map(|record| record.link_id)) {
            Some(link) => self.mostly(link, |_| any),
            None => any,
        }
    }

    /// A record as it shall be: of a link that waits, that is bound, or that was one of these.
    fn record(&mut self, owner: &ExternalId, table: &Table) -> LinkRecord {
        let link_id = self.link_of(owner, table);
        let before = table.record(owner, link_id).cloned();
        let state = self.one_of(STATES).unwrap_or(LinkState::Active);
        let was_bound = before.as_ref().is_some_and(|before| before.created_at.is_some());
        let waits = state == LinkState::Pending || (state == LinkState::Gone && !was_bound);
        let made = before.as_ref().and_then(|before| before.created_at).unwrap_or_else(|| self.finer());
        let fresh = if waits { pending(owner, 0) } else { bound(owner, 0) };
        let logins = ["one", "two"].map(|login| InstitutionUserId::parse(login).ok());
        LinkRecord {
            link_id,
            state,
            status: (!waits).then(|| self.status()),
            created_at: (!waits).then_some(made),
            institution_user_id: if waits {
                None
            } else {
                self.one_of(logins).flatten().filter(|_| !self.one_in(3))
            },
            last_observed_at: self.moment(),
            superseded_by: (state == LinkState::Superseded).then(|| self.link()),
            missing_since: self.one_in(4).then(|| self.moment()),
            consent_ends_at: self.one_in(4).then(|| self.moment()),
            accounts: fresh.accounts.filter(|_| self.rng.bool()),
            revision: self.revision(before.map(|before| before.revision)),
            ..fresh
        }
    }

    fn status(&mut self) -> LinkStatus {
        let all = [LinkStatus::Valid, LinkStatus::Valid, LinkStatus::Invalid, LinkStatus::Unconfirmed];
        self.one_of(all).unwrap_or(LinkStatus::Other("new".to_owned()))
    }

    fn session(&mut self, table: &Table) -> LinkSession {
        let owner = self.person();
        let id = self.session_id(&owner);
        let before = table.records.sessions.get(&(owner.clone(), id.clone())).cloned();
        let fresh = LinkSession { id, issued_at: self.moment(), ..session(&owner, 1) };
        let revision = self.revision(before.as_ref().map(|before| before.revision));
        let ended = Outcome {
            kind: if self.rng.bool() { OutcomeKind::Exit } else { OutcomeKind::Event },
            code: None,
            institution: Some(institution()),
            step: None,
            at: self.moment(),
        };
        LinkSession {
            purpose: if self.one_in(4) { Purpose::Update(self.link()) } else { Purpose::Create },
            link_id: self.one_in(3).then(|| self.link()),
            outcome: self.one_in(3).then_some(ended),
            due_at: self.maybe(Self::moment),
            revision,
            ..before.unwrap_or(fresh)
        }
    }

    fn set_aside(&mut self, table: &Table) -> QuarantinedLink {
        let link_id = self.link();
        let revision = match table.records.markers.get(&link_id) {
            Some(Marker::Quarantined(before)) => Some(before.revision),
            Some(Marker::Owned(_)) | None => None,
        };
        let reasons =
            [QuarantineReason::NoExternalId, QuarantineReason::UnknownUser, QuarantineReason::Ambiguous];
        let claims =
            [Claim::Absent, Claim::Malformed, Claim::Named(self.person()), Claim::Named(self.person())];
        QuarantinedLink {
            link_id,
            reason: self.one_of(reasons).unwrap_or(QuarantineReason::NoSession),
            claim: self.one_of(claims).unwrap_or(Claim::Absent),
            institution: institution(),
            status: self.status(),
            created_at: self.finer(),
            first_seen_at: self.moment(),
            revision: self.revision(revision),
        }
    }
}
