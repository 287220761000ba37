//! Looking on while a sweep is at work: a bar on a terminal, each change as it is made.

use std::{
    io::{Write, stderr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::sweep::{Progress, Report, Stage, Step, Watcher};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::told;
use crate::{commands::say, failure::Failure};

/// A table is for reading: longer ones are cut.
const MOST_STEPS: usize = 200;
const SPINNER: &str = "{spinner} {msg}";
const BAR: &str = "{spinner} {msg} [{bar:24}] {pos} of {len} days, {eta} left";

/// Whoever looks on at the terminal.
pub(super) struct Watch<'a> {
    json: bool,
    bar: ProgressBar,
    seen: Mutex<Seen<'a>>,
}

struct Seen<'a> {
    out: &'a mut (dyn Write + Send),
    steps: Vec<Step>,
    more: usize,
    /// Whether it was told that somebody else is at it.
    waiting: bool,
    /// What was listed, and how many days were to be, when this command began to look.
    begun: Option<(usize, i32)>,
}

impl<'a> Watch<'a> {
    /// On standard error when that is a terminal; what is to be read goes to `out`.
    pub(super) fn new(json: bool, out: &'a mut (dyn Write + Send)) -> Self {
        let bar = ProgressBar::new_spinner().with_message("beginning");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            json,
            bar,
            seen: Mutex::new(Seen { out, steps: Vec::new(), more: 0, waiting: false, begun: None }),
        }
    }

    /// Somebody else is at it. Where there is no bar to say so, one line does.
    pub(super) fn waits(&self, until: Timestamp) {
        let told =
            format!("another sweep is at work until {until:.0} or longer; waiting (--take-over does not)");
        if self.bar.is_hidden() && !std::mem::replace(&mut self.seen().waiting, true) {
            say(&mut stderr(), format_args!("linkkeeper: {told}"));
        }
        self.shows(SPINNER, told);
    }

    /// Takes the bar away.
    pub(super) fn ends(&self) {
        self.bar.finish_and_clear();
    }

    /// Tells what came of it.
    pub(super) fn concludes(&self, report: Option<&Report>) -> Result<(), Failure> {
        let mut seen = self.seen();
        let Some(report) = report else {
            say(seen.out, "Nothing is due.");
            return Ok(());
        };
        if self.json {
            say(seen.out, serde_json::to_string(report).map_err(Failure::request)?);
        } else {
            let table = told::steps(&seen.steps, seen.more);
            say(seen.out, table);
            say(seen.out, told::summary(report));
        }
        Ok(())
    }

    fn shows(&self, style: &str, message: String) {
        if let Ok(style) = ProgressStyle::with_template(style) {
            self.bar.set_style(style);
        }
        self.bar.set_message(message);
    }

    fn seen(&self) -> MutexGuard<'_, Seen<'a>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Watch<'_> {
    fn step(&self, step: &Step) {
        let mut seen = self.seen();
        if self.json {
            let line = serde_json::to_string(step).unwrap_or_default();
            self.bar.suspend(|| say(seen.out, line));
        } else if seen.steps.len() < MOST_STEPS {
            seen.steps.push(step.clone());
        } else {
            seen.more += 1;
        }
    }

    fn progress(&self, progress: &Progress) {
        let listed = progress.counts.listed;
        let Stage::Days(walk) = &progress.stage else {
            self.shows(SPINNER, format!("{}; {listed} links listed", stage(&progress.stage)));
            return;
        };
        let (before, days) = *self.seen().begun.get_or_insert((listed, walk.remaining()));
        let rate = rate(listed.saturating_sub(before), self.bar.elapsed());
        self.bar.set_length(u64::try_from(days).unwrap_or_default());
        self.bar.set_position(u64::try_from(days - walk.remaining()).unwrap_or_default());
        self.shows(BAR, format!("{listed} links listed, {rate} a second"));
    }
}

fn rate(links: usize, time: Duration) -> u128 {
    (links as u128 * 1_000).checked_div(time.as_millis()).unwrap_or_default()
}

fn stage(stage: &Stage) -> &'static str {
    match stage {
        Stage::Named => "links that wait for Belvo",
        Stage::Days(_) => "Belvo's list",
        Stage::Unusable => "links that need a new login",
        Stage::Groups(_) => "duplicates and shared logins",
        Stage::Conclusion => "what is absent",
    }
}

#[cfg(test)]
mod tests {
    use domain::{change::Action, sweep::Scope};
    use jiff::Timestamp;

    use super::*;

    fn step() -> Step {
        Step { action: Action::Bind, link_id: None, external_id: None, before: None, after: None }
    }

    #[test]
    fn a_machine_gets_each_change_at_once() {
        let mut out = Vec::new();
        let watch = Watch::new(true, &mut out);
        (0..3).for_each(|_| watch.step(&step()));
        drop(watch);
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.lines().filter(|line| line.contains(r#""action":"bind""#)).count(), 3, "{text}");
    }

    #[test]
    fn a_person_gets_two_hundred_changes_and_the_number_of_the_rest() {
        let mut out = Vec::new();
        let watch = Watch::new(false, &mut out);
        (0..MOST_STEPS + 3).for_each(|_| watch.step(&step()));
        let seen = watch.seen();
        assert_eq!((seen.steps.len(), seen.more), (MOST_STEPS, 3));
        assert!(told::steps(&seen.steps, seen.more).ends_with("… and 3 more."));
    }

    #[test]
    fn the_bar_counts_the_days_that_are_settled() {
        let mut out = Vec::new();
        let watch = Watch::new(false, &mut out);
        let mut progress = Progress::new(Scope::Full, Timestamp::UNIX_EPOCH);
        let first = "2026-03-01".parse().expect("a day");
        let last = "2026-03-10".parse().expect("a day");
        let scope = Scope::Days { from: first, to: last };
        let now = "2026-06-01T00:00:00Z".parse().expect("a time");
        let mut walk = scope.walk(now, (None, None), &domain::policy::Policy::default()).expect("days");
        progress.stage = Stage::Days(walk);
        watch.progress(&progress);
        walk.settled = "2026-03-04".parse().expect("a day");
        (progress.stage, progress.counts.listed) = (Stage::Days(walk), 4_000);
        watch.progress(&progress);
        assert_eq!((watch.bar.position(), watch.bar.length()), (4, Some(10)));
        assert!(watch.bar.message().starts_with("4000 links listed, "));
    }

    #[test]
    fn the_rate_of_no_time_at_all_is_none() {
        assert_eq!(rate(5, Duration::ZERO), 0);
        assert_eq!(rate(5_000, Duration::from_millis(2_500)), 2_000);
    }
}
