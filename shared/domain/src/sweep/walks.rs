//! Days, zones, lists that shift while they are read, and sweeps that look at less than everything.

use jiff::SignedDuration;

use super::{
    tests::{actions, swept_at},
    *,
};
use crate::{
    change::{Change, carry_out},
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink, QuarantineReason},
    ports::Account,
    testing::{
        Belvo, Call, Hand, Table, ana, bank, bia, bound, finished, ledger, link_id, minute, ordered, report,
        session, session_id, shown, spent, tick, with_login, with_status,
    },
};

const DAY: i64 = 24 * 60;

fn swept_in(table: &Table, belvo: &Belvo, at: i64, scope: Scope) -> Report {
    let order = Order { scope: Some(scope), take_over: true, ..Order::default() };
    report(ordered(table, belvo, &Hand::at(minute(at)), &Policy::default(), &order))
}

fn holding(links: &[ProviderLink]) -> Table {
    let records: Vec<LinkRecord> = links.iter().map(|link| bound(link, &ana(), None)).collect();
    Table::holding([ledger(&ana(), records, vec![])])
}

#[test]
fn in_whatever_zone_belvos_days_begin_nothing_is_missed_and_nothing_taken_for_absent() {
    let links: Vec<_> = (0..60).map(|n| shown(n, &ana(), i64::from(n) * 97)).collect();
    for zone in [-12, -5, 0, 3, 14] {
        let (table, belvo) = (holding(&links[..50]), Belvo::showing(links.clone()));
        belvo.lie_east(zone);
        let report = swept_at(&table, &belvo, 6 * DAY);
        let counts = &report.counts;
        assert_eq!((counts.listed, counts.known, counts.absent), (60, 50, 0), "{zone}");
        assert_eq!(report.count(Action::Quarantine), 10, "no session explains the others");
    }
}

#[test]
fn what_came_and_went_since_a_sweep_of_an_empty_account_is_missed() {
    let (table, belvo) = (holding(&[]), Belvo::default());
    swept_at(&table, &belvo, 0);
    let links = [shown(1, &ana(), DAY), shown(2, &ana(), 6 * DAY)];
    for link in &links {
        let record = bound(link, &ana(), None);
        let changes = vec![Change::Own(link.id, ana()), Change::Link(record)];
        finished(carry_out(&table, &Hand::at(minute(0)), changes, vec![])).expect("bound");
    }
    let [_, stays] = links;
    belvo.show(stays);
    assert_eq!(swept_at(&table, &belvo, 7 * DAY).counts.absent, 1);
}

#[test]
fn a_planted_link_on_the_other_side_of_midnight_still_makes_both_ambiguous() {
    for (zone, midnight) in [(0, DAY), (0, 2 * DAY), (-12, DAY), (14, DAY), (-3, DAY), (-3, DAY + 180)] {
        let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), midnight - 8)])]);
        let others = (10..30).map(|n| shown(n, &bia(), i64::from(n) * 200));
        let belvo =
            Belvo::showing(others.chain([shown(1, &ana(), midnight - 1), shown(2, &ana(), midnight + 1)]));
        belvo.lie_east(zone);
        swept_at(&table, &belvo, 9 * DAY);
        for number in [1, 2] {
            let reason = table.quarantined(link_id(number)).map(|link| link.reason);
            assert_eq!(reason, Some(QuarantineReason::Ambiguous), "link {number}, zone {zone}, {midnight}");
        }
    }
}

#[test]
fn a_link_with_a_date_that_cannot_be_is_seen_all_the_same() {
    let far = |number, years: i64| ProviderLink {
        created_at: minute(0) + SignedDuration::from_hours(24 * 365 * years),
        ..shown(number, &ana(), 0)
    };
    let (table, belvo) = (holding(&[]), Belvo::showing([far(1, 40), far(2, -40), shown(3, &ana(), 0)]));
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.counts.listed, report.count(Action::Quarantine)), (3, 3));
    assert_eq!(swept_at(&table, &belvo, 90).counts.actions.len(), 0);
}

#[test]
fn a_recent_sweep_finds_what_is_new_and_asks_for_little() {
    let old = shown(1, &ana(), -30 * DAY);
    let table =
        Table::holding([ledger(&ana(), vec![bound(&old, &ana(), None)], vec![session(2, &ana(), 0)])]);
    let belvo = Belvo::showing([old, shown(2, &ana(), 5)]);
    let report = swept_in(&table, &belvo, 60, Scope::Recent);
    assert_eq!((report.count(Action::Bind), report.counts.absent), (1, 0));
    assert!(report.spent.belvo_calls <= 5, "{:?}", belvo.calls());
}

