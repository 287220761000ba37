//! The arithmetic of the budget.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A window's counters as the table keeps them.
#[derive(Default)]
struct Counted(BTreeMap<&'static str, u32>);

impl Counted {
    fn grants(&mut self, limits: &Limits, class: Class, calls: u32) -> bool {
        let bounds = limits.bounds(class);
        let count = |counter| self.0.get(counter).copied().unwrap_or_default();
        if bounds.iter().any(|bound| count(bound.counter) + calls > bound.at_most) {
            return false;
        }
        for bound in bounds {
            *self.0.entry(bound.counter).or_default() += calls;
        }
        true
    }

    fn used(&self, class: Class) -> u32 {
        let own = COUNTERS[class.bit()];
        self.0.get(own).copied().unwrap_or_default()
    }
}

/// The rule as it is meant.
fn fair(limits: &Limits, used: [u32; 3]) -> bool {
    let sum: u32 = Class::ALL.iter().zip(used).map(|(class, used)| used.max(limits.reserved(*class))).sum();
    sum <= limits.window()
}

fn class() -> impl Strategy<Value = Class> {
    proptest::sample::select(&Class::ALL[..])
}

#[test]
fn what_is_no_number_or_beyond_belvos_limit_is_no_budget() {
    for bad in ["", "sixty", "-1", "17", "81", "4294967296", " 60"] {
        assert_eq!(Limits::parse(bad), Err(LimitsError), "{bad}");
    }
    assert_eq!(Limits::parse("60"), Ok(Limits::default()));
    for good in 18..=80 {
        let limits = Limits::parse(&good.to_string()).expect("a budget");
        assert!(limits.window() * WINDOWS_TOUCHED <= good);
        assert!(fair(&limits, [0; 3]), "the shares fit into a window");
    }
}

#[test]
fn a_class_may_take_what_is_kept_for_nobody_else() {
    let limits = Limits::default();
    for (class, most) in [(Class::Interactive, 7), (Class::Sweep, 6), (Class::Delete, 5)] {
        let mut counted = Counted::default();
        let granted = (0..20).filter(|_| counted.grants(&limits, class, 1)).count();
        assert_eq!(granted, most, "{class:?}");
    }
}

#[test]
fn windows_follow_each_other_without_a_gap() {
    let moment: Timestamp = "2026-03-02T10:00:05.999999Z".parse().expect("a time");
    let window = Window::of(moment);
    assert_eq!(window.begins().to_string(), "2026-03-02T10:00:00Z");
    assert_eq!(Window::of(moment + SignedDuration::from_micros(1)), window.after(1));
    assert_eq!(window.begins() + Window::length(), window.after(1).begins());
}

proptest! {
    #[test]
    fn the_conditions_are_the_rule(takes in proptest::collection::vec((class(), 1..4_u32), 0..30)) {
        let limits = Limits::default();
        let mut counted = Counted::default();
        for (class, calls) in takes {
            let before = Class::ALL.map(|class| counted.used(class));
            let after: Vec<u32> =
                Class::ALL.iter().zip(before).map(|(one, n)| if *one == class { n + calls } else { n }).collect();
            let meant = fair(&limits, [after[0], after[1], after[2]]);
            prop_assert_eq!(counted.grants(&limits, class, calls), meant, "{:?} + {:?}", before, class);
        }
    }

    #[test]
    fn whatever_the_others_took_a_class_gets_its_share(
        takes in proptest::collection::vec((class(), 1..4_u32), 0..30),
        class in class(),
    ) {
        let limits = Limits::default();
        let mut counted = Counted::default();
        for (other, calls) in takes.into_iter().filter(|(other, _)| *other != class) {
            counted.grants(&limits, other, calls);
        }
        for _ in 0..limits.reserved(class) {
            prop_assert!(counted.grants(&limits, class, 1));
        }
    }
}
