//! A sweep that dies at any request whatever, and is gone on with, ends as one that lived.

use super::{Order, Outcome, Scope, Sweeper};
use crate::{
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkStatus, ProviderLink},
    policy::Policy,
    testing::{
        Belvo, Hand, Life, Shaky, Table, ana, bia, bound, finished, ledger, link_id, minute, pending, report,
        session, shown, spent, with_login, with_status,
    },
};

/// Everything that a sweep can meet: an orphan of each user, two pairs of duplicates, a ghost for the first and
/// one for the second time, a planted link, nobody's link, a link that waits for Belvo, and one that changed.
fn everything() -> (Table, Belvo) {
    let same = |number, owner: &ExternalId, at| with_login(shown(number, owner, at), "same");
    let kept = |link: &ProviderLink, owner: &ExternalId| bound(link, owner, None);
    let once = LinkRecord { missing_since: Some(minute(-100)), ..kept(&shown(4, &ana(), -1_500), &ana()) };
    let anas = vec![kept(&same(1, &ana(), -3_000), &ana()), kept(&same(2, &ana(), -1_440), &ana()), once];
    let waits = session(5, &bia(), -10);
    let mut bias: Vec<_> = (10..=15).map(|number| kept(&shown(number, &bia(), -2_000), &bia())).collect();
    bias.extend([
        kept(&shown(3, &bia(), -1_500), &bia()),
        kept(&same(6, &bia(), -2_900), &bia()),
        pending(5, &waits, -5),
    ]);
    let table = Table::holding([
        ledger(&ana(), anas, vec![session(7, &ana(), -700)]),
        ledger(&bia(), bias, vec![waits, session(8, &bia(), -800), spent(session(9, &bia(), -60), 9)]),
    ]);
    let changed = (10..=15).map(|number| match number {
        10 => with_status(shown(number, &bia(), -2_000), LinkStatus::Invalid),
        _ => shown(number, &bia(), -2_000),
    });
    let belvo = Belvo::showing(changed.chain([
        same(1, &ana(), -3_000),
        same(2, &ana(), -1_440),
        same(6, &bia(), -2_900),
        shown(7, &ana(), -695),
        same(8, &bia(), -795),
        shown(5, &bia(), -7),
        shown(20, &ana(), -5_000),
        ProviderLink { claim: Claim::Absent, ..shown(21, &ana(), -4_000) },
    ]));
    (table, belvo)
}

fn order() -> Order {
    Order { scope: Some(Scope::Full), take_over: true, ..Order::default() }
}

/// What is kept, but for who wrote what when.
fn kept(table: &Table) -> Vec<LinkRecord> {
    let both = [ana(), bia()].map(|user| table.read(&user).expect("registered").links);
    let timeless = |record: LinkRecord| LinkRecord {
        last_observed_at: minute(0),
        missing_since: record.missing_since.map(|_| minute(0)),
        ..record
    };
    both.into_iter().flatten().map(timeless).collect()
}

/// One life of a sweeper, a minute after the last.
fn live(table: &Table, belvo: &Belvo, hand: &Hand, life: &Life) -> Option<Outcome> {
    let (policy, order) = (Policy::default(), order());
    let (store, provider) = (Shaky(table, life), Shaky(belvo, life));
    let sweeper =
        Sweeper { store: &store, provider: &provider, ambient: hand, policy: &policy, watcher: &() };
    let outcome = finished(sweeper.tick(&order)).ok();
    outcome.filter(|_| !life.is_over())
}

fn undisturbed() -> (Vec<LinkRecord>, usize) {
    let (table, belvo) = everything();
    let life = Life::of(10_000, false);
    report(live(&table, &belvo, &Hand::at(minute(60)), &life).ok_or_else(|| panic!("it lived")));
    (kept(&table), table.audit().len())
}

#[test]
fn one_sweep_deals_with_everything_at_once() {
    let (table, belvo) = everything();
    let life = Life::of(10_000, false);
    let report = report(live(&table, &belvo, &Hand::at(minute(60)), &life).ok_or_else(|| panic!("it lived")));
    let counts: Vec<_> =
        report.counts.actions.iter().map(|(action, count)| format!("{action:?} {count}")).collect();
    assert_eq!(counts, ["Bind 3", "Refresh 1", "Supersede 2", "NoteMissing 1", "Retire 1", "Quarantine 2"]);
    assert_eq!((report.withheld, report.counts.conflicts, report.counts.shared_logins), (0, 0, 1));
    assert_eq!(table.link(&bia(), link_id(6)).and_then(|record| record.superseded_by), Some(link_id(8)));
}

#[test]
fn whenever_it_dies_whoever_comes_next_ends_what_it_began() {
    let (expected, events) = undisturbed();
    let mut deaths = 0;
    for dies_after in [false, true] {
        for requests in 1.. {
            let (table, belvo) = everything();
            let hand = Hand::at(minute(60));
            if live(&table, &belvo, &hand, &Life::of(requests, dies_after)).is_some() {
                break;
            }
            deaths += 1;
            hand.pass(1);
            let outcome = live(&table, &belvo, &hand, &Life::of(10_000, false));
            assert!(matches!(outcome, Some(Outcome::Finished(_))), "after {requests}");
            assert_eq!(kept(&table), expected, "after {requests}, {dies_after}");
            assert_eq!(table.audit().len(), events, "nothing is done twice: after {requests}, {dies_after}");
        }
    }
    assert!(deaths > 60, "{deaths}");
}

#[test]
fn it_may_die_again_and_again() {
    let (expected, _) = undisturbed();
    let (table, belvo) = everything();
    let hand = Hand::at(minute(60));
    let mut lives = 0;
    let finished = (12..500).any(|requests| {
        lives += 1;
        live(&table, &belvo, &hand, &Life::of(requests, requests % 2 == 0)).is_some()
    });
    assert!(finished && lives > 3, "{lives}");
    assert_eq!(kept(&table), expected);
}