#[test]
fn a_recent_sweep_notes_an_old_link_that_needs_a_new_login_page_by_page() {
    let links: Vec<_> = (1..=5).map(|n| shown(n, &ana(), -30 * DAY)).collect();
    let (table, belvo) = (holding(&links), Belvo::default());
    for link in &links {
        belvo.show(with_status(link.clone(), LinkStatus::Invalid));
    }
    let refreshed: Vec<_> = (0..4)
        .map(|hour| swept_in(&table, &belvo, 60 * hour, Scope::Recent).count(Action::Refresh))
        .collect();
    assert_eq!(refreshed, [2, 2, 1, 0], "a page at a time");
}

#[test]
fn a_recent_sweep_of_a_day_without_links_is_no_empty_listing() {
    let (table, belvo) =
        (holding(&[shown(1, &ana(), -30 * DAY)]), Belvo::showing([shown(1, &ana(), -30 * DAY)]));
    let report = swept_in(&table, &belvo, 60, Scope::Recent);
    assert_eq!((report.counts.listed, report.breakers.len(), report.canary), (0, 0, Canary::NotNeeded));
}

#[test]
fn a_sweep_of_some_days_leaves_the_others_alone() {
    let gone = shown(1, &ana(), 0);
    let kept: Vec<_> = [(2, DAY), (3, 5 * DAY), (4, 9 * DAY)].map(|(n, at)| shown(n, &ana(), at)).into();
    let table = holding(&[&[gone], &kept[..]].concat());
    let belvo = Belvo::showing(kept.iter().cloned().map(|link| with_status(link, LinkStatus::Invalid)));
    let days = |from, to| Scope::Days { from: scope::day(minute(from)), to: scope::day(minute(to)) };
    let report = swept_in(&table, &belvo, 20 * DAY, days(4 * DAY, 6 * DAY));
    assert_eq!((report.count(Action::Refresh), report.counts.absent), (1, 0));
    let report = swept_in(&table, &belvo, 20 * DAY, days(0, 2 * DAY));
    assert_eq!((report.count(Action::Refresh), report.count(Action::NoteMissing)), (1, 1));
}

#[test]
fn a_sweep_of_one_user_settles_that_user() {
    let (there, gone) = (shown(1, &ana(), 0), shown(2, &ana(), 0));
    let records = [&there, &gone].map(|link| bound(link, &ana(), None));
    let table = Table::holding([ledger(&ana(), records.into(), vec![session(3, &ana(), 10)])]);
    let belvo = Belvo::showing([there, shown(3, &ana(), 12), shown(4, &bia(), 12)]);
    let report = swept_in(&table, &belvo, 60, Scope::User(ana()));
    let counts = &report.counts;
    assert_eq!((counts.listed, counts.known, counts.absent, report.canary), (2, 2, 1, Canary::Passed));
    assert_eq!((report.count(Action::Bind), report.count(Action::NoteMissing)), (1, 1));
    assert_eq!(table.quarantined(link_id(4)), None, "another's");
}

#[test]
fn links_without_a_login_that_share_an_account_are_reported_and_left_as_they_are() {
    let nameless = |n| ProviderLink { institution_user_id: None, ..shown(n, &ana(), 0) };
    let links: Vec<_> = (1..=3).map(nameless).collect();
    let (table, belvo) = (holding(&links), Belvo::showing(links));
    belvo.open_accounts([(1, "01"), (2, "01"), (3, "02")].map(|(link, number)| Account {
        link_id: link_id(link),
        institution: bank(),
        name: Some("Nómina".to_owned()),
        number: Some(number.to_owned()),
        category: None,
        currency: None,
    }));
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.counts.probable_duplicates, table.commits()), (1, 0));
    assert_eq!(report.probable, [vec![link_id(1), link_id(2)]]);
    assert_eq!(table.link(&ana(), link_id(1)).expect("bound").state, LinkState::Active);
    belvo.fail(Call::Accounts);
    assert_eq!(swept_at(&table, &belvo, 90).counts.unanswered, 3, "and the sweep goes on");
}

#[test]
fn a_tick_whose_time_is_up_leaves_its_place_to_the_next() {
    let links: Vec<_> = (0..60).map(|n| shown(n, &ana(), i64::from(n) * 300)).collect();
    let (table, belvo) = (holding(&[]), Belvo::showing(links));
    let policy = Policy::default();
    let (mut ticks, mut remaining) = (0, Vec::new());
    let last = loop {
        ticks += 1;
        let order = Order { scope: Some(Scope::Full), until: Some(minute(0)), ..Order::default() };
        match ordered(&table, &belvo, &Hand::at(minute(60 * DAY + ticks)), &policy, &order).expect("a tick") {
            Outcome::Unfinished(report) => remaining.push(report.remaining_days),
            Outcome::Finished(report) => break report,
            Outcome::Overtaken(_) | Outcome::Busy(_) | Outcome::NothingDue => panic!("nobody else is there"),
        }
    };
    assert!(ticks > 10 && remaining.iter().rev().skip(3).is_sorted(), "{remaining:?}");
    assert!(remaining.iter().any(|days| *days > 30), "{remaining:?}");
    assert_eq!(
        (last.counts.listed, last.count(Action::Quarantine), last.spent.belvo_calls),
        (60, 60, belvo.calls().len() as u64)
    );
}

