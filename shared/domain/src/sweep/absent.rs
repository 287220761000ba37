//! Links that we hold and Belvo did not list. Absence is no evidence: each is asked for by id, after a canary has
//! shown that "not found" can be believed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    external_id::ExternalId,
    failure::ProviderError,
    link::ProviderLink,
    ports::{Lookup, Provider},
    values::LinkId,
};

use super::shelf::Absent;

/// As many absent links as one sweep may ask about. Where there are more they are drawn by lot, anew each time,
/// so that none can stand in the way of the others for ever; those that were missed once come first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Suspects(Vec<Suspect>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Suspect {
    lot: u64,
    link_id: LinkId,
    external_id: ExternalId,
}

impl Suspects {
    /// Draws one more.
    pub(super) fn add(&mut self, absent: Absent, sweep: Timestamp, most: usize) {
        let Absent { link_id, owner, again } = absent;
        let lot = lot(link_id, sweep) >> 1 | if again { 0 } else { 1 << 63 };
        let drawn = Suspect { lot, link_id, external_id: owner };
        let place = self.0.partition_point(|known| *known < drawn);
        if self.0.get(place) != Some(&drawn) && place < most {
            self.0.insert(place, drawn);
            self.0.truncate(most);
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were drawn.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Which links.
    pub(super) fn ids(&self) -> Vec<LinkId> {
        self.0.iter().map(|suspect| suspect.link_id).collect()
    }

    /// Whose they are.
    pub(super) fn owners(&self) -> Owners {
        let mut owners = Owners::new();
        for suspect in &self.0 {
            owners.entry(suspect.link_id).or_default().insert(suspect.external_id.clone());
        }
        owners
    }
}

/// Where a link stands in the draw of this sweep: the same for the same sweep, so a story can be told again.
fn lot(id: LinkId, sweep: Timestamp) -> u64 {
    let moment = Sha256::new().chain_update(sweep.as_nanosecond().to_be_bytes());
    let hash = <[u8; 32]>::from(moment.chain_update(id.to_string()).finalize());
    u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

/// Who has, or named, each of some links.
pub(super) type Owners = BTreeMap<LinkId, BTreeSet<ExternalId>>;

/// What Belvo says of one user's links.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) found: Vec<ProviderLink>,
    pub(super) missing: Vec<LinkId>,
    /// Whether others of the user's links may be missing from this: then only what stands alone is decided.
    pub(super) in_part: bool,
}

/// What was told, user by user.
pub(super) fn by_owner(told: Told, owners: &Owners, in_part: bool) -> Vec<(ExternalId, Answer)> {
    let mut answers: BTreeMap<&ExternalId, Answer> = BTreeMap::new();
    let of = |id| owners.get(&id).into_iter().flatten();
    for link in told.found {
        for owner in of(link.id) {
            answers.entry(owner).or_default().found.push(link.clone());
        }
    }
    for id in told.missing {
        for owner in of(id) {
            answers.entry(owner).or_default().missing.push(id);
        }
    }
    let whole = |(owner, answer): (&ExternalId, Answer)| (owner.clone(), Answer { in_part, ..answer });
    answers.into_iter().map(whole).collect()
}

/// What Belvo says of links that were asked for by id.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) found: Vec<ProviderLink>,
    pub(super) missing: Vec<LinkId>,
    pub(super) unanswered: usize,
}

/// Asks for these: fifty in a call first, and by itself whatever is not among them, so many at most. The first call
/// that fails ends it: the next would fail as well, after as many repeats.
pub(super) async fn look_up(
    provider: &impl Provider,
    ids: &[LinkId],
    most: usize,
) -> Result<Told, ProviderError> {
    let mut told = Told::default();
    if ids.is_empty() {
        return Ok(told);
    }
    told.found = provider.links_by_id(ids).await?;
    let listed: BTreeSet<_> = told.found.iter().map(|link| link.id).collect();
    let unlisted: Vec<_> = ids.iter().filter(|id| !listed.contains(id)).take(most).collect();
    for (asked, id) in unlisted.iter().enumerate() {
        match provider.link(**id).await {
            Ok(Lookup::Found(link)) if link.id == **id => told.found.push(link),
            Ok(Lookup::NotFound) => told.missing.push(**id),
            Ok(Lookup::Found(_)) => told.unanswered += 1,
            Err(_) => {
                told.unanswered += unlisted.len() - asked;
                break;
            }
        }
    }
    Ok(told)
}

/// A link that must be there and one that cannot be: wrong keys, a wrong environment or a wiped account fail
/// the first, a server that finds everything fails the second.
pub(super) async fn canary(provider: &impl Provider, there: Option<LinkId>) -> bool {
    let Some(there) = there else { return false };
    let found = matches!(provider.link(there).await, Ok(Lookup::Found(link)) if link.id == there);
    found && matches!(provider.link(LinkId::nil()).await, Ok(Lookup::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Belvo, Call, ana, bia, finished, link_id, minute, shown};

    fn absent(number: u8, again: bool) -> Absent {
        Absent { link_id: link_id(number), owner: ana(), again }
    }

    #[test]
    fn whatever_the_order_the_same_are_drawn_and_no_more_than_may_be() {
        let drawn = |numbers: Vec<u8>| {
            let mut suspects = Suspects::default();
            for number in numbers {
                suspects.add(absent(number, false), minute(0), 5);
            }
            suspects
        };
        let up = drawn((1..=50).collect());
        assert_eq!((up.len(), &up), (5, &drawn((1..=50).rev().chain(1..=50).collect())));
    }

    #[test]
    fn what_is_told_in_part_is_told_so_to_each_owner() {
        let owners = Owners::from([
            (link_id(1), BTreeSet::from([ana(), bia()])),
            (link_id(2), BTreeSet::from([bia()])),
        ]);
        for in_part in [false, true] {
            let told =
                Told { found: vec![shown(1, &ana(), 0)], missing: vec![link_id(2)], ..Told::default() };
            let answers = by_owner(told, &owners, in_part);
            let heard: Vec<_> = answers
                .iter()
                .map(|(owner, said)| (owner.clone(), said.found.len(), said.missing.len(), said.in_part))
                .collect();
            assert_eq!(heard, [(ana(), 1, 0, in_part), (bia(), 1, 1, in_part)]);
        }
    }

    #[test]
    fn where_belvo_fails_all_that_is_left_is_unanswered() {
        let belvo = Belvo::showing([shown(1, &ana(), 0)]);
        belvo.fail(Call::Link);
        let told = finished(look_up(&belvo, &[1, 2, 3, 4].map(link_id), 9)).expect("the list came");
        assert_eq!((told.found.len(), told.missing.len(), told.unanswered), (1, 0, 3));
        assert_eq!(belvo.calls(), [Call::ByIds, Call::Link], "the next would fail as well");
    }

    #[test]
    fn an_answer_about_another_link_is_none() {
        let belvo = Belvo::showing([shown(1, &ana(), 0), shown(2, &ana(), 0)]);
        belvo.unlist(link_id(2));
        belvo.confuse(link_id(3), shown(1, &ana(), 0));
        let told = finished(look_up(&belvo, &[2, 3, 4].map(link_id), 9)).expect("the list came");
        let found: Vec<_> = told.found.iter().map(|link| link.id).collect();
        assert_eq!((found, told.missing, told.unanswered), (vec![link_id(2)], vec![link_id(4)], 1));
    }

    #[test]
    fn every_sweep_draws_anew() {
        let drawn = |at| {
            let mut suspects = Suspects::default();
            (1..=50).for_each(|number| suspects.add(absent(number, false), minute(at), 5));
            suspects.ids()
        };
        assert_ne!(drawn(0), drawn(1));
    }

    #[test]
    fn who_was_missed_before_comes_first() {
        let mut suspects = Suspects::default();
        (1..=50).for_each(|number| suspects.add(absent(number, false), minute(0), 5));
        (51..=53).for_each(|number| suspects.add(absent(number, true), minute(0), 5));
        let ids = suspects.ids();
        assert!((51..=53).all(|number| ids.contains(&link_id(number))));
    }
}
