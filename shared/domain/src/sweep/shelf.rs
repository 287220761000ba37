//! The join: what Belvo lists against what we hold, a few days at a time and in memory for those days only.
//!
//! A listed link with an entry that agrees is done with at once. What is left when the days around a day were
//! listed, too, is news: links that changed, links that we do not hold, and links that Belvo did not list.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    census::{Digest, Entry, Holder, Standing},
    external_id::ExternalId,
    link::{Claim, LinkStatus, ProviderLink},
    observe::{Notice, is_left_to_its_callback},
    policy::Policy,
    values::LinkId,
};

use super::scope::day;

/// What lies side by side.
#[derive(Debug)]
pub(super) struct Shelf {
    settled: Date,
    ours: BTreeMap<LinkId, Ours>,
    /// Links that we do not hold, or may decide about anew. Some are kept a day longer than they are news: they
    /// may compete for a session with a link of the next day.
    strangers: BTreeMap<LinkId, ProviderLink>,
    /// Links of ours of which Belvo says something new.
    changed: BTreeMap<LinkId, (Holder, ProviderLink)>,
    /// Links that Belvo listed, by our day.
    listed: BTreeMap<Date, usize>,
    /// The last link that Belvo listed and a user has.
    pub(super) canary: Option<LinkId>,
}

#[derive(Debug)]
struct Ours {
    holder: Holder,
    made: Date,
    digest: Digest,
    seen: bool,
}

/// What came out for the days up to one.
#[derive(Debug, Default)]
pub(super) struct News {
    /// For each user with something to do, Belvo's records that matter to it.
    pub(super) users: BTreeMap<ExternalId, Vec<ProviderLink>>,
    /// Links that name nobody.
    pub(super) unowned: BTreeMap<LinkId, ProviderLink>,
    /// Links of ours that were not listed.
    pub(super) absent: Vec<Absent>,
    /// How many Belvo listed.
    pub(super) listed: usize,
    /// How many we hold.
    pub(super) known: usize,
    /// Of those, how many nobody owns.
    pub(super) quarantined: usize,
    /// The first day that has any.
    pub(super) first: Option<Date>,
}

/// A bound link that Belvo did not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Absent {
    pub(super) link_id: LinkId,
    pub(super) owner: ExternalId,
    /// Whether it was noted as missing before.
    pub(super) again: bool,
}

impl Shelf {
    /// Nothing yet; up to this day all is settled.
    pub(super) fn new(settled: Date) -> Self {
        Self {
            settled,
            ours: BTreeMap::new(),
            strangers: BTreeMap::new(),
            changed: BTreeMap::new(),
            listed: BTreeMap::new(),
            canary: None,
        }
    }

    /// Puts what we hold on the shelf. Before Belvo's list of the same days.
    pub(super) fn put(&mut self, entry: Entry) {
        let Entry { link_id, holder, made, digest } = entry;
        self.ours.insert(link_id, Ours { holder, made: day(made), digest, seen: false });
    }

    /// Takes a link that Belvo lists, the first time it is listed.
    pub(super) fn take(&mut self, link: ProviderLink, policy: &Policy) {
        *self.listed.entry(day(link.created_at)).or_default() += 1;
        match self.ours.get_mut(&link.id) {
            Some(ours) => {
                ours.seen = true;
                if matches!(ours.holder, Holder::User(_)) {
                    self.canary = Some(link.id);
                }
                if ours.digest.agrees(&link) {
                    if ours.digest.may_be_decided_anew(policy) {
                        self.strangers.insert(link.id, link);
                    }
                } else {
                    self.changed.insert(link.id, (ours.holder.clone(), link));
                }
            }
            None if link.status == LinkStatus::Unconfirmed => {} // never bound, and blocks no other
            None => {
                self.strangers.insert(link.id, link);
            }
        }
    }

    /// What came out for our days up to this one.
    pub(super) fn settle(&mut self, upto: Date, notice: Notice, policy: &Policy) -> News {
        let mut news = News::default();
        let changed = std::mem::take(&mut self.changed);
        for (holder, link) in changed.into_values() {
            match holder {
                Holder::User(owner) => news.users.entry(owner).or_default().push(link),
                Holder::Nobody => {
                    self.strangers.insert(link.id, link.clone());
                    Self::ask_for(link, &mut news);
                }
            }
        }
        for link in self.strangers.values() {
            let due = (day(link.created_at) > self.settled && day(link.created_at) <= upto)
                && !is_left_to_its_callback(link, notice, policy);
            if due {
                Self::ask_for(link.clone(), &mut news);
            }
        }
        self.add_rivals(&mut news);
        self.clear(upto, &mut news);
        news
    }

    fn ask_for(link: ProviderLink, news: &mut News) {
        match &link.claim {
            Claim::Named(user) => {
                news.users.entry(user.clone()).or_default();
            }
            Claim::Absent | Claim::Malformed => {
                news.unowned.insert(link.id, link);
            }
        }
    }

