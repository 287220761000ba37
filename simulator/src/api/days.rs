//! Filters by `created_at`: whole days, which begin where a switch says, or also moments, as older
//! descriptions of Belvo's say.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::paging::Question;
use super::refusal::Complaint;
use crate::switches::{DateFilter, Switches};

/// A stretch of time, its start included and its end not.
#[derive(Clone, Copy)]
pub(super) struct Days {
    from: Timestamp,
    before: Timestamp,
}

impl Days {
    /// Reads the filters of a question.
    pub(super) fn read(question: &Question, switches: &Switches, complaints: &mut Vec<Complaint>) -> Self {
        let mut days = Self { from: Timestamp::MIN, before: Timestamp::MAX };
        for bound in ["", "__gt", "__gte", "__lt", "__lte", "__range"] {
            let name = format!("created_at{bound}");
            let Some(values) = question.list(&name) else {
                continue;
            };
            let spans: Option<Vec<Self>> = values.iter().map(|value| span(value, switches)).collect();
            match (bound, spans.as_deref()) {
                ("", Some([day])) => days.narrow(Some(day.from), Some(day.before)),
                ("__gt", Some([day])) => days.narrow(Some(day.before), None),
                ("__gte", Some([day])) => days.narrow(Some(day.from), None),
                ("__lt", Some([day])) => days.narrow(None, Some(day.from)),
                ("__lte", Some([day])) => days.narrow(None, Some(day.before)),
                ("__range", Some([first, last])) => days.narrow(Some(first.from), Some(last.before)),
                _ => complaints.push(Complaint::about(&name, "invalid", "This takes dates: YYYY-MM-DD.")),
            }
        }
        days
    }

    fn narrow(&mut self, from: Option<Timestamp>, before: Option<Timestamp>) {
        self.from = from.map_or(self.from, |from| from.max(self.from));
        self.before = before.map_or(self.before, |before| before.min(self.before));
    }

    pub(super) fn from(&self) -> Timestamp {
        self.from
    }

    pub(super) fn before(&self) -> Timestamp {
        self.before
    }

    /// Whether a moment is within them.
    pub(super) fn include(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.before
    }
}

/// The day, or the microsecond, that a value means.
fn span(text: &str, switches: &Switches) -> Option<Days> {
    if text.len() == 10 {
        let (day, hours): (Date, i8) = (text.parse().ok()?, switches.day_offset_hours);
        let next = day.checked_add(1.day()).map_or(Timestamp::MAX, |next| start(next, hours));
        return Some(Days { from: start(day, hours), before: next });
    }
    match switches.date_filter {
        DateFilter::Days => None,
        DateFilter::DaysAndMoments => {
            let moment: Timestamp = text.parse().ok()?;
            let before = moment.checked_add(1.microsecond()).unwrap_or(Timestamp::MAX);
            Some(Days { from: moment, before })
        }
    }
}

fn start(day: Date, hours: i8) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp());
    midnight.checked_sub(i64::from(hours).hours()).unwrap_or(midnight)
}

#[cfg(test)]
mod tests {
    use crate::link::NewLink;
    use crate::switches::{DateFilter, Switches};
    use crate::testing::World;

    /// Whether a link made at this moment is listed by this query.
    async fn listed(switches: Switches, made: &str, query: &str) -> bool {
        let world = World::with(switches);
        world.belvo.plant(NewLink { created_at: Some(made.parse().unwrap()), ..NewLink::default() });
        let answer = world.get(&format!("/api/links/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        !answer.ids().is_empty()
    }

    #[tokio::test]
    async fn moments_are_refused_unless_the_switch_takes_them() {
        let moment = "created_at__gte=2026-03-02T10:00:00Z";
        let world = World::new();
        let answer = world.get(&format!("/api/links/?{moment}")).await;
        assert_eq!(answer.refusal(), (400, "invalid".to_owned()));
        let takes = || Switches { date_filter: DateFilter::DaysAndMoments, ..Switches::default() };
        assert!(listed(takes(), "2026-03-02T10:00:00Z", moment).await);
        assert!(!listed(takes(), "2026-03-02T09:59:59.999999Z", moment).await);
        assert!(!listed(takes(), "2026-03-02T10:00:00Z", "created_at__gt=2026-03-02T10:00:00Z").await);
        assert!(listed(takes(), "2026-03-02T10:00:00Z", "created_at=2026-03-02").await);
    }

    #[tokio::test]
    async fn a_day_begins_where_the_switch_says() {
        for (hours, late, early) in [(0, true, false), (-6, true, true)] {
            let switches = || Switches { day_offset_hours: hours, ..Switches::default() };
            let day = "created_at=2026-03-02";
            assert_eq!(listed(switches(), "2026-03-02T23:00:00Z", day).await, late, "{hours}");
            assert_eq!(listed(switches(), "2026-03-03T05:59:59Z", day).await, early, "{hours}");
            assert!(!listed(switches(), "2026-03-03T06:00:00Z", day).await, "{hours}");
        }
    }
}
