//! The sweep over a table and a Belvo in memory: what it must not do first.

use std::sync::Mutex;

use super::*;
use crate::{
    change::Action,
    link::{Claim, LinkRecord, LinkState, LinkStatus, Marker, ProviderLink, QuarantineReason},
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, pending, report,
        session, shown, swept, tick, with_login, with_status,
    },
};

/// Ana holds links 1 to 6, Bia link 7; all are at Belvo.
fn seven() -> (Table, Belvo, Vec<ProviderLink>) {
    let links: Vec<_> = (1..=7).map(|n| shown(n, &if n == 7 { bia() } else { ana() }, 0)).collect();
    let records = |owner: &ExternalId| -> Vec<LinkRecord> {
        links.iter().filter(|link| link.claim.names(owner)).map(|link| bound(link, owner, None)).collect()
    };
    let table =
        Table::holding([ledger(&ana(), records(&ana()), vec![]), ledger(&bia(), records(&bia()), vec![])]);
    (table, Belvo::showing(links.clone()), links)
}

pub(super) fn swept_at(table: &Table, belvo: &Belvo, at: i64) -> Report {
    swept(table, belvo, &Hand::at(minute(at)), &Policy::default())
}

/// Remembers the steps.
#[derive(Default)]
struct Seen(Mutex<Vec<Step>>);

impl Watcher for Seen {
    fn step(&self, step: &Step) {
        self.0.lock().expect("one thread").push(step.clone());
    }
    fn progress(&self, _: &Progress) {}
}

pub(super) fn actions(table: &Table) -> Vec<Action> {
    table.audit().iter().map(|event| event.action).collect()
}

#[test]
fn a_failed_page_changes_and_files_nothing() {
    let (table, belvo, _) = seven();
    belvo.show(shown(8, &ana(), 5));
    belvo.fail(Call::Page(3));
    let hand = Hand::at(minute(60));
    let swept = tick(&table, &belvo, &hand, &Policy::default());
    assert!(matches!(swept, Err(SweepError::Provider(_))));
    assert_eq!((table.commits(), table.filed()), (0, 0));
}

#[test]
fn an_empty_listing_takes_nothing_away() {
    for number in [1, 7] {
        let (table, belvo, _) = seven();
        (number..=7).for_each(|n| belvo.unlist(link_id(n)));
        (1..number).for_each(|n| belvo.remove(link_id(n)));
        let report = swept_at(&table, &belvo, 60);
        assert_eq!((report.counts.listed, report.canary, report.counts.absent), (0, Canary::Failed, 7));
        assert_eq!((actions(&table), table.filed()), (vec![], 1));
    }
}

#[test]
fn an_empty_listing_takes_nothing_away_from_a_small_account_either() {
    let same = |number, at| bound(&with_login(shown(number, &ana(), at), "same"), &ana(), None);
    let table = Table::holding([ledger(&ana(), vec![same(1, 0), same(2, 1)], vec![])]);
    let report = swept_at(&table, &Belvo::default(), 60);
    assert_eq!((report.withheld, actions(&table)), (1, vec![]));
}

#[test]
fn a_listing_that_shrank_takes_nothing_away_but_still_adds() {
    let (table, belvo, links) = seven();
    (4..=7).for_each(|n| belvo.remove(link_id(n)));
    belvo.show(with_status(links[0].clone(), LinkStatus::Invalid));
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.canary, report.counts.absent, report.withheld), (Canary::Passed, 4, 4));
    assert_eq!(actions(&table), [Action::Refresh]);
}

#[test]
fn a_failed_canary_lets_nothing_be_concluded_from_absence() {
    let (table, belvo, _) = seven();
    belvo.remove(link_id(7));
    belvo.fail(Call::Link);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.canary, report.counts.absent, report.counts.unanswered), (Canary::Failed, 1, 1));
    assert_eq!(actions(&table), []);
}

#[test]
fn a_failed_canary_withholds_superseding_too() {
    let links = [1, 2, 3].map(|n| with_login(shown(n, &ana(), 0), if n == 3 { "other" } else { "same" }));
    let records = links.iter().map(|link| bound(link, &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), records, vec![])]);
    let belvo = Belvo::showing(links);
    belvo.unlist(link_id(3));
    belvo.fail(Call::Link);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.canary, report.withheld, actions(&table)), (Canary::Failed, 1, vec![]));
    belvo.recover();
    swept_at(&table, &belvo, 61);
    assert_eq!(actions(&table), [Action::Supersede]);
}

