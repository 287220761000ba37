//! Asking Belvo by id about links that it did not list, after a canary has shown that its answers count.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    external_id::ExternalId,
    link::ProviderLink,
    observe::Notice,
    policy::{Negatives, Policy},
    ports::{Lookup, Provider},
    values::LinkId,
};

use super::{Canary, Listing, Triage};

/// What asking by id came to.
#[derive(Clone, Debug)]
pub(super) struct Probed {
    /// Whether "not found" can be believed.
    pub(super) canary: Canary,
    /// Links that Belvo does not have, says Belvo. Empty unless the canary passed.
    pub(super) missing: Vec<LinkId>,
    /// Links that Belvo has after all.
    pub(super) found: Vec<ProviderLink>,
    /// Links that could not be asked about now.
    pub(super) unanswered: usize,
}

impl Probed {
    /// The users whom the answers concern.
    pub(super) fn users<'a>(&'a self, triage: &'a Triage) -> impl Iterator<Item = &'a ExternalId> {
        let ids = self.missing.iter().copied().chain(self.found.iter().map(|link| link.id));
        ids.filter_map(|id| triage.suspects.get(&id)).flatten()
    }
}

/// Asks about as many suspects as one sweep may. Where there are more they are drawn by lot, anew each time, so
/// that none can stand in the way of the others for ever, whatever the rhythm of the sweeps.
pub(super) async fn probe(
    provider: &impl Provider,
    listing: &Listing,
    triage: &Triage,
    notice: Notice,
    policy: &Policy,
) -> Probed {
    let mut probed =
        Probed { canary: Canary::NotNeeded, missing: Vec::new(), found: Vec::new(), unanswered: 0 };
    if triage.suspects.is_empty() || policy.negatives == Negatives::Withheld {
        return probed;
    }
    probed.canary = canary(provider, listing).await;
    if probed.canary != Canary::Passed {
        probed.unanswered = triage.suspects.len();
        return probed;
    }
    let mut drawn: Vec<LinkId> = triage.suspects.keys().copied().collect();
    drawn.sort_by_cached_key(|id| lot(*id, notice.asked_at));
    for id in drawn.iter().take(policy.probes_per_sweep) {
        match provider.link(*id).await {
            Ok(Lookup::NotFound) => probed.missing.push(*id),
            Ok(Lookup::Found(link)) if link.id == *id => probed.found.push(link),
            Ok(Lookup::Found(_)) | Err(_) => probed.unanswered += 1,
        }
    }
    probed.unanswered += triage.suspects.len().saturating_sub(policy.probes_per_sweep);
    probed
}

/// Where a link stands in the draw of this moment: the same for the same moment, so a story can be told again.
fn lot(id: LinkId, at: Timestamp) -> [u8; 32] {
    let moment = Sha256::new().chain_update(at.as_nanosecond().to_be_bytes());
    moment.chain_update(id.to_string()).finalize().into()
}

/// A link that must be there and one that cannot be: wrong keys, a wrong environment or a wiped account
/// fail the first, a server that finds everything fails the second.
async fn canary(provider: &impl Provider, listing: &Listing) -> Canary {
    let Some(there) = listing.links.keys().next().copied() else { return Canary::Failed };
    let found = matches!(provider.link(there).await, Ok(Lookup::Found(link)) if link.id == there);
    let absent = matches!(provider.link(LinkId::nil()).await, Ok(Lookup::NotFound));
    if found && absent { Canary::Passed } else { Canary::Failed }
}
