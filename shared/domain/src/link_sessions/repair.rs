//! The repairs of a session start without a session: when something else says that Belvo may have a link of the
//! user's that we do not.

use super::{Shown, claimable, markers_of, plan};
use crate::{
    callbacks::ATTEMPTS,
    change::{CarriedOut, Source, carry_out},
    failure::{Outage, StoreError},
    link::{ProviderLink, QuarantinedLink},
    policy::Policy,
    ports::{Ambient, Ledgers, Provider},
    user::Ledger,
};

/// How a user's links stand after the repairs.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// The user's records.
    pub(crate) ledger: Ledger,
    /// What Belvo shows of the user.
    pub(crate) shown: Vec<ProviderLink>,
    /// Links at Belvo that name this user, but that no session explains.
    pub(crate) claimable: Vec<QuarantinedLink>,
}

/// Asks Belvo for the user's links once and commits what that repairs.
pub(crate) async fn repaired(
    store: &impl Ledgers,
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    mut ledger: Ledger,
    source: Source,
) -> Result<Repaired, Outage> {
    let (user, asked_at) = (ledger.user.external_id.clone(), ambient.now());
    let shown = Shown { links: provider.links_of(&user).await?, absent: false, asked_at, source };
    for _ in 0..ATTEMPTS {
        let markers = markers_of(store, &ledger, &shown.links).await?;
        let plan = plan(&ledger, &shown, &markers, policy);
        let (changes, audit) = (plan.changes.clone(), plan.audit.clone());
        if plan.is_empty() || carry_out(store, ambient, changes, audit).await? == CarriedOut::Done {
            let claimable = claimable(&ledger, &plan, &markers);
            return Ok(Repaired { ledger: ledger.with(&plan.changes), shown: shown.links, claimable });
        }
        let fresh = store.ledger(&user).await?;
        ledger = fresh.ok_or_else(|| StoreError::Busy("the user is being changed".into()))?;
    }
    Err(StoreError::Busy("the user's records kept changing".into()).into())
}
