//! What a sweep looks at, and the days that this means.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};

use crate::{
    external_id::ExternalId,
    policy::{Policy, before},
};

/// What a sweep looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything: all days, duplicates, shared logins and ghosts.
    Full,
    /// The last days, and links whose status is pending or unusable.
    Recent,
    /// Links made on these days, both included.
    Days {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
    },
    /// Links of one user.
    User(ExternalId),
}

/// Days to be listed, one window after the other.
///
/// In which time zone Belvo's days begin is not documented, while ours are UTC: a link of our day `d` is listed
/// under `d` or a neighbour. So a day is settled only when the days around it were listed, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The last day that is settled, or need not be.
    pub settled: Date,
    /// The last day to be settled.
    pub until: Date,
    /// The last day to be listed: the one behind, if there is one.
    pub last: Date,
    /// How many days the next window has.
    pub span: i32,
}

/// Belvo was founded in 2019: no link is older.
const FIRST_DAY: Date = Date::constant(2019, 1, 1);
/// What is asked for in place of the first day and the last, for links with a date that cannot be.
const OPEN: (Date, Date) = (Date::constant(1970, 1, 1), Date::constant(2100, 1, 1));
/// A page of Belvo's, less some room: windows are to fit one.
const AIM: usize = 900;
/// A window with more links than this is made smaller, if it can be.
const MOST: usize = 5_000;
/// Most days of a window.
const LONGEST: i32 = 366;

/// The day of a moment, in UTC.
#[must_use]
pub(super) fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// So many days later, or the end of the calendar.
#[must_use]
pub(super) fn days_after(date: Date, days: i32) -> Date {
    date.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(if days < 0 {
        Date::MIN
    } else {
        Date::MAX
    })
}

impl Scope {
    /// The days to be listed, if any. `since`: when the last recent sweep that came to its end began; `first`: the
    /// first day that had a link, by the last full one. What is before that is listed all the same, at once.
    #[must_use]
    pub fn walk(
        &self,
        now: Timestamp,
        (since, first): (Option<Timestamp>, Option<Date>),
        policy: &Policy,
    ) -> Option<Walk> {
        let tomorrow = days_after(day(now), 1); // some zone is ahead of UTC
        let recent = before(since.unwrap_or(now), policy.contemporary());
        let walk = |from: Date, until: Date| Walk {
            settled: days_after(from, -1),
            until: until.min(tomorrow),
            last: days_after(until.min(tomorrow), 1).min(tomorrow),
            span: LONGEST,
        };
        match self {
            Self::Full => {
                let span = first.map_or(LONGEST, |first| days_between(FIRST_DAY, first) - 1).max(1);
                Some(Walk { settled: Date::MIN, span, ..walk(FIRST_DAY, tomorrow) })
            }
            Self::Recent => Some(walk(day(recent).min(day(now)), tomorrow)),
            Self::Days { from, to } => Some(walk((*from).max(FIRST_DAY), (*to).max(FIRST_DAY))),
            Self::User(_) => None,
        }
    }
}

impl Walk {
    /// The first window from here on: the settled day is listed once more, as some links of the next may
    /// stand under it.
    #[must_use]
    pub fn first(&self) -> (Date, Date) {
        self.from(self.settled.max(FIRST_DAY))
    }

    /// The days to ask Belvo for, for this window.
    #[must_use]
    pub fn asked(&self, (from, to): (Date, Date)) -> (Date, Date) {
        let (first, last) = OPEN;
        (
            if self.settled == Date::MIN { first } else { from },
            if self.ends_with_all() && to >= self.last { last } else { to },
        )
    }

    /// Whether nothing can be made after the last day.
    fn ends_with_all(&self) -> bool {
        self.until == self.last
    }

    /// The window that begins on this day.
    #[must_use]
    pub fn from(&self, from: Date) -> (Date, Date) {
        (from, days_after(from, self.span.max(1) - 1).min(self.last))
    }

    /// Whether a window with so many links is to be made smaller first. It is then.
    pub fn narrow(&mut self, (from, to): (Date, Date), count: usize) -> bool {
        let days = days_between(from, to);
        if count <= MOST || days <= 1 {
            return false;
        }
        self.span = fitting(days, count).min(days - 1).max(1);
        true
    }

    /// What was learned from a window about the next: as many days as one page will hold.
    pub fn learn(&mut self, (from, to): (Date, Date), count: usize) {
        let days = days_between(from, to);
        self.span = fitting(days, count).min(days.saturating_mul(2)).clamp(1, LONGEST);
    }

    /// Days that are not settled yet.
    #[must_use]
    pub fn remaining(&self) -> i32 {
        days_between(self.settled.max(FIRST_DAY).min(self.until), self.until) - 1
    }

