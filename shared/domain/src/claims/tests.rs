//! Claims: what goes wrong first.

use super::*;
use crate::{
    callbacks::{Success, ingest},
    change::{Action, AuditEvent, WriterId},
    explain::{Explanation, explain},
    link::{LinkState, QuarantineReason},
    link_sessions::{For, Opened, open},
    ports::Aliases,
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, bound, finished, in_state, ledger, link_id, minute,
        pending, session, session_id, set_aside, shown, swept, with_login, with_status,
    },
    user::User,
};

fn of(user: ExternalId) -> Wanted {
    Wanted { user, link: link_id(1), by: By::User }
}

fn for_user(user: ExternalId) -> Wanted {
    Wanted { by: By::Operator, ..of(user) }
}

/// Ana and Bia are registered; these links are in quarantine.
fn table(held: &[ProviderLink]) -> Table {
    let table = Table::holding([ledger(&ana(), vec![], vec![]), ledger(&bia(), vec![], vec![])]);
    for link in held {
        table.mark(link.id, Marker::Quarantined(set_aside(link, QuarantineReason::NoSession)));
    }
    table
}

fn nobodys(claim: Claim) -> ProviderLink {
    ProviderLink { claim, ..shown(1, &ana(), 5) }
}

fn nobody() -> ExternalId {
    ExternalId::parse("nobody").expect("valid")
}

fn told(table: &Table, belvo: &Belvo, wanted: &Wanted) -> Result<Claimed, Outage> {
    finished(claim(table, belvo, &Hand::at(minute(60)), &Policy::default(), wanted))
}

fn actions(table: &Table) -> Vec<Action> {
    table.audit().iter().map(|event| event.action).collect()
}

#[track_caller]
fn assert_refused(table: &Table, belvo: &Belvo, wanted: &Wanted) {
    let claimed = told(table, belvo, wanted).expect("an answer");
    assert_eq!((claimed, table.commits()), (Claimed::NotTheirs, 0), "{wanted:?}");
}

#[test]
fn a_stranger_costs_no_call_to_belvo_and_learns_nothing_from_an_outage() {
    let link = shown(1, &ana(), 5);
    let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
    belvo.fail(Call::Link);
    for wanted in [of(bia()), of(nobody()), for_user(bia()), for_user(nobody())] {
        assert_refused(&table, &belvo, &wanted);
    }
    assert_refused(&table, &belvo, &Wanted { link: link_id(2), ..of(ana()) });
    assert_eq!(belvo.calls(), []);
}

#[test]
fn a_link_that_is_not_in_quarantine_is_not_to_be_claimed() {
    let link = shown(1, &ana(), 5);
    let belvo = Belvo::showing([link]);
    for wanted in [of(ana()), for_user(ana())] {
        assert_refused(&table(&[]), &belvo, &wanted);
        let owned = table(&[]);
        owned.mark(link_id(1), Marker::Owned(bia()));
        assert_refused(&owned, &belvo, &wanted);
    }
    let anas = session(1, &ana(), 0);
    let waiting = Table::holding([ledger(&ana(), vec![pending(1, &anas, 5)], vec![anas])]);
    assert_refused(&waiting, &belvo, &of(ana()));
    assert_eq!(belvo.calls(), []);
}

#[test]
fn a_buried_link_does_not_come_back_by_a_claim() {
    let link = shown(1, &ana(), 5);
    for state in [LinkState::Gone, LinkState::Deleting] {
        let record = in_state(bound(&link, &ana(), None), state);
        let table = Table::holding([ledger(&ana(), vec![record], vec![])]);
        assert_refused(&table, &Belvo::showing([link.clone()]), &of(ana()));
    }
}

#[test]
fn a_link_that_belvo_has_not_or_not_yet_is_not_to_be_claimed() {
    let link = shown(1, &ana(), 5);
    let unconfirmed = with_status(link.clone(), LinkStatus::Unconfirmed);
    for belvo in [Belvo::default(), Belvo::showing([unconfirmed])] {
        for wanted in [of(ana()), for_user(ana())] {
            assert_refused(&table(std::slice::from_ref(&link)), &belvo, &wanted);
        }
    }
}

