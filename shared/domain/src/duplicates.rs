//! Duplicates: several live links of one user to one login at one institution, and which of them stays.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    link::{LinkRecord, LinkState, LinkStatus},
    values::{Institution, InstitutionUserId, LinkId},
};

/// What makes two links of one user the same account.
type Login = (Institution, InstitutionUserId);

/// The records of `links` as they shall stand when each group has one survivor: exactly those that change.
///
/// The survivor is the usable one (`valid`, then `token_required`, then `invalid`), then the newest, then
/// the one with the greatest id. A group never loses its last live link (I6): whoever is superseded names
/// the survivor that took its place. The same records in any order give the same answer.
#[must_use]
pub fn settle(links: &[LinkRecord]) -> Vec<LinkRecord> {
    let mut groups: BTreeMap<Login, Vec<&LinkRecord>> = BTreeMap::new();
    for record in links.iter().filter(|record| record.is_live()) {
        if let Some(login) = &record.institution_user_id {
            groups.entry((record.institution.clone(), login.clone())).or_default().push(record);
        }
    }
    let mut changed: Vec<_> = groups.values().flat_map(|group| settle_group(group)).collect();
    changed.sort_by_key(|record| record.link_id);
    changed
}

/// Several live links of one user to one login, as the user may be told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The link that is used.
    pub survivor: LinkId,
    /// Those that gave way to it, by id.
    pub superseded: Vec<LinkId>,
}

/// The group that a link is in, if it is not alone: the same for each of its members, however often one asks.
#[must_use]
pub fn group_of(links: &[LinkRecord], id: LinkId) -> Option<Duplicate> {
    let link = links.iter().find(|record| record.link_id == id && record.is_live())?;
    let login = link.institution_user_id.as_ref()?;
    let same = |record: &&LinkRecord| {
        record.is_live()
            && record.institution == link.institution
            && record.institution_user_id.as_ref() == Some(login)
    };
    let group: Vec<_> = links.iter().filter(same).collect();
    let survivor = group.iter().max_by_key(|record| rank(record))?.link_id;
    let mut superseded: Vec<_> =
        group.iter().map(|record| record.link_id).filter(|id| *id != survivor).collect();
    superseded.sort_unstable();
    (!superseded.is_empty()).then_some(Duplicate { survivor, superseded })
}

fn settle_group(group: &[&LinkRecord]) -> Vec<LinkRecord> {
    let Some(survivor) = group.iter().max_by_key(|record| rank(record)) else { return Vec::new() };
    group.iter().filter_map(|record| settled(record, survivor.link_id)).collect()
}

/// The record as it shall stand beside the survivor, or `None` when it stands so already.
fn settled(record: &LinkRecord, survivor: LinkId) -> Option<LinkRecord> {
    let (state, superseded_by) = if record.link_id == survivor {
        (record.status.as_ref().map_or(LinkState::NeedsUpdate, LinkState::of), None)
    } else {
        (LinkState::Superseded, Some(survivor))
    };
    let stands = record.state == state && record.superseded_by == superseded_by;
    (!stands).then(|| LinkRecord { state, superseded_by, ..record.clone() })
}

/// Usable first, then newest, then id.
fn rank(record: &LinkRecord) -> (u8, Option<Timestamp>, LinkId) {
    let usable = match &record.status {
        Some(LinkStatus::Valid) => 3,
        Some(LinkStatus::TokenRequired) => 2,
        Some(LinkStatus::Invalid) => 1,
        Some(LinkStatus::Unconfirmed | LinkStatus::Other(_)) | None => 0,
    };
    (usable, record.created_at, record.link_id)
}

#[cfg(test)]
mod tests;
