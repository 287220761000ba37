//! The sweep: everything that Belvo holds against everything that we hold, over all users.
//!
//! Ours is read first, then theirs: a link born in between then looks like one to adopt, which is harmless.
//! Every record that might change is read anew before it is planned for, and every write is conditional, so
//! any number of sweeps and callbacks may run at once and die anywhere.

#[cfg(test)]
mod histories;
mod plan;
mod probe;
mod report;
#[cfg(test)]
mod tests;
mod triage;

pub use plan::{AccountPlan, Step};
pub use report::{Canary, Report};
pub use triage::{Triage, triage};

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::{CarriedOut, Source, carry_out},
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    link::ProviderLink,
    observe::Notice,
    plan::UserPlan,
    policy::{Negatives, Policy},
    ports::{Ambient, Book, Census, Ledgers, Provider},
    values::LinkId,
};
use plan::{Knowledge, plan_account};
use probe::{Probed, probe};

/// Whether a sweep changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Plans and applies.
    Apply,
    /// Plans only.
    DryRun,
}

/// Why a sweep came to no conclusion. Nothing was changed on half a listing.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Belvo could not be asked.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// Everything at Belvo, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// By id: repeats are normal, as pages shift while they are read.
    pub links: BTreeMap<LinkId, ProviderLink>,
    /// Records that could not be read.
    pub unreadable: usize,
}

/// Sweeps once.
pub async fn sweep(
    store: &(impl Ledgers + Census),
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    mode: Mode,
) -> Result<(AccountPlan, Report), SweepError> {
    let notice = Notice { source: Source::Sweep, asked_at: ambient.now() };
    let book = store.book().await?;
    let listing = list(provider).await?;
    let triage = triage(&book, &listing, notice, policy);
    let probed = probe(provider, &listing, &triage, notice, policy).await;
    let knowledge = learn(store, &book, &triage, &probed).await?;
    let plan = plan_account(&knowledge, notice, &restrained(policy, &book, &listing, probed.canary));
    let mut report = Report::of(notice.asked_at, mode, &Sight { book, listing, triage, probed }, &plan);
    if mode == Mode::Apply {
        report.conflicts = apply(store, ambient, &plan).await?;
        report.finished_at = ambient.now();
        store.file(&report).await?;
    }
    Ok((plan, report))
}

/// What one sweep saw.
struct Sight {
    book: Book,
    listing: Listing,
    triage: Triage,
    probed: Probed,
}

/// All of Belvo's links. A failed page fails the sweep: "absent" must mean absent.
async fn list(provider: &impl Provider) -> Result<Listing, ProviderError> {
    let mut listing = Listing::default();
    for number in 1..=u32::MAX {
        let page = provider.page(number).await?;
        let before = listing.links.len();
        listing.unreadable += page.unreadable;
        listing.links.extend(page.links.into_iter().map(|link| (link.id, link)));
        let new = listing.links.len() > before || page.unreadable > 0;
        if !page.more || !new || listing.unreadable > page.count {
            break; // a page with nothing new is a loop
        }
    }
    Ok(listing)
}

/// The policy for this listing: one that is empty, has shrunk or comes from an account that fails the canary
/// proves nothing about what is absent.
fn restrained(policy: &Policy, book: &Book, listing: &Listing, canary: Canary) -> Policy {
    let live = book.links.values().flatten().filter(|record| record.is_live()).count();
    let shrunk = listing.links.len() * 100 < live * 80 && live > policy.negatives_free;
    let broken = shrunk || listing.links.is_empty() || canary == Canary::Failed;
    let negatives = if broken { Negatives::Withheld } else { policy.negatives };
    Policy { negatives, ..policy.clone() }
}

/// Reads anew what we hold of every user whom the plan may concern.
async fn learn(
    store: &impl Ledgers,
    book: &Book,
    triage: &Triage,
    probed: &Probed,
) -> Result<Knowledge, StoreError> {
    let mut knowledge = Knowledge::of(book, triage);
    let concerned: BTreeSet<&ExternalId> = triage.touched.keys().chain(probed.users(triage)).collect();
    for user in concerned {
        if let Some(ledger) = store.ledger(user).await? {
            knowledge.learn(ledger, triage, probed);
        }
    }
    Ok(knowledge)
}

/// Commits each user's plan on its own. One that comes too late is left to the next sweep; one that the
/// table refuses fails the sweep, but only after the others had their turn.
async fn apply(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    plan: &AccountPlan,
) -> Result<usize, StoreError> {
    let (mut conflicts, mut refused) = (0, None);
    for part in plan.users.values().chain(&plan.unowned) {
        let UserPlan { changes, audit, .. } = part.clone();
        match carry_out(store, ambient, changes, audit).await {
            Ok(CarriedOut::Done) => {}
            Ok(CarriedOut::Stale | CarriedOut::OwnedByAnother(_)) => conflicts += 1,
            Err(error @ StoreError::Busy(_)) => return Err(error),
            Err(error @ (StoreError::Refused(_) | StoreError::Corrupt { .. })) => {
                refused.get_or_insert(error);
            }
        }
    }
    refused.map_or(Ok(conflicts), Err)
}
