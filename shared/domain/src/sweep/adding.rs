//! One user's part of a sweep, as far as it only adds: read afresh, planned, and committed. It touches nothing of
//! the sweep itself, so that a few users can have their turn at once.

use crate::{
    change::{AuditEvent, CarriedOut, Change, carry_out},
    external_id::ExternalId,
    failure::StoreError,
    observe::Notice,
    plan::{Markers, News as Learned, UserPlan, plan_user},
    policy::Policy,
    ports::{Ambient, Ledgers},
    user::Ledger,
};

use super::absent::Answer;

/// What came of it.
#[derive(Debug)]
pub(super) enum Added {
    /// It is made, by these events; and how things are now.
    Done(Box<Now>),
    /// There is no such user: links that name them are nobody's.
    NoUser,
    /// Somebody was quicker: left to the next sweep.
    Late,
    /// The records cannot be read or written.
    Refused,
}

/// How one user's things are once all that adds is made.
#[derive(Debug)]
pub(super) struct Now {
    pub(super) audit: Vec<AuditEvent>,
    pub(super) ledger: Ledger,
    pub(super) markers: Markers,
}

/// With what a sweep adds.
#[derive(Debug)]
pub(super) struct Hands<'a, S, A> {
    pub(super) store: &'a S,
    pub(super) ambient: &'a A,
    pub(super) policy: &'a Policy,
    pub(super) dry_run: bool,
}

impl<S: Ledgers, A: Ambient> Hands<'_, S, A> {
    /// Makes true what Belvo says of one user's links. A table that is busy stops the sweep; one user's damaged
    /// records do not.
    pub(super) async fn add(
        &self,
        user: &ExternalId,
        said: &Answer,
        notice: Notice,
    ) -> Result<Added, StoreError> {
        tolerated(self.try_add(user, said, notice).await)
    }

    async fn try_add(&self, user: &ExternalId, said: &Answer, notice: Notice) -> Result<Added, StoreError> {
        let Some(ledger) = self.store.ledger(user).await? else { return Ok(Added::NoUser) };
        let mut markers = Markers::new();
        let mut plan = planned(&ledger, said, &markers, notice, self.policy);
        let unread = plan.unread(&markers);
        if !unread.is_empty() {
            markers = self.store.markers(&unread).await?;
            plan = planned(&ledger, said, &markers, notice, self.policy);
        }
        let UserPlan { changes, audit, .. } = plan;
        if !self.commit(changes.clone(), audit.clone()).await? {
            return Ok(Added::Late);
        }
        Ok(Added::Done(Box::new(Now { audit, ledger: ledger.with(&changes), markers })))
    }

    /// Commits changes that concern no user.
    pub(super) async fn set_aside(&self, plan: UserPlan) -> Result<Added, StoreError> {
        let UserPlan { changes, audit, .. } = plan;
        tolerated(
            self.commit(changes, audit).await.map(|made| if made { Added::NoUser } else { Added::Late }),
        )
    }

    /// Whether it was in time.
    async fn commit(&self, changes: Vec<Change>, audit: Vec<AuditEvent>) -> Result<bool, StoreError> {
        if changes.is_empty() || self.dry_run {
            return Ok(true);
        }
        match carry_out(self.store, self.ambient, changes, audit).await? {
            CarriedOut::Done => Ok(true),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => Ok(false),
        }
    }
}

fn tolerated(added: Result<Added, StoreError>) -> Result<Added, StoreError> {
    match added {
        Err(StoreError::Refused(_) | StoreError::Corrupt { .. }) => Ok(Added::Refused),
        Ok(_) | Err(StoreError::Busy(_)) => added,
    }
}

/// The plan of one user under these rules.
pub(super) fn planned(
    ledger: &Ledger,
    said: &Answer,
    markers: &Markers,
    notice: Notice,
    policy: &Policy,
) -> UserPlan {
    let news = Learned { seen: &said.found, missing: &said.missing, named: None, markers, notice };
    plan_user(ledger, &news, policy)
}