#[test]
fn a_login_that_two_users_have_is_counted_and_never_merged() {
    let links = [with_login(shown(1, &ana(), 0), "same"), with_login(shown(2, &bia(), 1), "same")];
    let hold = |link: &ProviderLink, owner: ExternalId, n| {
        ledger(&owner, vec![bound(link, &owner, Some(n))], vec![spent(session(n, &owner, 0), n)])
    };
    let table = Table::holding([hold(&links[0], ana(), 1), hold(&links[1], bia(), 2)]);
    let report = swept_at(&table, &Belvo::showing(links), 60);
    assert_eq!((report.counts.shared_logins, report.counts.actions.len(), table.commits()), (1, 0, 0));
    assert_eq!(table.link(&ana(), link_id(1)).and_then(|r| r.session_id), Some(session_id(1)));
}

#[test]
fn links_that_are_there_but_never_listed_do_not_hide_one_that_is_gone() {
    let links: Vec<_> = (1..=5).map(|n| shown(n, &ana(), 0)).collect();
    let records = links.iter().map(|link| bound(link, &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), records, vec![])]);
    let belvo = Belvo::showing(links);
    (1..=3).for_each(|n| belvo.unlist(link_id(n)));
    belvo.remove(link_id(4));
    let policy = Policy { probes_per_sweep: 1, ..Policy::default() };
    for hour in 1..=40 {
        let hand = Hand::at(minute(60 * hour)); // a rhythm that meets the same remainder each time
        tick(&table, &belvo, &hand, &policy).expect("a sweep");
    }
    assert_eq!(actions(&table), [Action::NoteMissing, Action::Retire]);
}

#[test]
fn an_index_that_lags_costs_a_look_and_changes_nothing() {
    let (mine, nobodys) = (shown(1, &ana(), 0), ProviderLink { claim: Claim::Absent, ..shown(2, &ana(), 0) });
    let (table, belvo) = (holding(&[mine, shown(3, &ana(), 0)]), Belvo::default());
    belvo.show(shown(1, &ana(), 0));
    belvo.show(shown(3, &ana(), 0));
    belvo.show(nobodys);
    swept_at(&table, &belvo, 60);
    let before = table.commits();
    for number in [1, 2, 3] {
        table.lag_behind(link_id(number));
        let report = swept_at(&table, &belvo, 90 + i64::from(number));
        assert_eq!(
            (report.counts.conflicts, report.counts.absent, table.commits()),
            (0, 0, before),
            "{number}"
        );
    }
}

#[test]
fn an_account_without_links_is_looked_at_in_two_calls_once_that_is_known() {
    let (table, belvo) = (holding(&[]), Belvo::default());
    swept_at(&table, &belvo, 60);
    let before = belvo.calls().len();
    assert_eq!(swept_at(&table, &belvo, 90).counts.listed, 0);
    assert_eq!(belvo.calls().len() - before, 2);
}

#[test]
fn one_users_damaged_records_do_not_stop_the_others_in_any_stage() {
    let same = |number, owner: &ExternalId| with_login(shown(number, owner, i64::from(number)), "same");
    let hold = |owner: &ExternalId, first: u8, waits: u8| {
        let links = [same(first, owner), same(first + 1, owner)];
        let records = links.map(|link| bound(&link, owner, None)).to_vec();
        let session = session(waits, owner, 10);
        let named = LinkRecord::pending(link_id(waits), &session, bank(), minute(15));
        ledger(owner, [records, vec![named]].concat(), vec![session])
    };
    let table = Table::holding([hold(&ana(), 1, 11), hold(&bia(), 3, 13)]);
    table.damage(ana());
    let shows = [same(1, &ana()), same(2, &ana()), same(3, &bia()), same(4, &bia())];
    let belvo = Belvo::showing(shows.into_iter().chain([shown(11, &ana(), 12), shown(13, &bia(), 12)]));
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.count(Action::Bind), report.count(Action::Supersede)), (1, 1), "Bia's");
    assert_eq!(report.counts.refused, 3, "named, listed, and in a group");
}

#[test]
fn the_first_call_that_fails_ends_the_asking_by_name() {
    let named = session(1, &ana(), 0);
    let waiting = (1..=4).map(|number| LinkRecord::pending(link_id(number), &named, bank(), minute(5)));
    let table = Table::holding([ledger(&ana(), waiting.collect(), vec![named])]);
    let belvo = Belvo::showing([shown(9, &bia(), 0)]);
    belvo.fail(Call::Link);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!(report.counts.unanswered, 4);
    assert_eq!(belvo.calls().iter().filter(|call| **call == Call::Link).count(), 1, "each would be repeated");
}
