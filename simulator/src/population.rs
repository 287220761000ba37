//! A made-up account of any size: the same for the same seed in every process. A hundred links in a
//! row always hold exactly the stated shares, so the shares of a whole account are right as well.

mod make;
mod truth;

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, ToSpan};

use thiserror::Error;

use crate::belvo::Belvo;
use crate::book::Id;
use make::Maker;
pub(crate) use truth::routes;
pub use truth::{Expected, Summary, Truth};

/// How long before the end of its year an account begins to be made.
const HOURS: i64 = 365 * 24;

/// What account to make up. Shares are in percent; the groups do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// How many links.
    pub links: u32,
    /// How many registered users there are to own them.
    pub users: u32,
    /// The same seed makes the same account.
    pub seed: u64,
    /// Valid links of registered users that Linkkeeper has heard nothing of.
    pub orphans: u8,
    /// Second, valid links of the same user and person at the same institution.
    pub duplicates: u8,
    /// Links that no session explains: a third each has no `external_id`, an unknown one, or one of
    /// a registered user who never asked for it.
    pub planted: u8,
    /// Links that do not work: five in ten `token_required`, three `invalid`, two `unconfirmed`.
    pub unusable: u8,
    /// When the first link was made; the others follow evenly over 365 days. A year before now
    /// unless said, and only when said is the account the same on another day.
    pub from: Option<Timestamp>,
}

impl Default for Population {
    fn default() -> Self {
        Self {
            links: 1_000,
            users: 300,
            seed: 7,
            orphans: 3,
            duplicates: 2,
            planted: 1,
            unusable: 4,
            from: None,
        }
    }
}

/// Why an account cannot be made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PopulationError {
    /// The groups do not overlap.
    #[error("the shares of orphans, duplicates, planted and unusable links come to more than 100 percent")]
    Shares,
    /// Links need somebody to own them.
    #[error("there are links but no users; give at least one user")]
    NoUsers,
    /// A year from there cannot be counted.
    #[error("the year after the first link is not in the calendar")]
    From,
}

/// What kind of link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Plain,
    Orphan,
    Duplicate,
    Planted,
    Unusable,
}

/// What the book cannot tell of a made-up account.
#[derive(Debug, Default)]
pub(crate) struct Generated {
    /// The `external_id`s of all registered users.
    registered: HashSet<String>,
    /// The links of the groups that do not show in the book: orphans and planted ones.
    marked: HashMap<Id, Group>,
}

/// The `external_id` of the nth user of an account with this seed: letters only, as Linkkeeper
/// imports it and as Belvo takes for no personal data.
#[must_use]
pub fn external_id(seed: u64, n: u32) -> String {
    let mut text = String::from("sim");
    for half in [1, 2] {
        let mut left = make::draw(seed, half, n.into());
        for _ in 0..13 {
            text.extend(u8::try_from(left % 26).map(|digit| char::from(b'a' + digit)));
            left /= 26;
        }
    }
    text
}

impl Belvo {
    /// Makes up an account, beside the links that are there. The same account again changes nothing. It lives in memory: a snapshot file
    /// keeps its links, but not what [`Belvo::truth`] knows of orphans and planted ones.
    pub fn populate(&self, population: &Population) -> Result<(), PopulationError> {
        self.populate_telling(population, |_| ())
    }

    /// As [`Belvo::populate`], and tells after each link how many there are.
    pub fn populate_telling(
        &self,
        population: &Population,
        tell: impl Fn(u32),
    ) -> Result<(), PopulationError> {
        let shares = [population.orphans, population.duplicates, population.planted, population.unusable];
        if shares.into_iter().map(u32::from).sum::<u32>() > 100 {
            return Err(PopulationError::Shares);
        }
        if population.users == 0 && population.links > 0 {
            return Err(PopulationError::NoUsers);
        }
        let from = match population.from {
            Some(from) => from,
            None => self.now().checked_sub(HOURS.hours()).map_err(|_| PopulationError::From)?,
        };
        from.checked_add(HOURS.hours()).map_err(|_| PopulationError::From)?;
        let (secret, created_by) = (self.secret().to_owned(), self.created_by());
        self.change(|state| {
            let maker = Maker::new(population, from, &secret, &created_by, &mut state.book);
            let mut marked = HashMap::new();
            state.book.fill((0..population.links).map(|n| {
                let (entry, group) = maker.entry(n);
                if matches!(group, Group::Orphan | Group::Planted) {
                    marked.insert(entry.id.clone(), group);
                }
                tell(n + 1);
                entry
            }));
            let generated = state.generated.get_or_insert_default();
            generated.registered.extend((0..population.users).map(|n| external_id(population.seed, n)));
            generated.marked.extend(marked);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
