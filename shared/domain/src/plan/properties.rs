//! What holds for every plan, whatever we hold and whatever Belvo says.

use std::collections::BTreeMap;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    change::{Action, Change},
    explain::{Explanation, by_named},
    link::{Claim, LinkRecord, LinkState, Marker, ProviderLink},
    plan::UserPlan,
    policy::{BindingProof, Negatives, Policy},
    testing::{Case, case},
    values::LinkId,
};

fn link_of(change: &Change) -> Option<&LinkRecord> {
    match change {
        Change::Link(record) => Some(record),
        Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    }
}

/// The records that a plan writes.
fn written(plan: &UserPlan) -> Vec<&LinkRecord> {
    plan.changes.iter().filter_map(link_of).collect()
}

/// The records that a plan binds.
fn newly_bound<'a>(case: &Case, plan: &'a UserPlan) -> Vec<&'a LinkRecord> {
    let new = |id| case.ledger.link(id).is_none_or(|before| !before.state.is_bound());
    let records = written(plan).into_iter().filter(|record| record.holds_link() && new(record.link_id));
    records.collect()
}

fn seen(case: &Case, id: LinkId) -> Option<&ProviderLink> {
    case.seen.iter().find(|link| link.id == id)
}

/// Connected records by login, superseded ones counted apart.
fn groups(links: &[LinkRecord]) -> BTreeMap<String, (usize, usize)> {
    let mut groups = BTreeMap::new();
    for record in links.iter().filter(|record| record.is_live()) {
        if let Some(login) = &record.institution_user_id {
            let counts: &mut (usize, usize) = groups.entry(login.as_str().to_owned()).or_default();
            let superseded = record.state == LinkState::Superseded;
            if superseded { counts.1 += 1 } else { counts.0 += 1 }
        }
    }
    groups
}

