//! Belvo's list, a window of days after the other, against ours of the same days.
//!
//! One page is one snapshot. A window of several is read twice, unless the first reading is proven whole: every
//! page told the same count, and so many different links were on them. For then nothing was deleted or made
//! while it was read, as that would have changed the count or repeated a link.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::{
    policy::Policy,
    ports::{Ambient, Page},
    values::LinkId,
};

use super::{
    Listing, Stage, Store, SweepError, Walk, Watcher,
    run::{Pace, Run},
    scope::days_after,
    shelf::Shelf,
};

/// More pages of one window are a server gone wrong.
const MOST_PAGES: u32 = 10_000;

/// One window while it is read.
struct Reading {
    count: usize,
    page_size: usize,
    steady: bool,
    ids: BTreeSet<LinkId>,
    unreadable: usize,
    /// Whether all of it came in one answer.
    one_page: bool,
}

impl Reading {
    fn new(first: &Page) -> Self {
        let page_size = (first.links.len() + first.unreadable).max(1);
        let (count, one_page) = (first.count, !first.more);
        Self { count, page_size, steady: true, ids: BTreeSet::new(), unreadable: 0, one_page }
    }

    /// Puts the links that are new on the shelf. False: there were none.
    fn take(&mut self, page: Page, days: &mut Shelf, policy: &Policy) -> bool {
        let before = self.ids.len();
        self.steady &= page.count == self.count;
        for link in page.links {
            if self.ids.insert(link.id) {
                days.take(link, policy);
            }
        }
        self.ids.len() > before
    }

    fn is_whole(&self) -> bool {
        self.one_page || (self.steady && self.ids.len() + self.unreadable == self.count)
    }

