//! The model of Belvo: the truth about links, and what Belvo shows of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{
    external_id::ExternalId,
    link::{LinkStatus, ProviderLink},
    ports::Page,
    values::{LinkId, SessionId},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};

use crate::rare::{Rare, Seen};

/// One link, as only Belvo and we know it.
#[derive(Clone, Debug)]
pub struct Truth {
    /// What Belvo shows.
    pub link: ProviderLink,
    /// The user whose session made it.
    pub made_for: ExternalId,
    /// That session.
    pub session: SessionId,
    /// From when on it can be read by its id.
    pub shown_from: Timestamp,
    /// From when on it is in lists.
    pub listed_from: Timestamp,
    /// When it is gone.
    pub gone_at: Option<Timestamp>,
    /// Whether it was planted under another's `external_id`.
    pub planted: bool,
}

/// Belvo.
#[derive(Clone, Debug, Default)]
pub struct Belvo {
    /// All links that ever were.
    pub links: BTreeMap<LinkId, Truth>,
    /// Links on one page.
    pub page: usize,
    /// How far east of UTC Belvo's days begin.
    pub zone: i8,
    /// Whether links are deleted before the answer.
    pub at_once: bool,
    /// When it was called in the last half minute.
    calls: VecDeque<Timestamp>,
    /// The most calls of any half minute.
    pub busiest: usize,
    made: u64,
    salt: u64,
}

/// Half a minute, by which Belvo counts.
const COUNTED: SignedDuration = SignedDuration::from_secs(30);

/// One reading of a list, page after page, by one process.
#[derive(Clone, Debug)]
pub struct Pass {
    window: (Date, Date),
    there: BTreeSet<LinkId>,
    seen: BTreeSet<LinkId>,
    count: usize,
}

impl Belvo {
    /// An account without links.
    pub fn new(salt: u64, page: usize, zone: i8, at_once: bool) -> Self {
        Self { page, zone, at_once, salt, ..Self::default() }
    }

    /// The id that the link after the next so many will have.
    pub fn id(&self, ahead: u64) -> LinkId {
        let number = self.made + ahead + 1;
        let mixed = (self.salt ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (high, low) = (mixed >> 32, mixed & 0xffff_ffff);
        LinkId::parse(&format!("{high:08x}-{number:04x}-4000-8000-0000{low:08x}")).expect("an id")
    }

    /// One more link.
    pub fn make(&mut self, truth: Truth) {
        self.made += 1;
        self.links.insert(truth.link.id, truth);
    }

    /// The link, if it is there now, whether it is shown or not.
    pub fn there(&self, id: LinkId, now: Timestamp) -> Option<&Truth> {
        self.links.get(&id).filter(|truth| truth.gone_at.is_none_or(|at| at > now))
    }

    /// The link, if it is shown to whoever asks for it.
    pub fn shown(&self, id: LinkId, now: Timestamp) -> Option<&ProviderLink> {
        self.there(id, now).filter(|truth| truth.shown_from <= now).map(|truth| &truth.link)
    }

    /// What lists have, in no order that anybody promised: new links come anywhere.
    pub fn listed(&self, now: Timestamp) -> impl Iterator<Item = &ProviderLink> {
        let there = move |truth: &&Truth| truth.gone_at.is_none_or(|at| at > now) && truth.listed_from <= now;
        self.links.values().filter(there).map(|truth| &truth.link)
    }

    fn day(&self, at: Timestamp) -> Date {
        Offset::from_hours(self.zone).map_or(Date::MIN, |zone| zone.to_datetime(at).date())
    }

    /// One page of the links of these days.
    pub fn made_on(&self, (from, to): (Date, Date), page: u32, now: Timestamp) -> Page {
        let within = |link: &&ProviderLink| (from..=to).contains(&self.day(link.created_at));
        self.cut(self.listed(now).filter(within), page)
    }

    /// One page of the links that need a new login.
    pub fn unusable(&self, page: u32, now: Timestamp) -> Page {
        let unusable =
            |link: &&ProviderLink| matches!(link.status, LinkStatus::Invalid | LinkStatus::TokenRequired);
        self.cut(self.listed(now).filter(unusable), page)
    }

    fn cut<'a>(&self, all: impl Iterator<Item = &'a ProviderLink>, page: u32) -> Page {
        let before = self.page * (page.max(1) as usize - 1);
        let all: Vec<_> = all.collect();
        let links: Vec<_> = all.iter().skip(before).take(self.page).map(|link| (*link).clone()).collect();
        Page { links, unreadable: 0, count: all.len(), more: all.len() > before + self.page }
    }

    /// Deletes. Whether there was such a link.
    pub fn delete(&mut self, id: LinkId, now: Timestamp, later: SignedDuration) -> bool {
        let at = if self.at_once { now } else { now + later };
        match self.links.get_mut(&id).filter(|truth| truth.gone_at.is_none_or(|gone| gone > now)) {
            Some(truth) => {
                truth.gone_at = Some(truth.gone_at.map_or(at, |gone| gone.min(at)));
                true
            }
            None => false,
        }
    }

    /// One more call.
    pub fn called(&mut self, now: Timestamp) {
        while self.calls.front().is_some_and(|at| now.duration_since(*at) >= COUNTED) {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        self.busiest = self.busiest.max(self.calls.len());
    }

    /// Follows a reading of a list, and notes what slipped between its pages.
    pub fn follow(
        &self,
        pass: &mut Option<Pass>,
        (window, number): ((Date, Date), u32),
        page: &Page,
        now: Timestamp,
        seen: &mut Seen,
    ) {
        if number == 1 || pass.as_ref().is_none_or(|pass| pass.window != window) {
            let within = |link: &&ProviderLink| (window.0..=window.1).contains(&self.day(link.created_at));
            let there = self.listed(now).filter(within).map(|link| link.id).collect();
            *pass = Some(Pass { window, there, seen: BTreeSet::new(), count: page.count });
        }
        let Some(reading) = pass else { return };
        if reading.count != page.count {
            seen.saw(Rare::WindowChanged);
            reading.count = page.count;
        }
        for link in &page.links {
            if !reading.seen.insert(link.id) {
                seen.saw(Rare::PageRepeat);
            }
        }
        if !page.more {
            let missed = reading
                .there
                .iter()
                .any(|id| !reading.seen.contains(id) && self.there(*id, now).is_some() && number > 1);
            if missed {
                seen.saw(Rare::PageSkip);
            }
            *pass = None;
        }
    }
}
