//! What is tried again and when, and that nothing is sent without a permit.

mod slow;

use std::{collections::BTreeMap, sync::Mutex};

use super::*;
use crate::{
    budget::Window,
    failure::StoreError,
    ports::{Permit, Wanted},
    testing::{Hand, finished},
    values::Code,
};

/// A budget in memory, which can be broken.
#[derive(Default)]
struct Purse(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    counters: BTreeMap<(Window, &'static str), u32>,
    shut: Vec<Window>,
    broken: bool,
    writes: usize,
    reads: usize,
}

impl Purse {
    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(&mut self.0.lock().expect("one thread"))
    }
}

impl Counted {
    fn room(&self, wanted: &Wanted<'_>) -> Permit {
        let Wanted { window, class, calls, limits, .. } = *wanted;
        let count = |counter| self.counters.get(&(window, counter)).copied().unwrap_or_default();
        let full = limits.bounds(class).iter().any(|bound| count(bound.counter) + calls > bound.at_most);
        if self.shut.contains(&window) {
            Permit::Paused
        } else if full {
            Permit::Full
        } else {
            Permit::Granted
        }
    }
}

impl Budget for &Purse {
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.with(|counted| {
            counted.writes += 1;
            if counted.broken {
                return Err(StoreError::Busy("down".into()));
            }
            let permit = counted.room(wanted);
            if permit == Permit::Granted {
                for bound in wanted.limits.bounds(wanted.class) {
                    *counted.counters.entry((wanted.window, bound.counter)).or_default() += wanted.calls;
                }
            }
            Ok(permit)
        })
    }

    async fn room(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.with(|counted| {
            counted.reads += 1;
            if counted.broken {
                return Err(StoreError::Busy("down".into()));
            }
            Ok(counted.room(wanted))
        })
    }

    async fn shut(&self, _: &str, windows: &[Window]) -> Result<(), StoreError> {
        self.with(|counted| counted.shut.extend(windows));
        Ok(())
    }
}

/// The test's clock, shared with the governor.
#[derive(Clone, Copy)]
struct Shared<'a>(&'a Hand);

impl Ambient for Shared<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// The last bits are all ones: a part is the whole.
    fn random(&self) -> [u8; 16] {
        [0xff; 16]
    }
}

impl Timer for Shared<'_> {
    async fn sleep(&self, time: SignedDuration) {
        self.0.sleep(time).await;
    }
}

fn start() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().expect("a time")
}

/// Calls with answers given one after the other; the seconds at which each attempt was made.
fn called(
    purse: &Purse,
    class: Class,
    answers: &[fn() -> Result<(), ProviderError>],
) -> (Vec<i64>, Result<(), ProviderError>) {
    let hand = Hand::at(start());
    let governor = Governor::new(purse, Shared(&hand), Limits::default(), class, "belvo.example");
    let at = Mutex::new(Vec::new());
    let attempt = || {
        let mut at = at.lock().expect("one thread");
        let answer = answers.get(at.len()).or(answers.last()).expect("an answer")();
        at.push(hand.now().duration_since(start()).as_secs());
        async move { answer }
    };
    let outcome = finished(governor.pass(attempt));
    (at.into_inner().expect("one thread"), outcome)
}

fn refused(status: u16, code: &str) -> Result<(), ProviderError> {
    Err(ProviderError::Refused { status, code: Code::parse(code).ok() })
}

const FAILED: fn() -> Result<(), ProviderError> = || Err(ProviderError::Unknown("an error of Belvo's own"));
const THROTTLED: fn() -> Result<(), ProviderError> = || Err(ProviderError::Throttled);
const FINE: fn() -> Result<(), ProviderError> = || Ok(());

#[test]
fn a_failure_of_belvos_is_tried_again_five_times_at_its_own_pace() {
    for class in [Class::Sweep, Class::Delete] {
        let (at, outcome) = called(&Purse::default(), class, &[FAILED]);
        assert!(matches!(outcome, Err(ProviderError::Unknown(_))), "{outcome:?}");
        assert_eq!(at, [0, 3, 9, 21, 45, 93], "{class:?}: 3, 6, 12, 24 and 48 seconds");
    }
}

#[test]
fn too_many_sessions_is_the_one_refusal_that_passes() {
    let busy: fn() -> Result<(), ProviderError> = || refused(400, "too_many_sessions");
    let (at, outcome) = called(&Purse::default(), Class::Sweep, &[busy, FINE]);
    assert!(outcome.is_ok() && at.len() == 2);
    for no in [
        || refused(400, "invalid_link"),
        || refused(401, "authentication_failed"),
        || refused(401, "consent_without_accounts"),
        || refused(404, "not_found"),
    ] as [fn() -> _; 4]
    {
        let (at, outcome) = called(&Purse::default(), Class::Sweep, &[no]);
        assert!(outcome.is_err() && at.len() == 1);
    }
}

