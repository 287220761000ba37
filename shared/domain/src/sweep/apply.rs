//! Taking something away: the one way in which a sweep and an operator's `apply` do it.

use jiff::Timestamp;

use crate::{
    change::{AuditEvent, CarriedOut, Change, Source, carry_out_fenced},
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    observe::Notice,
    policy::Policy,
    ports::{Ambient, Ledgers, Lookup, Provider, Sweeps},
    user::Ledger,
};

use super::{Negative, Plan, PlanId, Unfit, absent::canary, negative, negative::Today};
use crate::change::Action;

/// By what right something is taken away.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right<'a> {
    /// A sweep's, while it holds the lease's token.
    Lease(u64),
    /// An operator's, who carries out this plan.
    Plan(&'a PlanId),
}

impl<'a> Right<'a> {
    fn fence(self) -> Option<u64> {
        match self {
            Self::Lease(token) => Some(token),
            Self::Plan(_) => None,
        }
    }

    fn plan(self) -> Option<&'a PlanId> {
        match self {
            Self::Lease(_) => None,
            Self::Plan(id) => Some(id),
        }
    }
}

/// One user's part.
#[derive(Debug, Default)]
pub(super) struct Making {
    changes: Vec<Change>,
    /// The events of what is made.
    pub(super) audit: Vec<AuditEvent>,
    /// What was made before.
    pub(super) done: usize,
    /// What cannot be made any more.
    pub(super) stale: usize,
}

impl Making {
    /// What there is to make on these records.
    pub(super) fn of(negatives: &[&Negative], ledger: &Ledger, notice: Notice) -> Self {
        let mut making = Self::default();
        for negative in negatives {
            match negative.today(ledger) {
                Today::Open(record) => {
                    making.audit.push(negative.event(&record, notice));
                    making.changes.push(Change::Link(*record));
                }
                Today::Done => making.done += 1,
                Today::Stale => making.stale += 1,
            }
        }
        let written =
            |id| making.changes.iter().any(|change| matches!(change, Change::Link(r) if r.link_id == id));
        let mut standing: Vec<_> = negatives.iter().filter_map(|negative| negative.standing()).collect();
        standing.sort_by_key(|kept| kept.link_id);
        standing.dedup_by_key(|kept| kept.link_id);
        standing.retain(|kept| !written(kept.link_id));
        if !making.changes.is_empty() {
            making.changes.splice(0..0, standing.into_iter().map(Change::Stands));
        }
        making
    }

    /// Makes it on fresh records, all of the user's or nothing.
    pub(super) async fn make(
        store: &impl Ledgers,
        ambient: &impl Ambient,
        user: &ExternalId,
        negatives: &[&Negative],
        notice: Notice,
        right: Right<'_>,
    ) -> Result<Self, StoreError> {
        let Some(ledger) = store.ledger(user).await? else {
            return Ok(Self { stale: negatives.len(), ..Self::default() });
        };
        let making = Self::of(negatives, &ledger, notice);
        if making.changes.is_empty() {
            return Ok(making);
        }
        let Self { changes, mut audit, done, stale } = making;
        for event in &mut audit {
            event.plan_id = right.plan().cloned();
        }
        match carry_out_fenced(store, ambient, changes, audit.clone(), right.fence()).await? {
            CarriedOut::Done => Ok(Self { changes: Vec::new(), audit, done, stale }),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {
                Ok(Self { done, stale: stale + audit.len(), ..Self::default() })
            }
        }
    }
}

/// What applying a plan came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Changes made now.
    pub made: usize,
    /// Changes that an earlier attempt made.
    pub done: usize,
    /// Changes that came too late by a moment.
    pub stale: usize,
}

/// Why a plan was not applied, or not to its end. Applying it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is no such plan.
    #[error("there is no plan of that name")]
    NoSuchPlan,
    /// It must not be applied.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Belvo could not be asked whether what is gone is still gone.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// Applies a withheld plan: exactly what it lists, or nothing when any of it is not as it was. Links to be retired
/// are asked for once more, behind a canary.
pub async fn apply(
    store: &(impl Ledgers + Sweeps),
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    id: &PlanId,
) -> Result<Applied, ApplyError> {
    let plan = store.plan(id).await?.ok_or(ApplyError::NoSuchPlan)?;
    plan.fit(ambient.now(), policy)?;
    check_records(store, &plan, ambient.now()).await?;
    check_ghosts(provider, &plan).await?;
    let notice = Notice { source: Source::Operator, asked_at: ambient.now() };
    let mut applied = Applied::default();
    for user in negative::users(&plan.negatives) {
        let theirs: Vec<_> = plan.negatives.iter().filter(|negative| negative.external_id == *user).collect();
        let making = Making::make(store, ambient, user, &theirs, notice, Right::Plan(id)).await?;
        applied.made += making.audit.len();
        applied.done += making.done;
        applied.stale += making.stale;
    }
    store.mark_applied(&plan, ambient.now()).await?;
    Ok(applied)
}

async fn check_records(store: &impl Ledgers, plan: &Plan, now: Timestamp) -> Result<(), ApplyError> {
    let notice = Notice { source: Source::Operator, asked_at: now };
    let mut stale = 0;
    for user in negative::users(&plan.negatives) {
        let theirs: Vec<_> = plan.negatives.iter().filter(|negative| negative.external_id == *user).collect();
        let making = store.ledger(user).await?.map(|ledger| Making::of(&theirs, &ledger, notice));
        stale += making.map_or(theirs.len(), |making| making.stale);
    }
    if stale == 0 { Ok(()) } else { Err(Unfit::Stale(stale).into()) }
}

/// What Belvo did not have when the plan was made it must not have now.
async fn check_ghosts(provider: &impl Provider, plan: &Plan) -> Result<(), ApplyError> {
    let ghosts = || plan.negatives.iter().filter(|negative| negative.action != Action::Supersede);
    if ghosts().next().is_none() {
        return Ok(());
    }
    if !canary(provider, plan.canary).await {
        return Err(Unfit::Canary.into());
    }
    let mut back = 0;
    for ghost in ghosts() {
        match provider.link(ghost.link_id).await? {
            Lookup::NotFound => {}
            Lookup::Found(_) => back += 1,
        }
    }
    if back == 0 { Ok(()) } else { Err(Unfit::Back(back).into()) }
}