#[test]
fn a_server_that_finds_everything_fails_the_canary() {
    let (table, belvo, _) = seven();
    belvo.show(ProviderLink { id: LinkId::nil(), ..shown(9, &ana(), 0) });
    belvo.unlist(LinkId::nil());
    belvo.remove(link_id(7));
    assert_eq!(swept_at(&table, &belvo, 60).canary, Canary::Failed);
    assert_eq!(actions(&table), []);
}

#[test]
fn a_list_that_goes_in_circles_comes_to_an_end() {
    let (table, belvo, _) = seven();
    belvo.run_in_circles();
    let report = swept_at(&table, &belvo, 60);
    assert_eq!(report.counts.listed, 7);
    assert!(belvo.calls().len() < 40, "{}", belvo.calls().len());
}

#[test]
fn absence_from_the_list_alone_is_no_evidence() {
    let (table, belvo, _) = seven();
    belvo.unlist(link_id(7));
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.counts.absent, report.canary, actions(&table)), (1, Canary::Passed, vec![]));
}

#[test]
fn a_ghost_is_retired_by_two_sweeps_a_grace_apart_and_a_third_changes_nothing() {
    let (table, belvo, _) = seven();
    belvo.remove(link_id(7));
    swept_at(&table, &belvo, 60);
    swept_at(&table, &belvo, 79);
    assert_eq!(actions(&table), [Action::NoteMissing]);
    swept_at(&table, &belvo, 80);
    assert_eq!(actions(&table), [Action::NoteMissing, Action::Retire]);
    let third = swept_at(&table, &belvo, 200);
    assert_eq!((table.commits(), third.counts.absent, third.counts.actions.len()), (2, 0, 0));
}

#[test]
fn too_many_ghosts_are_all_withheld() {
    let links: Vec<_> = (1..=40).map(|n| shown(n, &ana(), 0)).collect();
    let records = links.iter().map(|link| bound(link, &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), records, vec![])]);
    let report = swept_at(&table, &Belvo::showing(links.into_iter().skip(6)), 60);
    assert_eq!((report.canary, report.withheld, actions(&table)), (Canary::Passed, 6, vec![]));
}

#[test]
fn a_link_that_waited_for_belvo_is_resolved_by_the_next_sweep() {
    let named = session(1, &ana(), 0);
    let waiting = vec![pending(1, &named, 6), pending(2, &named, 7)];
    let held = ledger(&ana(), waiting, vec![named]);
    let table = Table::holding([held]);
    let report = swept_at(&table, &Belvo::showing([shown(1, &ana(), 5)]), 40);
    assert_eq!((report.count(Action::Bind), report.count(Action::Drop)), (1, 1));
    assert_eq!(table.link(&ana(), link_id(1)).expect("bound").state, LinkState::Active);
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(ana())));
}

#[test]
fn naming_anothers_link_while_belvo_is_down_does_not_bar_its_owner() {
    let hers = session(1, &ana(), 0);
    let waiting = vec![pending(1, &session(2, &bia(), 0), 6)];
    let table = Table::holding([ledger(&ana(), vec![], vec![hers]), ledger(&bia(), waiting, vec![])]);
    let belvo = Belvo::showing([shown(1, &ana(), 5)]);
    swept_at(&table, &belvo, 7);
    assert_eq!(actions(&table), [Action::Drop], "young for its owner, refused to the other");
    swept_at(&table, &belvo, 60);
    assert_eq!(table.link(&ana(), link_id(1)).expect("bound").state, LinkState::Active);
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(ana())));
}

#[test]
fn a_dropped_link_of_nobody_is_set_aside_once() {
    let waiting = vec![pending(1, &session(1, &ana(), 0), 6)];
    let table = Table::holding([ledger(&ana(), waiting, vec![])]);
    let belvo = Belvo::showing([ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 5) }]);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.counts.conflicts, actions(&table)), (0, vec![Action::Drop, Action::Quarantine]));
    let next = swept_at(&table, &belvo, 61);
    assert_eq!((next.counts.actions.len(), table.commits()), (0, 1));
}