#[test]
fn whom_belvos_record_names_now_counts_and_not_only_whom_it_named_before() {
    let table = table(&[shown(1, &ana(), 5)]);
    for other in [Claim::Absent, Claim::Malformed, Claim::Named(bia()), Claim::Named(nobody())] {
        assert_refused(&table, &Belvo::showing([nobodys(other)]), &of(ana()));
    }
    assert_refused(&table, &Belvo::showing([shown(1, &bia(), 5)]), &for_user(ana()));
}

#[test]
fn a_link_that_names_nobody_is_for_an_operator_to_give() {
    for claim in [Claim::Absent, Claim::Malformed, Claim::Named(nobody())] {
        let link = nobodys(claim);
        let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
        assert_refused(&table, &belvo, &of(ana()));
        assert_refused(&table, &belvo, &for_user(nobody()));
        assert!(matches!(told(&table, &belvo, &for_user(ana())), Ok(Claimed::Bound(_))));
        assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(ana())));
        let [event] = table.audit().try_into().expect("one event");
        assert_eq!((event.action, event.source), (Action::Claim, Source::Operator));
    }
}

#[test]
fn during_an_outage_nothing_is_promised_and_later_the_claim_works() {
    let link = shown(1, &ana(), 5);
    let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
    belvo.fail(Call::Link);
    assert!(matches!(told(&table, &belvo, &of(ana())), Err(Outage::Provider(_))));
    assert_eq!(table.commits(), 0);
    belvo.recover();
    assert!(matches!(told(&table, &belvo, &of(ana())), Ok(Claimed::Bound(_))));
}

#[test]
fn a_claim_that_loses_every_race_or_meets_a_throttled_table_promises_nothing() {
    for faults in [vec![Fault::Stale; ATTEMPTS], vec![Fault::Busy]] {
        let link = shown(1, &ana(), 5);
        let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
        table.fail(faults);
        assert!(matches!(told(&table, &belvo, &of(ana())), Err(Outage::Store(StoreError::Busy(_)))));
        assert_eq!((table.commits(), belvo.calls()), (0, vec![Call::Link]), "Belvo is asked once");
        table.fail([Fault::Stale]);
        assert!(matches!(told(&table, &belvo, &of(ana())), Ok(Claimed::Bound(_))));
    }
}

#[test]
fn a_claim_binds_once_without_a_session_and_a_repeated_one_is_known() {
    let link = shown(1, &ana(), 5);
    let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
    let Ok(Claimed::Bound(record)) = told(&table, &belvo, &of(ana())) else { panic!("bound") };
    assert_eq!((record.state, &record.session_id, &record.owner), (LinkState::Active, &None, &ana()));
    for wanted in [of(ana()), for_user(ana())] {
        assert_eq!(told(&table, &belvo, &wanted).expect("an answer"), Claimed::Known(record.clone()));
    }
    assert_eq!(
        (table.link(&ana(), link_id(1)), table.marker(link_id(1))),
        (Some(record), Some(Marker::Owned(ana())))
    );
    let [event] = table.audit().try_into().expect("one event");
    assert_eq!((event.action, event.source), (Action::Claim, Source::Claim));
    assert_eq!((table.commits(), belvo.calls()), (1, vec![Call::Link]));
}

/// The app knows a user who was brought in by another id than Belvo does.
#[test]
fn a_claim_under_the_apps_own_name_for_a_user_is_that_users() {
    let link = shown(1, &ana(), 5);
    let (table, belvo) = (table(std::slice::from_ref(&link)), Belvo::showing([link]));
    let user = User::new(ana(), minute(-60));
    let event = AuditEvent::new(minute(0), Action::Alias, Source::Backfill);
    finished(table.stand_for(&nobody(), &user, &event, &WriterId::mint([9; 16]))).expect("an answer");
    let Ok(Claimed::Bound(record)) = told(&table, &belvo, &of(nobody())) else { panic!("bound") };
    assert_eq!((&record.owner, table.marker(link_id(1))), (&ana(), Some(Marker::Owned(ana()))));
    assert_eq!(told(&table, &belvo, &of(ana())).expect("an answer"), Claimed::Known(record));
}