    /// All links on the shelf that name a user with something to do: they may be its sessions' as well.
    fn add_rivals(&self, news: &mut News) {
        for link in self.strangers.values() {
            if let Claim::Named(user) = &link.claim
                && let Some(links) = news.users.get_mut(user)
            {
                links.push(link.clone());
            }
        }
    }

    fn clear(&mut self, upto: Date, news: &mut News) {
        let settled = self.settled;
        let counts = |date: &Date| *date > settled && *date <= upto;
        news.listed = self.listed.iter().filter(|(date, _)| counts(date)).map(|(_, count)| count).sum();
        news.first = self.listed.keys().copied().find(|date| counts(date));
        self.listed.retain(|date, _| *date > upto);
        for (id, ours) in self.ours.iter().filter(|(_, ours)| counts(&ours.made)) {
            news.known += 1;
            news.first = Some(news.first.map_or(ours.made, |first| first.min(ours.made)));
            news.quarantined += usize::from(ours.holder == Holder::Nobody);
            if let (false, Holder::User(owner)) = (ours.seen, &ours.holder) {
                let again = ours.digest.standing == Standing::Missing;
                news.absent.push(Absent { link_id: *id, owner: owner.clone(), again });
            }
        }
        self.ours.retain(|_, ours| ours.made > upto);
        self.strangers.retain(|_, link| day(link.created_at) >= upto);
        self.settled = self.settled.max(upto);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::Source,
        link::QuarantineReason,
        sweep::scope::days_after,
        testing::{ana, bia, bound, link_id, minute, notice, set_aside, shown, with_status},
    };

    const DAY: i64 = 24 * 60;

    fn after(days: i32) -> Date {
        days_after(day(minute(0)), days)
    }

    /// Day 0 is settled. Ana has link 1 of that day, link 2 of the next and link 3 of the one after.
    fn shelf() -> Shelf {
        let mut shelf = Shelf::new(after(0));
        for number in 1..=3 {
            let record = bound(&shown(number, &ana(), i64::from(number - 1) * DAY), &ana(), None);
            let digest = Digest::of_record(&record).expect("live");
            let made = record.created_at.expect("confirmed");
            shelf.put(Entry { link_id: record.link_id, holder: Holder::User(ana()), made, digest });
        }
        shelf
    }

    fn settled(shelf: &mut Shelf, upto: i32) -> News {
        shelf.settle(after(upto), notice(Source::Sweep, 90 * DAY), &Policy::default())
    }

    fn absent(news: &News) -> Vec<LinkId> {
        news.absent.iter().map(|absent| absent.link_id).collect()
    }

    #[test]
    fn each_day_is_counted_once_and_no_day_before_it_is_settled() {
        let mut shelf = shelf();
        shelf.take(shown(1, &ana(), 0), &Policy::default());
        shelf.take(shown(3, &ana(), 2 * DAY), &Policy::default());
        for number in [8, 9] {
            let item = set_aside(&shown(number, &bia(), DAY), QuarantineReason::NoSession);
            let (made, digest) = (item.created_at, Digest::of_quarantined(&item));
            shelf.put(Entry { link_id: item.link_id, holder: Holder::Nobody, made, digest });
        }
        let first = settled(&mut shelf, 1);
        assert_eq!((first.listed, first.known, first.first), (0, 3, Some(after(1))));
        assert_eq!(first.quarantined, 2);
        assert_eq!(absent(&first), [link_id(2)]);
        let second = settled(&mut shelf, 2);
        assert_eq!((second.listed, second.known, second.first), (1, 1, Some(after(2))));
        assert_eq!(absent(&second), []);
    }

    #[test]
    fn a_strangers_link_is_asked_about_with_its_day_and_not_before_those_of_the_next_are_there() {
        let mut shelf = Shelf::new(after(0));
        let carla = ExternalId::parse("carla").expect("valid");
        for (number, user) in [(5, ana()), (6, bia()), (7, carla.clone())] {
            shelf.take(shown(number, &user, i64::from(number - 5) * DAY), &Policy::default());
        }
        let asked = |news: News| news.users.into_keys().collect::<Vec<_>>();
        assert_eq!(asked(settled(&mut shelf, 1)), [bia()]);
        assert_eq!(asked(settled(&mut shelf, 2)), [carla]);
    }

    #[test]
    fn a_link_that_is_not_made_yet_is_no_news() {
        let mut shelf = Shelf::new(after(0));
        shelf.take(with_status(shown(6, &bia(), DAY), LinkStatus::Unconfirmed), &Policy::default());
        assert!(settled(&mut shelf, 1).users.is_empty());
    }

    #[test]
    fn a_young_link_is_left_to_its_callback_though_its_day_is_settled() {
        let mut shelf = Shelf::new(after(0));
        shelf.take(shown(6, &bia(), DAY), &Policy::default());
        let news = shelf.settle(after(1), notice(Source::Sweep, DAY + 5), &Policy::default());
        assert!(news.users.is_empty());
    }
}