#[test]
fn what_names_nobody_of_ours_is_set_aside_with_its_reason_and_no_more() {
    let nobody = ExternalId::parse("nobody").expect("valid");
    let belvo = Belvo::showing([
        ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 5) },
        ProviderLink { claim: Claim::Malformed, ..shown(2, &ana(), 5) },
        shown(3, &nobody, 5),
        shown(4, &ana(), 5),
        shown(5, &nobody, 55),
        with_status(shown(6, &nobody, 5), LinkStatus::Unconfirmed),
    ]);
    let table = Table::holding([ledger(&ana(), vec![], vec![])]);
    let report = swept_at(&table, &belvo, 60);
    let reasons: Vec<_> = (1..=6).map(|n| table.quarantined(link_id(n)).map(|link| link.reason)).collect();
    let expected = [
        Some(QuarantineReason::NoExternalId),
        Some(QuarantineReason::MalformedExternalId),
        Some(QuarantineReason::UnknownUser),
        Some(QuarantineReason::NoSession),
        None,
        None,
    ];
    assert_eq!(reasons, expected);
    assert_eq!((report.count(Action::Quarantine), report.counts.quarantined), (4, 0));
    assert_eq!(swept_at(&table, &belvo, 61).counts.actions.len(), 0);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 0)])]);
    let belvo = Belvo::showing([shown(1, &ana(), 5)]);
    let hand = Hand::at(minute(60));
    let seen = Seen::default();
    let policy = Policy::default();
    let sweeper =
        Sweeper { store: &table, provider: &belvo, ambient: &hand, policy: &policy, watcher: &seen };
    let order = Order { scope: Some(Scope::Full), dry_run: true, ..Order::default() };
    let report = report(finished(sweeper.tick(&order)));
    let [step] = seen.0.into_inner().expect("one thread").try_into().expect("one step");
    assert_eq!((step.action, step.link_id, step.external_id), (Action::Bind, Some(link_id(1)), Some(ana())));
    assert_eq!((step.before, step.after), (None, Some(LinkState::Active)));
    assert!(report.dry_run && report.count(Action::Bind) == 1);
    assert_eq!((table.commits(), table.filed()), (0, 0));
}

/// Ana and Bia have an orphan each.
fn two_orphans() -> (Table, Belvo) {
    let sessions = [session(1, &ana(), 0), session(2, &bia(), 0)];
    let [anas, bias] = sessions.map(|session| ledger(&session.owner.clone(), vec![], vec![session]));
    (Table::holding([anas, bias]), Belvo::showing([shown(1, &ana(), 5), shown(2, &bia(), 5)]))
}

#[test]
fn one_user_who_comes_too_late_does_not_stop_the_others_and_is_left_to_the_next_sweep() {
    let (table, belvo) = two_orphans();
    table.fail([Fault::Stale]);
    assert_eq!(swept_at(&table, &belvo, 60).counts.conflicts, 1);
    assert!(table.link(&ana(), link_id(1)).is_none() && table.link(&bia(), link_id(2)).is_some());
    assert_eq!(swept_at(&table, &belvo, 61).counts.conflicts, 0);
    assert!(table.link(&ana(), link_id(1)).is_some());
}

#[test]
fn a_commit_that_the_table_refuses_is_counted_and_a_table_that_is_busy_stops_the_tick() {
    let (table, belvo) = two_orphans();
    table.fail([Fault::Refused]);
    let swept = swept_at(&table, &belvo, 60);
    assert_eq!((swept.counts.refused, table.commits(), table.filed()), (1, 1, 1));
    let (table, belvo) = two_orphans();
    table.fail([Fault::Busy]);
    let swept = tick(&table, &belvo, &Hand::at(minute(60)), &Policy::default());
    assert!(matches!(swept, Err(SweepError::Store(_))));
    assert_eq!(table.filed(), 0, "though others had their turn at the same time");
}

#[test]
fn a_link_bound_meanwhile_to_another_is_a_conflict_and_stays_theirs() {
    let (table, belvo) = two_orphans();
    table.mark(link_id(1), Marker::Owned(bia()));
    assert_eq!(swept_at(&table, &belvo, 60).counts.conflicts, 1);
    assert_eq!(table.link(&ana(), link_id(1)), None);
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(bia())));
}