#[test]
fn a_claimed_link_to_an_account_that_is_connected_already_settles_the_duplicate() {
    let held = bound(&with_login(shown(2, &ana(), 1), "same"), &ana(), Some(1));
    let link = with_login(shown(1, &ana(), 5), "same");
    let table = Table::holding([ledger(&ana(), vec![held], vec![])]);
    table.mark(link.id, Marker::Quarantined(set_aside(&link, QuarantineReason::NoSession)));
    assert!(matches!(told(&table, &Belvo::showing([link]), &of(ana())), Ok(Claimed::Bound(_))));
    let parked = table.link(&ana(), link_id(2)).expect("kept");
    assert_eq!((parked.state, parked.superseded_by), (LinkState::Superseded, Some(link_id(1))));
    assert_eq!(actions(&table), [Action::Claim, Action::Supersede]);
}

#[test]
fn a_claim_takes_up_what_a_callback_left_waiting() {
    let (anas, link) = (session(1, &ana(), 0), shown(1, &ana(), 50));
    let table = Table::holding([ledger(&ana(), vec![pending(1, &anas, 5)], vec![anas])]);
    table.mark(link.id, Marker::Quarantined(set_aside(&link, QuarantineReason::NoSession)));
    let claimed = told(&table, &Belvo::showing([link]), &of(ana()));
    assert!(matches!(claimed, Ok(Claimed::Bound(record)) if record.revision == 2));
}

/// Two links and one session: whoever claims the one must not have the other bound by that.
#[test]
fn claiming_one_of_two_ambiguous_links_decides_for_it_and_proves_nothing_of_the_other() {
    let (real, planted) = (shown(1, &ana(), 5), shown(2, &ana(), 6));
    let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 0)])]);
    let belvo = Belvo::showing([real, planted.clone()]);
    let (hand, policy) = (Hand::at(minute(60)), Policy::default());
    let run = || swept(&table, &belvo, &hand, &policy);
    run();
    assert_eq!(table.quarantined(link_id(1)).map(|held| held.reason), Some(QuarantineReason::Ambiguous));

    assert!(matches!(told(&table, &belvo, &of(ana())), Ok(Claimed::Bound(_))));

    assert!(run().counts.actions.is_empty(), "a sweep changes nothing");
    let opened = finished(open(&table, &belvo, &hand, &policy, &ana(), For::Create)).expect("an answer");
    let Opened::Session(opening) = opened else { panic!("a session: {opened:?}") };
    assert_eq!((opening.recovered.len(), opening.claimable.len()), (0, 1));
    let held = table.read(&ana()).expect("Ana");
    assert_eq!(
        explain(&held, &[planted], &policy).into_values().collect::<Vec<_>>(),
        [Explanation::Ambiguous]
    );
}

#[test]
fn a_callback_that_comes_after_the_claim_finds_the_link_known() {
    let link = shown(1, &ana(), 5);
    let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 0)])]);
    table.mark(link.id, Marker::Quarantined(set_aside(&link, QuarantineReason::Ambiguous)));
    let belvo = Belvo::showing([link]);
    let Ok(Claimed::Bound(record)) = told(&table, &belvo, &of(ana())) else { panic!("bound") };
    let late = Success { user: ana(), session: session_id(1), link: link_id(1), institution: bank() };
    let ingested = finished(ingest(&table, &belvo, &Hand::at(minute(61)), &Policy::default(), &late));
    assert_eq!(ingested.expect("an answer").ingested, crate::callbacks::Ingested::Known(record));
}
