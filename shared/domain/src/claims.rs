//! Claims: a quarantined link becomes a user's because the user, or an operator, says so.
//!
//! A claim replaces the session that is missing, and nothing else: Belvo is asked anew, and whom its record names
//! still counts. What stands in our own book is looked at first, so a stranger's claim costs no call to Belvo, and
//! is refused during an outage as at any other time.

#[cfg(test)]
mod tests;

use crate::{
    callbacks::ATTEMPTS,
    change::{CarriedOut, Source, carry_out},
    external_id::ExternalId,
    failure::{Outage, StoreError},
    link::{Claim, LinkRecord, LinkStatus, Marker, ProviderLink},
    observe::Notice,
    plan::plan_vouched,
    policy::Policy,
    ports::{Ambient, Ledgers, Lookup, Provider, Tombstones},
    user::Ledger,
    values::LinkId,
};

/// Who says that a link is the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The user, who may have links that name exactly them.
    User,
    /// An operator, who may also give away links that name nobody registered here.
    Operator,
}

/// A claim: this link is this user's.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The user.
    pub user: ExternalId,
    /// The link.
    pub link: LinkId,
    /// Who says so.
    pub by: By,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The link is the user's now.
    Bound(LinkRecord),
    /// It was already.
    Known(LinkRecord),
    /// Not to be had: not there, not visible yet, not in quarantine, or for somebody else.
    NotTheirs,
}

/// How things stand before Belvo is asked.
enum Standing {
    /// The link may become this user's.
    Claimable(Ledger),
    /// Nothing is left to do.
    Settled(Claimed),
}

/// Takes in a claim: two reads, and if there is something to claim, one call to Belvo and one write.
pub async fn claim(
    store: &(impl Ledgers + Tombstones),
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    wanted: &Wanted,
) -> Result<Claimed, Outage> {
    let mut ledger = match standing(store, wanted).await? {
        Standing::Claimable(ledger) => ledger,
        Standing::Settled(claimed) => return Ok(claimed),
    };
    let notice = Notice { source: wanted.by.source(), asked_at: ambient.now() };
    let Some(link) = shown(provider, wanted.link).await? else { return Ok(Claimed::NotTheirs) };
    if !is_free(store, &ledger, &link.claim, wanted.by).await? {
        return Ok(Claimed::NotTheirs);
    }
    for _ in 0..ATTEMPTS {
        let plan = plan_vouched(&ledger, std::slice::from_ref(&link), notice, policy);
        let bound = ledger.with(&plan.changes).link(link.id).cloned();
        match carry_out(store, ambient, plan.changes, plan.audit).await? {
            CarriedOut::Done => return Ok(bound.map_or(Claimed::NotTheirs, Claimed::Bound)),
            CarriedOut::OwnedByAnother(_) => return Ok(Claimed::NotTheirs),
            CarriedOut::Stale => {}
        }
        ledger = match standing(store, wanted).await? {
            Standing::Claimable(fresh) => fresh,
            Standing::Settled(claimed) => return Ok(claimed),
        };
    }
    Err(StoreError::Busy("the user's records kept changing".into()).into())
}

impl By {
    fn source(self) -> Source {
        match self {
            Self::User => Source::Claim,
            Self::Operator => Source::Operator,
        }
    }
}

/// The holder is read first: a link that this user gets in between is then in the ledger.
async fn standing(store: &(impl Ledgers + Tombstones), wanted: &Wanted) -> Result<Standing, StoreError> {
    let refused = Standing::Settled(Claimed::NotTheirs);
    let held = store.markers(&[wanted.link]).await?.remove(&wanted.link);
    let Some(ledger) = store.ledger(&wanted.user).await? else { return Ok(refused) };
    if let Some(record) = ledger.link(wanted.link).filter(|record| record.holds_link()) {
        let known = (!record.is_buried()).then(|| Claimed::Known(record.clone()));
        return Ok(Standing::Settled(known.unwrap_or(Claimed::NotTheirs)));
    }
    match held {
        Some(Marker::Quarantined(held)) if is_free(store, &ledger, &held.claim, wanted.by).await? => {
            Ok(Standing::Claimable(ledger))
        }
        Some(Marker::Quarantined(_) | Marker::Owned(_)) | None => Ok(refused),
    }
}

/// Belvo's record, if it has the link and its creation was completed.
async fn shown(provider: &impl Provider, id: LinkId) -> Result<Option<ProviderLink>, Outage> {
    match provider.link(id).await? {
        Lookup::Found(link) => Ok((link.id == id && link.status != LinkStatus::Unconfirmed).then_some(link)),
        Lookup::NotFound => Ok(None),
    }
}

/// Whether a link that names these may become this user's.
async fn is_free(
    store: &(impl Ledgers + Tombstones),
    ledger: &Ledger,
    named: &Claim,
    by: By,
) -> Result<bool, StoreError> {
    match (named, by) {
        (Claim::Named(id), _) if *id == ledger.user.external_id => Ok(true),
        (_, By::User) => Ok(false),
        (Claim::Absent | Claim::Malformed, By::Operator) => Ok(true),
        (Claim::Named(id), By::Operator) => {
            Ok(store.links(id).await?.is_none() && store.erasure(id).await?.is_none())
        }
    }
}
