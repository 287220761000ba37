//! Making up links, each from nothing but the seed and its number.

use std::{collections::HashSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{Group, Population, external_id};
use crate::book::{Book, Digest, Entry, Id, Terms};
use crate::encoding::digest;
use crate::link::{AccessMode, Status};
use crate::sandbox::INSTITUTIONS;

/// What is drawn; 1 and 2 belong to [`external_id`].
const ID: [u64; 2] = [3, 4];
const USER: u64 = 5;
const INSTITUTION: u64 = 6;
const TURN: u64 = 7;

/// 365 days.
const YEAR_MICROSECONDS: i64 = 365 * 24 * 3_600 * 1_000_000;

const HOUR_MICROSECONDS: i64 = 3_600 * 1_000_000;

/// Makes the links of one account.
pub(super) struct Maker<'p> {
    population: &'p Population,
    from: Timestamp,
    secret: &'p str,
    terms: Vec<Arc<Terms>>,
}

impl<'p> Maker<'p> {
    pub(super) fn new(
        population: &'p Population,
        from: Timestamp,
        secret: &'p str,
        created_by: &str,
        book: &mut Book,
    ) -> Self {
        let terms = INSTITUTIONS.iter().map(|institution| {
            book.share(Terms {
                institution: institution.name.to_owned(),
                access_mode: AccessMode::Recurrent,
                refresh_rate: Some("7d".to_owned()),
                created_by: created_by.to_owned(),
                credentials_storage: "store".to_owned(),
                stale_in: None,
                fetch_resources: vec!["ACCOUNTS".to_owned()],
            })
        });
        Self { terms: terms.collect(), population, from, secret }
    }

    /// The nth link and its group.
    pub(super) fn entry(&self, n: u32) -> (Entry, Group) {
        let group = self.group(n);
        // A duplicate is somebody's again: everything that tells who is that of the other link.
        let who = if group == Group::Duplicate { self.original(n) } else { n };
        let seed = self.population.seed;
        let institution = pick(&self.terms, draw(seed, INSTITUTION, who.into()));
        let name = institution.institution.as_str();
        let username = format!("made-up {seed} {who}");
        let created_at = self.created_at(n);
        let entry = Entry {
            id: id(seed, n),
            external_id: self.owner(who, group).map(Arc::from),
            created_at,
            last_accessed_at: Some(created_at),
            made_at: None,
            pseudonym: Some(Digest::Bytes(digest(&[self.secret, name, &username]))),
            person: Digest::Bytes(digest(&["person", name, &username])),
            status: if group == Group::Unusable { unusable(n) } else { Status::Valid },
            terms: institution,
        };
        (entry, group)
    }

    /// Each block of a hundred has all its groups, in an order of its own.
    fn group(&self, n: u32) -> Group {
        let Population { orphans, duplicates, planted, unusable, seed, .. } = *self.population;
        let turn = draw(seed, TURN, u64::from(n / 100)) % 100;
        let mut place = (u64::from(n % 100) * 37 + turn) % 100;
        for (share, group) in [
            (orphans, Group::Orphan),
            (duplicates, Group::Duplicate),
            (planted, Group::Planted),
            (unusable, Group::Unusable),
        ] {
            let share = u64::from(share);
            if place < share {
                return group;
            }
            place -= share;
        }
        Group::Plain
    }

    /// The plain link that a duplicate doubles: the one before it or, at the very start, after it.
    fn original(&self, n: u32) -> u32 {
        let before = (0..n).rev().take(100);
        let after = (n..self.population.links).take(100);
        before.chain(after).find(|other| self.group(*other) == Group::Plain).unwrap_or(n)
    }

    fn owner(&self, n: u32, group: Group) -> Option<String> {
        let seed = self.population.seed;
        if group != Group::Planted {
            return Some(external_id(seed, self.user(n.into())));
        }
        match n % 3 {
            0 => None,
            // Numbers from the other end are nobody's.
            1 => Some(external_id(!seed, n)),
            _ => Some(external_id(seed, self.victim(n))),
        }
    }

    /// The number of a user.
    fn user(&self, n: u64) -> u32 {
        let Population { seed, users, .. } = *self.population;
        u32::try_from(draw(seed, USER, n) % u64::from(users.max(1))).unwrap_or_default()
    }

    /// A user who has no link of their own about the time of this one: else nobody could tell which of the two is
    /// planted, and neither would be bound.
    fn victim(&self, n: u32) -> u32 {
        let links = i64::from(self.population.links.max(1));
        let near = u32::try_from(HOUR_MICROSECONDS * links / YEAR_MICROSECONDS).unwrap_or(u32::MAX);
        let last = self.population.links.saturating_sub(1);
        let owners: HashSet<u32> = (n.saturating_sub(near)..=n.saturating_add(near).min(last))
            .filter(|other| *other != n)
            .map(|other| if self.group(other) == Group::Duplicate { self.original(other) } else { other })
            .map(|other| self.user(other.into()))
            .collect();
        let mut drawn = (0..100).map(|attempt| self.user(u64::from(n) + (attempt << 32)));
        drawn.find(|user| !owners.contains(user)).unwrap_or_else(|| self.user(n.into()))
    }

    fn created_at(&self, n: u32) -> Timestamp {
        let links = i64::from(self.population.links.max(1));
        // At most 2^45 microseconds, divided first so that the product stays within 64 bits.
        let (step, rest) = (YEAR_MICROSECONDS / links, YEAR_MICROSECONDS % links);
        let n = i64::from(n);
        let offset = SignedDuration::from_micros(step * n + rest * n / links);
        self.from.checked_add(offset).unwrap_or(self.from)
    }
}

fn unusable(n: u32) -> Status {
    // The tens and hundreds: the last two digits already chose the group.
    match (n / 100 + n) % 10 {
        0..5 => Status::TokenRequired,
        5..8 => Status::Invalid,
        _ => Status::Unconfirmed,
    }
}

fn id(seed: u64, n: u32) -> Id {
    let [high, low] = ID.map(|what| draw(seed, what, n.into()));
    let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
    Id::Uuid(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn pick(terms: &[Arc<Terms>], drawn: u64) -> Arc<Terms> {
    let place = usize::try_from(drawn % (terms.len().max(1) as u64)).unwrap_or_default();
    // There is always an institution; the alternative is only for the compiler.
    terms.get(place).cloned().unwrap_or_default()
}

/// A number for every seed, purpose and place: the finishing steps of `SplitMix64`, which spread any
/// counter evenly over 64 bits. Our own, because the account has to be the same for ever.
pub(super) fn draw(seed: u64, what: u64, n: u64) -> u64 {
    [what, n].into_iter().fold(seed, |state, part| {
        let mixed = (state ^ part.wrapping_mul(0xd129_0d3c_c34a_5a6d)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}