/// The properties below are worth as much as the cases they see.
#[test]
fn the_cases_are_rich_in_what_is_rare() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..2_000 {
        let plan = case().new_tree(&mut runner).expect("a case").current().plan();
        let decided = plan.decisions.values().map(|decision| format!("{decision:?}"));
        let words = decided.map(|word| word.split(['(', '{', ' ']).next().unwrap_or_default().to_owned());
        let reasons = plan.changes.iter().filter_map(|change| {
            let Change::Quarantine(link) = change else { return None };
            Some(format!("{:?}", link.reason))
        });
        let actions = plan.audit.iter().map(|event| format!("{:?}!", event.action));
        for word in words.chain(reasons).chain(actions) {
            *seen.entry(word).or_default() += 1;
        }
    }
    for rare in [
        "Bind",
        "Refresh",
        "Unchanged",
        "Wait",
        "Refuse",
        "NoExternalId",
        "MalformedExternalId",
        "NoSession",
        "SessionUsed",
        "Ambiguous",
        "Bind!",
        "Refresh!",
        "Supersede!",
        "Restore!",
        "NoteMissing!",
        "Retire!",
        "Drop!",
        "Quarantine!",
    ] {
        assert!(seen.get(rare).is_some_and(|count| *count >= 20), "{rare} is too rare in {seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_news_in_any_order_or_twice_gives_the_same_plan(case in case(), turn in 0..6_usize) {
        let mut other = case.clone();
        other.seen.extend(case.seen.clone());
        other.seen.reverse();
        other.missing.reverse();
        other.ledger.sessions.reverse();
        if !other.ledger.links.is_empty() {
            let turn = turn % other.ledger.links.len();
            other.ledger.links.rotate_left(turn);
        }
        prop_assert_eq!(case.plan(), other.plan());
    }

    /// I4, I10.
    #[test]
    fn planning_again_after_carrying_out_changes_nothing(case in case()) {
        let first = case.plan();
        let next = case.after(&first);
        let second = next.plan();
        let dropped = first.audit.iter().any(|event| event.action == Action::Drop);
        prop_assert!(second.is_empty() || dropped, "{:#?}", second);
        let third = next.after(&second).plan(); // a session may have waited for the dropped link
        prop_assert!(third.is_empty(), "{:#?}", third);
    }

    /// I6. What a run must not take away may stand twice, but never not at all.
    #[test]
    fn a_group_keeps_one_link_that_is_not_superseded(case in case()) {
        let after = case.after(&case.plan());
        for (login, (standing, superseded)) in groups(&after.ledger.links) {
            let alone = standing == 1 || case.policy.negatives != Negatives::Allowed;
            prop_assert!(standing > 0 && alone, "{} has {} beside {}", login, standing, superseded);
        }
    }

    /// I5.
    #[test]
    fn a_revision_rises_by_one_and_never_falls(case in case()) {
        for record in written(&case.plan()) {
            let before = case.ledger.link(record.link_id).map_or(0, |before| before.revision);
            prop_assert_eq!(record.revision, before + 1);
        }
    }

    /// I14.
    #[test]
    fn every_changed_link_has_exactly_one_audit_event(case in case()) {
        let plan = case.plan();
        let mut changed: Vec<_> = plan.changes.iter().filter_map(|change| match change {
            Change::Link(record) => Some((record.link_id, false)),
            Change::Quarantine(link) => Some((link.link_id, true)),
            Change::Own(..) | Change::Session(_) | Change::Stands(_) | Change::Intent(_) | Change::Unmarked(_) => None,
        }).collect();
        let mut told: Vec<_> = plan.audit.iter().filter_map(|event| {
            event.link_id.map(|id| (id, event.action == Action::Quarantine))
        }).collect();
        changed.sort_unstable();
        told.sort_unstable();
        prop_assert_eq!(changed, told);
        prop_assert_eq!(plan.audit.len(), plan.audit.iter().filter(|event| event.link_id.is_some()).count());
    }

    /// I11.
    #[test]
    fn a_final_record_never_changes(case in case()) {
        for record in written(&case.plan()) {
            prop_assert!(case.ledger.link(record.link_id).is_none_or(|before| !before.is_buried()));
        }
    }

    /// I1.
    #[test]
    fn each_bound_link_has_a_session_of_its_own_that_covers_it(case in case()) {
        let policy = Policy { proof: BindingProof::Session, ..case.policy.clone() };
        let case = Case { policy, ..case };
        let plan = case.plan();
        let after = case.after(&plan).ledger;
        for record in newly_bound(&case, &plan) {
            let id = record.session_id.clone().expect("a session explains it");
            let session = case.ledger.session(&id).expect("a session of this user");
            let link = seen(&case, record.link_id).expect("Belvo shows it");
            prop_assert_eq!(by_named(session, link, &case.policy), Explanation::By(id.clone()));
            let made: Vec<_> = after.links.iter().filter(|other| {
                other.holds_link() && other.session_id.as_ref() == Some(&id)
            }).collect();
            prop_assert_eq!(made.len(), 1);
            prop_assert_eq!(after.session(&id).expect("kept").link_id, Some(record.link_id));
        }
    }

    /// I12.
    #[test]
    fn what_belvo_or_we_say_is_anothers_is_never_bound(case in case()) {
        for record in newly_bound(&case, &case.plan()) {
            prop_assert_eq!(&record.owner, &case.ledger.user.external_id);
            let link = seen(&case, record.link_id).expect("Belvo shows it");
            prop_assert_eq!(&link.claim, &Claim::Named(record.owner.clone()));
            let held = case.markers.get(&record.link_id);
            prop_assert!(!matches!(held, Some(Marker::Owned(owner)) if *owner != record.owner));
        }
    }

    #[test]
    fn ownership_is_taken_once_with_the_binding_and_never_without(case in case()) {
        let plan = case.plan();
        let mut owned: Vec<_> = plan.changes.iter().filter_map(|change| match change {
            Change::Own(id, _) => Some(*id),
            Change::Link(_) | Change::Quarantine(_) | Change::Session(_) | Change::Stands(_) | Change::Intent(_) | Change::Unmarked(_) => None,
        }).collect();
        let mut bound: Vec<_> = newly_bound(&case, &plan).iter().map(|record| record.link_id).collect();
        owned.sort_unstable();
        bound.sort_unstable();
        prop_assert_eq!(owned, bound);
    }

    /// I8.
    #[test]
    fn a_run_that_must_not_take_away_takes_nothing_away(case in case()) {
        let policy = Policy { negatives: Negatives::Since(jiff::Timestamp::MAX), ..case.policy.clone() };
        prop_assert_eq!(Case { policy, ..case }.plan().negatives(), 0);
    }

    /// I7.
    #[test]
    fn only_a_noted_link_is_retired_and_only_after_the_grace(case in case()) {
        let plan = case.plan();
        for event in plan.audit.iter().filter(|event| event.action == Action::Retire) {
            let before = case.ledger.link(event.link_id.expect("a link")).expect("held");
            let since = before.missing_since.expect("noted before");
            prop_assert!(case.missing.contains(&before.link_id));
            prop_assert!(case.notice.asked_at.duration_since(since) >= case.policy.ghost_grace);
        }
    }
}