#[test]
fn somebody_who_waits_gets_one_quick_repeat() {
    let (at, outcome) = called(&Purse::default(), Class::Interactive, &[FAILED]);
    assert!(outcome.is_err());
    assert_eq!(at, [0, 0], "within the second");
    let (at, outcome) = called(&Purse::default(), Class::Interactive, &[FAILED, FINE]);
    assert!(outcome.is_ok() && at.len() == 2);
}

#[test]
fn a_slow_failure_is_not_repeated_for_somebody_who_waits() {
    let (purse, hand) = (Purse::default(), Hand::at(start()));
    let governor = Governor::new(&purse, Shared(&hand), Limits::default(), Class::Interactive, "b");
    let attempts = Mutex::new(0);
    let slow = || async {
        *attempts.lock().expect("one thread") += 1;
        hand.sleep(SignedDuration::from_secs(4)).await;
        Err::<(), _>(ProviderError::Unknown("no whole answer in time"))
    };
    assert!(finished(governor.pass(slow)).is_err());
    assert_eq!(*attempts.lock().expect("one thread"), 1);
}

#[test]
fn throttling_stops_everybody_for_a_minute() {
    let purse = Purse::default();
    let (at, outcome) = called(&purse, Class::Interactive, &[THROTTLED]);
    assert!(matches!(outcome, Err(ProviderError::Throttled)) && at.len() == 1);
    assert_eq!(purse.with(|counted| counted.shut.len()), 11);

    let (at, outcome) = called(&purse, Class::Interactive, &[FINE]);
    assert!(matches!(outcome, Err(ProviderError::Unsent(_))) && at.is_empty(), "another process");

    let (at, outcome) = called(&purse, Class::Sweep, &[FINE]);
    assert!(outcome.is_ok());
    assert!(at[0] >= 66 && at[0] < 80, "a sweep waits the pause out: {at:?}");
}

#[test]
fn a_throttled_sweep_comes_back_after_the_pause_and_not_before() {
    let (at, outcome) = called(&Purse::default(), Class::Sweep, &[THROTTLED, FINE]);
    assert!(outcome.is_ok() && at[1] >= 66, "{at:?}");
}

#[test]
fn nothing_is_sent_while_the_table_is_down() {
    let purse = Purse::default();
    purse.with(|counted| counted.broken = true);
    for class in Class::ALL {
        let (at, outcome) = called(&purse, class, &[FINE]);
        assert!(matches!(outcome, Err(ProviderError::Unsent(_))) && at.is_empty(), "{class:?}");
    }
}

#[test]
fn who_waits_for_an_answer_is_told_when_the_window_is_full_and_a_sweep_goes_on_in_the_next() {
    let purse = Purse::default();
    let share = Limits::default().window() - 2 - 1;
    for _ in 0..share {
        assert!(called(&purse, Class::Interactive, &[FINE]).1.is_ok());
    }
    let (at, outcome) = called(&purse, Class::Interactive, &[FINE]);
    assert!(matches!(outcome, Err(ProviderError::Unsent(_))) && at.is_empty());
    assert!(called(&purse, Class::Sweep, &[FINE]).1.is_ok(), "its share is kept");
}

/// An account used as hard as it can be: a sweep of a hundred calls.
#[test]
fn a_sweep_never_passes_its_bound_and_pays_less_than_a_write_a_call() {
    let (purse, hand) = (Purse::default(), Hand::at(start()));
    let governor = Governor::new(&purse, Shared(&hand), Limits::default(), Class::Sweep, "b");
    let calls = Mutex::new(BTreeMap::<Window, u32>::new());
    let attempt = || async {
        *calls.lock().expect("one thread").entry(Window::of(hand.now())).or_default() += 1;
        Ok::<_, ProviderError>(())
    };
    for _ in 0..100 {
        finished(governor.pass(attempt)).expect("in the end");
    }
    assert_eq!(governor.spent().belvo_calls, 100);
    let calls = calls.into_inner().expect("one thread");
    assert!(calls.values().all(|calls| *calls <= 6), "{calls:?}");
    assert!(calls.values().filter(|calls| **calls == 6).count() >= 15, "and uses what it may: {calls:?}");
    let (writes, reads) = purse.with(|counted| (counted.writes, counted.reads));
    assert!(writes <= 60 && reads <= 80, "{writes} writes, {reads} reads");
}

#[test]
fn the_longest_wait_is_two_permits_a_quick_failure_a_moment_and_one_attempt_in_full() {
    let seconds = |permit, attempt| {
        longest_interactive(Duration::from_secs(permit), Duration::from_secs(attempt)).as_millis()
    };
    assert_eq!(seconds(0, 0), 750, "half a second and a quarter");
    assert_eq!((seconds(3, 0), seconds(0, 20)), (6_750, 20_750));
}
