//! One user's part of a sweep, as far as it only adds: read afresh, planned, and committed. It touches nothing of
//! the sweep itself, so that a few users can have their turn at once.

use crate::{
    change::{AuditEvent, CarriedOut, Change, carry_out},
    deletion::{begun_anew, erasure::reopen},
    explain::{Explanation, by_named},
    external_id::ExternalId,
    failure::{StoreError, is_one_users},
    link::ProviderLink,
    observe::Notice,
    plan::{Markers, News as Learned, UserPlan, plan_user},
    policy::Policy,
    ports::{Ambient, Intents, Tombstones},
    user::Ledger,
};

use super::absent::Answer;

/// What came of it.
#[derive(Debug)]
pub(super) enum Added {
    /// It is made, by these events; and how things are now.
    Done(Box<Now>),
    /// There is no such user: these links, which name them, are nobody's.
    NoUser(Vec<ProviderLink>),
    /// The user was erased, and yet Belvo shows links of theirs: they are to be deleted.
    Erased,
    /// Somebody was quicker: left to the next sweep.
    Late,
    /// The records cannot be read or written.
    Refused,
}

/// How one user's things are once all that adds is made.
#[derive(Debug)]
pub(super) struct Now {
    pub(super) said: Answer,
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

impl<S: Intents + Tombstones, A: Ambient> Hands<'_, S, A> {
    /// Makes true what Belvo says of one user's links. A table that is busy stops the sweep; one user's damaged
    /// records do not.
    pub(super) async fn add(
        &self,
        user: ExternalId,
        said: Answer,
        notice: Notice,
    ) -> Result<Added, StoreError> {
        tolerated(self.try_add(user, said, notice).await)
    }

    async fn try_add(&self, user: ExternalId, mut said: Answer, notice: Notice) -> Result<Added, StoreError> {
        // The id of somebody who was erased leads to who came back: the links that name it are not theirs.
        let ledger = self.store.ledger(&user).await?.filter(|ledger| ledger.user.external_id == user);
        let Some(ledger) = ledger else {
            said.found.retain(|link| link.claim.names(&user));
            let shows = !said.found.is_empty();
            let erased = shows && reopen(self.store, &user, notice.asked_at, self.dry_run).await?;
            return Ok(if erased { Added::Erased } else { Added::NoUser(said.found) });
        };
        if said.in_part {
            said.found.retain(|link| stands_alone(&ledger, link, self.policy));
        }
        let mut markers = Markers::new();
        let mut plan = planned(&ledger, &said, &markers, notice, self.policy);
        let unread = plan.unread(&markers);
        if !unread.is_empty() {
            markers = self.store.markers(&unread).await?;
            plan = planned(&ledger, &said, &markers, notice, self.policy);
        }
        let UserPlan { mut changes, mut audit, .. } = plan;
        let (anew, told) = begun_anew(self.store, &ledger, &said.found, notice, self.policy).await?;
        changes.extend(anew);
        audit.extend(told);
        if !self.commit(changes.clone(), audit.clone()).await? {
            return Ok(Added::Late);
        }
        Ok(Added::Done(Box::new(Now { said, audit, ledger: ledger.with(&changes), markers })))
    }

    /// Commits changes that concern no user. Whether it was in time; `None` if the table refuses.
    pub(super) async fn set_aside(&self, plan: UserPlan) -> Result<Option<bool>, StoreError> {
        let UserPlan { changes, audit, .. } = plan;
        match self.commit(changes, audit).await {
            Err(error) if is_one_users(&error) => Ok(None),
            made => made.map(Some),
        }
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
        Err(error) if is_one_users(&error) => Ok(Added::Refused),
        added => added,
    }
}

/// Whether a link can be decided without the others of its user: its session vouches for it, or it is not
/// theirs at all. The rest waits for the days, where its rivals are.
fn stands_alone(ledger: &Ledger, link: &ProviderLink, policy: &Policy) -> bool {
    let vouched = || {
        let session = ledger.session(ledger.link(link.id)?.session_id.as_ref()?)?;
        Some(matches!(by_named(session, link, policy), Explanation::By(_)))
    };
    !link.claim.names(&ledger.user.external_id) || vouched().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ana, bia, ledger, pending, session, shown};

    #[test]
    fn of_a_part_of_the_users_links_only_what_needs_no_others_to_compare_is_decided() {
        let (named, right) = (session(1, &ana(), 0), session(2, &ana(), 100));
        let waiting = vec![pending(1, &named, 6), pending(2, &named, 6)];
        let ledger = ledger(&ana(), waiting, vec![named, right]);
        let alone = |number, owner: ExternalId, made| {
            stands_alone(&ledger, &shown(number, &owner, made), &Policy::default())
        };
        assert!(alone(1, ana(), 5), "its session vouches for it");
        assert!(alone(2, bia(), 5), "it is not hers");
        assert!(!alone(2, ana(), 101), "another session may have made it, and others with it");
        assert!(!alone(3, ana(), 5), "she never named it");
    }
}
