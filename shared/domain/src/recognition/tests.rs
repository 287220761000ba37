//! What a start learns of its links beside their status: never at the cost of the start, and once.

use super::*;
use crate::{
    change::Source,
    link::{LinkState, LinkStatus},
    ports::Account,
    testing::{ana, bank, bound, in_state, ledger, link_id, minute, notice, shown, with_status},
};

fn account(link: u8, number: &str) -> Account {
    Account {
        link_id: link_id(link),
        institution: bank(),
        name: Some("Cuenta Corriente".to_owned()),
        number: Some(number.to_owned()),
        category: None,
        currency: None,
    }
}

fn named() -> InstitutionName {
    InstitutionName::parse("Erebor México").expect("a name")
}

fn told(accounts: Vec<Account>) -> Recognised {
    Recognised { names: Some([(bank(), named())].into()), accounts: Some(accounts) }
}

/// The ledger after a start at this minute that Belvo answered so.
fn after_start(held: &Ledger, told: &Recognised, at: i64) -> (Ledger, UserPlan) {
    let mut plan = UserPlan::default();
    let asked = wanted(held, &plan);
    recognise(held, &mut plan, &asked, told, notice(Source::SessionStart, at), &Policy::default());
    (held.clone().with(&plan.changes), plan)
}

fn connected(numbers: impl IntoIterator<Item = u8>) -> Ledger {
    ledger(&ana(), numbers.into_iter().map(|n| bound(&shown(n, &ana(), 0), &ana(), None)).collect(), vec![])
}

#[test]
fn what_belvo_does_not_tell_changes_nothing_and_is_asked_for_again() {
    let held = connected([1]);
    for silent in [
        Recognised::default(),
        Recognised { names: Some([].into()), accounts: Some(vec![]) },
        Recognised { names: Some([].into()), accounts: Some(vec![account(9, "1234")]) },
    ] {
        let (after, plan) = after_start(&held, &silent, 60);
        assert!(plan.is_empty() && plan.audit.is_empty());
        assert_eq!(wanted(&after, &plan), wanted(&held, &UserPlan::default()));
    }
}

#[test]
fn what_belvo_tells_is_kept_masked_with_one_event_and_never_asked_for_again() {
    let held = connected([1, 2]);
    let (after, plan) = after_start(&held, &told(vec![account(1, "00123456"), account(2, "99")]), 60);
    let record = after.link(link_id(1)).expect("hers");
    assert_eq!((record.institution_name.clone(), record.revision), (Some(named()), 2));
    let ending = |id| {
        let accounts = after.link(link_id(id)).and_then(|record| record.accounts.clone()).expect("told");
        accounts.first().and_then(|account| account.number.clone()).expect("a number").as_str().to_owned()
    };
    assert_eq!((ending(1), ending(2)), ("3456".to_owned(), "99".to_owned()));
    let actions: Vec<_> = plan.audit.iter().map(|event| (event.action, event.link_id)).collect();
    assert_eq!(actions, [(Action::Refresh, Some(link_id(1))), (Action::Refresh, Some(link_id(2)))]);
    assert_eq!(wanted(&after, &UserPlan::default()), Wanted::default());
}

#[test]
fn none_is_the_last_word_for_a_link_that_is_a_day_old_and_not_before() {
    let held = connected([1]);
    let none = Recognised { names: Some([].into()), accounts: Some(vec![]) };
    let (after, _) = after_start(&held, &none, 24 * 60 - 1);
    assert_eq!(after, held);
    let (after, _) = after_start(&held, &none, 24 * 60);
    let record = after.link(link_id(1)).expect("hers");
    assert_eq!(record.accounts, Some(vec![]));
    assert_eq!(record.institution_name, Some(InstitutionName::of(&bank())));
    let failed = after_start(&held, &Recognised::default(), 24 * 60).0;
    assert_eq!(failed, held, "a failure is no answer, however old the link");
}

#[test]
fn only_links_that_are_shown_are_asked_about_and_twenty_at_most() {
    let parked = in_state(bound(&shown(50, &ana(), 0), &ana(), None), LinkState::Superseded);
    let mut held = connected(1..=30);
    held.links.push(parked);
    let asked = wanted(&held, &UserPlan::default());
    assert_eq!((asked.links.len(), asked.institutions), (20, vec![bank()]));
    assert!(!asked.links.contains(&link_id(50)));
    let (after, plan) = after_start(&held, &told((1..=30).map(|n| account(n, "1")).collect()), 60);
    assert_eq!(wanted(&after, &UserPlan::default()).links.len(), 10, "the rest at the next start");
    assert_eq!(plan.changes.len(), 30, "names are for all");
}

#[test]
fn a_link_that_changes_anyway_is_changed_once() {
    let held = connected([1]);
    let seen = [with_status(shown(1, &ana(), 0), LinkStatus::Invalid)];
    let (markers, at) = (crate::plan::Markers::new(), notice(Source::SessionStart, 60));
    let news = crate::plan::News { seen: &seen, missing: &[], named: None, markers: &markers, notice: at };
    let mut plan = crate::plan::plan_user(&held, &news, &Policy::default());
    let asked = wanted(&held, &plan);
    recognise(&held, &mut plan, &asked, &told(vec![account(1, "1234")]), at, &Policy::default());
    let [Change::Link(record)] = plan.changes.as_slice() else { panic!("one change: {plan:?}") };
    assert_eq!((record.revision, plan.audit.len(), record.state), (2, 1, LinkState::NeedsUpdate));
    assert!(record.accounts.is_some() && record.last_observed_at == minute(60));
}

#[test]
fn a_survivor_that_must_not_change_is_changed_on_the_same_condition() {
    let held = connected([1, 2]);
    let record = held.link(link_id(1)).expect("hers");
    let stands = Change::Stands(crate::change::Standing {
        owner: ana(),
        link_id: record.link_id,
        revision: record.revision,
    });
    let mut plan = UserPlan { changes: vec![stands], ..UserPlan::default() };
    let asked = wanted(&held, &plan);
    let at = notice(Source::SessionStart, 60);
    recognise(&held, &mut plan, &asked, &told(vec![]), at, &Policy::default());
    assert!(!plan.changes.iter().any(|change| matches!(change, Change::Stands(_))), "{plan:?}");
    assert_eq!(plan.changes.len(), 2);
}