    /// As many pages as such a list can have.
    fn most_pages(&self) -> u32 {
        let filled = self.count / self.page_size;
        u32::try_from(filled.saturating_add(2)).unwrap_or(MOST_PAGES).min(MOST_PAGES)
    }
}

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Run<'_, S, P, A, W> {
    /// Goes through the days from where the walk stands.
    pub(super) async fn days(&mut self, mut walk: Walk) -> Result<Pace, SweepError> {
        let mut days = Shelf::new(walk.settled);
        let mut window = walk.first();
        let first_day = self.first_day().unwrap_or(Date::MIN);
        // What is listed first may be of the day before. Before the first day of all there is nothing of ours.
        let mut ours_to = days_after(window.0, -2).max(days_after(first_day, -2));
        loop {
            let notice = self.notice();
            let asked = walk.asked(window);
            let first = self.on.provider.made_on(asked.0, asked.1, 1).await?;
            if walk.narrow(window, first.count) {
                window = walk.from(window.0);
                continue;
            }
            let until = days_after(window.1, 1);
            self.put_ours(&mut days, days_after(ours_to, 1), until).await?;
            ours_to = ours_to.max(until);
            let count = self.read(asked, first, &mut days).await?;
            walk.learn(window, count);
            let news = days.settle(walk.settled_by(window.1), notice, self.on.policy);
            self.progress.canary = days.canary.or(self.progress.canary);
            self.take_in(news, notice).await?;
            walk.settled = walk.settled_by(window.1);
            if walk.settled >= walk.until {
                return self.next().await;
            }
            self.progress.stage = Stage::Days(walk);
            match self.checkpoint().await? {
                Pace::Go => window = walk.from(days_after(window.1, 1)),
                pace @ (Pace::Late | Pace::Overtaken) => return Ok(pace),
            }
        }
    }

    async fn put_ours(&self, days: &mut Shelf, from: Date, to: Date) -> Result<(), SweepError> {
        if from <= to {
            self.on.store.made_between(from, to).await?.into_iter().for_each(|entry| days.put(entry));
        }
        Ok(())
    }

    /// Reads the window, twice if need be. How many links it has, says Belvo.
    async fn read(
        &mut self,
        (from, to): (Date, Date),
        first: Page,
        days: &mut Shelf,
    ) -> Result<usize, SweepError> {
        let mut reading = Reading::new(&first);
        let (mut number, mut next) = (1, Some(first));
        while let Some(page) = next.take() {
            let (more, unreadable) = (page.more, page.unreadable);
            reading.unreadable += unreadable;
            let new = reading.take(page, days, self.on.policy) || unreadable > 0;
            number += 1;
            if more && new && number <= reading.most_pages() {
                next = Some(self.on.provider.made_on(from, to, number).await?);
            }
        }
        if !reading.is_whole() {
            self.progress.counts.shifting += 1;
            self.read_again((from, to), &mut reading, days).await?;
        }
        self.progress.counts.unreadable += reading.unreadable;
        Ok(reading.count)
    }

    /// All pages once more: what slipped between two of them the first time.
    async fn read_again(
        &self,
        (from, to): (Date, Date),
        reading: &mut Reading,
        days: &mut Shelf,
    ) -> Result<(), SweepError> {
        for number in 1..=reading.most_pages() {
            let page = self.on.provider.made_on(from, to, number).await?;
            let more = page.more;
            reading.take(page, days, self.on.policy);
            if !more {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ana, shown};

    /// A page of these links, and so many records that cannot be read, of a list that Belvo says has so many.
    fn page(links: std::ops::RangeInclusive<u8>, unreadable: usize, count: usize) -> Page {
        Page { links: links.map(|number| shown(number, &ana(), 0)).collect(), unreadable, count, more: true }
    }

    fn read(pages: impl IntoIterator<Item = Page>) -> Reading {
        let mut pages = pages.into_iter().peekable();
        let mut reading = Reading::new(pages.peek().expect("a first page"));
        let mut days = Shelf::new(Date::MIN);
        for page in pages {
            reading.unreadable += page.unreadable;
            reading.take(page, &mut days, &Policy::default());
        }
        reading
    }

    #[test]
    fn several_pages_are_whole_when_all_told_the_count_that_was_seen() {
        assert!(read([page(1..=2, 0, 4), page(3..=4, 0, 4)]).is_whole());
        assert!(read([page(1..=2, 1, 4), page(3..=3, 0, 4)]).is_whole(), "what cannot be read was seen, too");
        assert!(!read([page(1..=2, 0, 4), page(3..=3, 0, 4)]).is_whole(), "one slipped through");
        assert!(!read([page(1..=2, 0, 4), page(2..=3, 0, 4)]).is_whole(), "one came twice in its place");
        assert!(!read([page(1..=2, 0, 4), page(3..=4, 0, 5)]).is_whole(), "one was made meanwhile");
        let there_and_back = [page(1..=2, 0, 6), page(3..=4, 0, 5), page(5..=6, 0, 6)];
        assert!(!read(there_and_back).is_whole(), "one was made and one deleted");
    }

    #[test]
    fn one_page_is_one_snapshot_whatever_it_counts() {
        assert!(read([Page { more: false, ..page(1..=2, 0, 9) }]).is_whole());
    }

    #[test]
    fn a_page_is_news_when_any_link_on_it_is() {
        let mut reading = read([page(1..=2, 0, 5)]);
        let mut take = |page| reading.take(page, &mut Shelf::new(Date::MIN), &Policy::default());
        assert!(take(page(2..=3, 0, 5)));
        assert!(!take(page(1..=3, 0, 5)), "they were all there before");
    }

    #[test]
    fn a_list_has_two_pages_more_at_most_than_its_count_fills() {
        assert_eq!(read([page(1..=2, 0, 10)]).most_pages(), 5 + 2);
        assert_eq!(read([page(1..=1, 1, 10)]).most_pages(), 5 + 2);
        assert_eq!(read([page(1..=1, 0, usize::MAX)]).most_pages(), MOST_PAGES);
        assert_eq!(read([Page { links: vec![], ..page(1..=1, 0, 1) }]).most_pages(), 1 + 2, "an empty page");
    }
}