    /// The last of our days that is settled once Belvo's days were listed up to this one.
    #[must_use]
    pub fn settled_by(&self, listed_to: Date) -> Date {
        match (listed_to >= self.last, self.ends_with_all()) {
            (true, true) => Date::MAX,
            (true, false) => self.until,
            (false, _) => days_after(listed_to, -1),
        }
    }
}

/// How many of `days` with `count` links fit one page.
fn fitting(days: i32, count: usize) -> i32 {
    let days = usize::try_from(days).unwrap_or(1);
    i32::try_from((days * AIM).checked_div(count).unwrap_or(usize::MAX)).unwrap_or(LONGEST)
}

/// Both included.
fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::minute;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn a_full_sweep_begins_before_there_was_belvo_and_ends_where_the_day_begins_first() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().expect("a time");
        let walk = Scope::Full.walk(now, (None, None), &Policy::default()).expect("days");
        assert_eq!(walk.last, date("2026-03-03"));
        let first = walk.first();
        assert_eq!(first, (date("2019-01-01"), date("2020-01-01")));
        assert_eq!(walk.asked(first), (date("1970-01-01"), date("2020-01-01")), "a date that cannot be");
        let known =
            Scope::Full.walk(now, (None, Some(date("2024-05-06"))), &Policy::default()).expect("days");
        assert_eq!(known.first(), (date("2019-01-01"), date("2024-05-05")), "empty years at once");
        let walk = Walk { settled: date("2026-03-01"), ..walk };
        let last = walk.first();
        assert_eq!(walk.asked(last), (date("2026-03-01"), date("2100-01-01")));
        assert_eq!(walk.settled_by(last.1), Date::MAX);
    }

    #[test]
    fn a_recent_sweep_goes_back_to_whatever_the_last_one_left_to_callbacks() {
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let walk = |since| {
            let walk = Scope::Recent
                .walk(at("2026-03-02T10:00:00Z"), (since, None), &Policy::default())
                .expect("days");
            (walk.settled, walk.last)
        };
        let yesterday = (date("2026-03-01"), date("2026-03-03"));
        assert_eq!(walk(Some(at("2026-03-02T09:55:00Z"))), yesterday);
        assert_eq!(walk(Some(at("2026-03-02T00:30:00Z"))), (date("2026-02-28"), date("2026-03-03")));
        assert_eq!(walk(None), yesterday);
        assert_eq!(walk(Some(at("2026-03-09T00:30:00Z"))), yesterday, "a clock that was wrong");
    }

    #[test]
    fn windows_grow_over_empty_years_and_shrink_to_a_day_where_links_are_many() {
        let mut walk = Scope::Full.walk(minute(0), (None, None), &Policy::default()).expect("days");
        let year = walk.first();
        assert!(walk.narrow(year, 100_000), "too many for one window");
        assert_eq!(walk.from(year.0), (date("2019-01-01"), date("2019-01-03")));
        walk.learn((date("2019-01-01"), date("2019-01-03")), 8_220);
        assert_eq!(walk.span, 1);
        let one = (date("2019-01-04"), date("2019-01-04"));
        assert!(!walk.narrow(one, 1_000_000), "a day cannot be made smaller");
        walk.learn(one, 0);
        assert_eq!(walk.span, 2);
        walk.learn(one, 300);
        assert_eq!(walk.span, 2, "at most twice as many");
        walk.learn((date("2019-01-04"), date("2019-01-13")), 500);
        assert_eq!(walk.span, 18);
    }

    #[test]
    fn a_day_is_settled_when_the_next_was_listed_and_in_the_end_all_are() {
        let scope = Scope::Days { from: date("2026-03-02"), to: date("2026-03-04") };
        let walk = |now: &str| {
            scope.walk(now.parse().expect("a time"), (None, None), &Policy::default()).expect("days")
        };
        let past = walk("2026-05-01T00:00:00Z");
        assert_eq!(
            (past.settled, past.until, past.last),
            (date("2026-03-01"), date("2026-03-04"), date("2026-03-05"))
        );
        assert_eq!(past.settled_by(date("2026-03-03")), date("2026-03-02"));
        assert_eq!(past.settled_by(date("2026-03-05")), date("2026-03-04"));
        assert_eq!(past.remaining(), 3);
        let present = walk("2026-03-03T00:00:00Z");
        assert_eq!((present.until, present.last), (date("2026-03-04"), date("2026-03-04")));
    }

    #[test]
    fn a_link_of_any_zone_stands_on_its_day_or_beside_it() {
        assert_eq!(day("2026-03-02T23:59:59Z".parse().expect("a time")), date("2026-03-02"));
        assert_eq!(days_after(date("2026-03-01"), -1), date("2026-02-28"));
        assert_eq!((days_after(Date::MIN, -2), days_after(Date::MAX, 2)), (Date::MIN, Date::MAX), "the ends");
    }
}
