//! Which users a sweep has to look at, told from the two books alone: nobody else is read again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    duplicates,
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink},
    observe::{Decision, Notice, is_left_to_its_callback, refresh},
    policy::Policy,
    ports::Book,
    values::{Institution, InstitutionUserId, LinkId},
};

use super::Listing;

/// Who and what needs a closer look.
#[derive(Clone, Debug, Default)]
pub struct Triage {
    /// Users with something to do, each with those of Belvo's records that matter to it.
    pub touched: BTreeMap<ExternalId, Vec<ProviderLink>>,
    /// Links at Belvo that name no user of ours.
    pub unowned: Vec<ProviderLink>,
    /// Links that we hold and Belvo did not list, with who holds them. Absence is no evidence: each is
    /// asked for by id.
    pub suspects: BTreeMap<LinkId, BTreeSet<ExternalId>>,
    /// Logins at an institution that more than one user has links to: reported, never merged.
    pub shared_logins: usize,
}

/// Compares the two books.
#[must_use]
pub fn triage(book: &Book, listing: &Listing, notice: Notice, policy: &Policy) -> Triage {
    let mut triage = Triage { shared_logins: shared_logins(book), ..Triage::default() };
    for link in listing.links.values() {
        triage.place(book, link, notice);
    }
    let acts = |link: &ProviderLink| {
        let held = book.links.contains_key(&link.id);
        let waits = link.status == LinkStatus::Unconfirmed || is_left_to_its_callback(link, notice, policy);
        held || !waits
    };
    triage.touched.retain(|_, links| links.iter().any(acts));
    triage.add_unsettled(book);
    triage.suspects = suspects(book, listing);
    triage
}

impl Triage {
    fn place(&mut self, book: &Book, link: &ProviderLink, notice: Notice) {
        let records = book.links.get(&link.id).map_or(&[][..], Vec::as_slice);
        let bound = records.iter().find(|record| record.holds_link());
        let awaited = records.iter().any(|record| record.state == LinkState::Pending);
        for record in records {
            let news = !record.state.is_final()
                && (!record.state.is_bound()
                    || refresh(record, link, notice.asked_at) != Decision::Unchanged);
            if news {
                self.touch(&record.owner, link);
            }
        }
        match (&link.claim, bound) {
            (_, Some(_)) => {}
            (Claim::Named(user), None) if book.users.contains_key(user) => self.touch(user, link),
            (Claim::Absent | Claim::Malformed, None) if awaited => {} // set aside with whoever named it
            (Claim::Named(_) | Claim::Absent | Claim::Malformed, None) => self.unowned.push(link.clone()),
        }
    }

    fn touch(&mut self, user: &ExternalId, link: &ProviderLink) {
        let links = self.touched.entry(user.clone()).or_default();
        if !links.iter().any(|known| known.id == link.id) {
            links.push(link.clone());
        }
    }

    /// Users whose duplicate groups have no or another survivor: left over from a run that withheld.
    fn add_unsettled(&mut self, book: &Book) {
        let mut by_user: BTreeMap<&ExternalId, Vec<LinkRecord>> = BTreeMap::new();
        for record in book.links.values().flatten().filter(|record| record.institution_user_id.is_some()) {
            by_user.entry(&record.owner).or_default().push(record.clone());
        }
        for (user, records) in by_user {
            if !duplicates::settle(&records).is_empty() {
                self.touched.entry(user.clone()).or_default();
            }
        }
    }
}

fn suspects(book: &Book, listing: &Listing) -> BTreeMap<LinkId, BTreeSet<ExternalId>> {
    let absent = book.links.iter().filter(|(id, _)| !listing.links.contains_key(id));
    let open = |records: &[LinkRecord]| -> BTreeSet<ExternalId> {
        records.iter().filter(|record| !record.state.is_final()).map(|record| record.owner.clone()).collect()
    };
    absent.map(|(id, records)| (*id, open(records))).filter(|(_, owners)| !owners.is_empty()).collect()
}

fn shared_logins(book: &Book) -> usize {
    let mut owners: BTreeMap<(&Institution, &InstitutionUserId), BTreeSet<&ExternalId>> = BTreeMap::new();
    for record in book.links.values().flatten().filter(|record| record.is_live()) {
        if let Some(login) = &record.institution_user_id {
            owners.entry((&record.institution, login)).or_default().insert(&record.owner);
        }
    }
    owners.values().filter(|owners| owners.len() > 1).count()
}

#[cfg(test)]
mod tests;
