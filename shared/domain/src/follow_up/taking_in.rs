//! What was learned of one user's links, made true: read, planned and committed, and decided anew while others change
//! the same records.

use crate::{
    callbacks::ATTEMPTS,
    change::{AuditEvent, CarriedOut, carry_out},
    external_id::ExternalId,
    failure::StoreError,
    link::ProviderLink,
    observe::Notice,
    plan::{Markers, News, UserPlan, plan_user},
    policy::Policy,
    ports::{Ambient, Ledgers},
    user::Ledger,
    values::LinkId,
};

/// What was learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Learned<'a> {
    /// Whose links.
    pub(crate) user: &'a ExternalId,
    /// What Belvo shows of them.
    pub(crate) seen: &'a [ProviderLink],
    /// What Belvo answered `not_found` for. Noted only: a link is retired by a sweep, which has a canary (I7).
    pub(crate) missing: &'a [LinkId],
    /// From where and when.
    pub(crate) notice: Notice,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TakenIn {
    /// It is made, by these events.
    Done(Vec<AuditEvent>),
    /// There is no such user.
    NoUser,
}

/// Makes true what was learned, together with what `more` adds to the plan.
pub(crate) async fn take_in(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    policy: &Policy,
    learned: Learned<'_>,
    more: impl Fn(&Ledger, &mut UserPlan) + Send + Sync,
) -> Result<TakenIn, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(ledger) = store.ledger(learned.user).await? else { return Ok(TakenIn::NoUser) };
        let mut plan = planned(store, &ledger, learned, policy).await?;
        more(&ledger, &mut plan);
        let UserPlan { changes, audit, .. } = plan;
        if changes.is_empty() {
            return Ok(TakenIn::Done(audit));
        }
        match carry_out(store, ambient, changes, audit.clone()).await? {
            CarriedOut::Done => return Ok(TakenIn::Done(audit)),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {}
        }
    }
    Err(StoreError::Busy("the user's records kept changing".into()))
}

/// Who holds a link is looked up only when it is to be set aside.
async fn planned(
    store: &impl Ledgers,
    ledger: &Ledger,
    learned: Learned<'_>,
    policy: &Policy,
) -> Result<UserPlan, StoreError> {
    let new = |id: &&LinkId| ledger.link(**id).is_some_and(|record| record.missing_since.is_none());
    let missing: Vec<_> = learned.missing.iter().filter(new).copied().collect();
    let plan = |markers: &Markers| {
        let news =
            News { seen: learned.seen, missing: &missing, named: None, markers, notice: learned.notice };
        plan_user(ledger, &news, policy)
    };
    let first = plan(&Markers::new());
    let unread = first.unread(&Markers::new());
    if unread.is_empty() { Ok(first) } else { Ok(plan(&store.markers(&unread).await?)) }
}
