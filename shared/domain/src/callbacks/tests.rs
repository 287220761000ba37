//! Callbacks: what goes wrong first.

use super::*;
use crate::{
    link::{Claim, LinkStatus, Marker, QuarantineReason},
    session::{Outcome, OutcomeKind},
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, bound, finished, in_state, ledger, link_id, minute,
        pending, session, session_id, set_aside, shown, spent, with_login, with_status,
    },
};

fn success(user: ExternalId, link: u8) -> Success {
    Success { user, session: session_id(1), link: link_id(link), institution: bank() }
}

fn anas_table() -> Table {
    Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 0)]), ledger(&bia(), vec![], vec![])])
}

fn told(table: &Table, belvo: &Belvo, success: &Success) -> Result<Ingested, StoreError> {
    let hand = Hand::at(minute(6));
    finished(ingest(table, belvo, &hand, &Policy::default(), success)).map(|taken| taken.ingested)
}

fn down(links: impl IntoIterator<Item = ProviderLink>) -> Belvo {
    let belvo = Belvo::showing(links);
    belvo.fail(Call::Link);
    belvo
}

fn actions(table: &Table) -> Vec<Action> {
    table.audit().iter().map(|event| event.action).collect()
}

#[test]
fn a_link_waits_once_however_often_it_is_told_while_belvo_is_down() {
    let (table, belvo) = (anas_table(), down([shown(1, &ana(), 5)]));
    for _ in 0..3 {
        let Ok(Ingested::Pending(record)) = told(&table, &belvo, &success(ana(), 1)) else {
            panic!("it waits")
        };
        assert_eq!((record.state, record.revision), (LinkState::Pending, 1));
    }
    assert_eq!((table.commits(), actions(&table)), (1, vec![Action::Await]));
    assert_eq!(table.marker(link_id(1)), None, "nobody owns it yet");
    belvo.recover();
    assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Ok(Ingested::Bound(_))));
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(ana())));
}

#[test]
fn only_so_many_links_of_a_user_may_wait() {
    let (table, belvo) = (anas_table(), down([]));
    for number in 1..=5 {
        assert!(matches!(told(&table, &belvo, &success(ana(), number)), Ok(Ingested::Pending(_))));
    }
    assert_eq!(told(&table, &belvo, &success(ana(), 6)).expect("an answer"), Ingested::TooManyPending);
    assert_eq!(table.commits(), 5);
}

#[test]
fn a_stranger_costs_no_call_to_belvo() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), 5)]));
    let nobody = ExternalId::parse("nobody").expect("valid");
    let wrong_session = Success { session: session_id(9), ..success(ana(), 1) };
    for told_by in [success(bia(), 1), success(nobody, 1), wrong_session] {
        assert_eq!(told(&table, &belvo, &told_by).expect("an answer"), Ingested::NotYours);
    }
    assert_eq!((belvo.calls(), table.commits()), (vec![], 0));
}

#[test]
fn what_is_not_there_and_what_is_anothers_answer_alike_and_change_nothing() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(2, &bia(), 5)]));
    for number in [1, 2] {
        assert_eq!(told(&table, &belvo, &success(ana(), number)).expect("an answer"), Ingested::NotYours);
    }
    assert_eq!(table.commits(), 0);
}

#[test]
fn an_answer_about_another_link_than_was_asked_for_binds_none() {
    let (table, belvo) = (anas_table(), Belvo::default());
    belvo.confuse(link_id(1), shown(2, &ana(), 5));
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::NotYours);
    assert_eq!(table.commits(), 0);
}

#[test]
fn a_link_that_another_user_holds_is_not_yours_and_changes_nothing() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), 5)]));
    table.mark(link_id(1), Marker::Owned(bia()));
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::NotYours);
    let unexplained = shown(2, &ana(), 500);
    belvo.show(unexplained.clone());
    table.mark(unexplained.id, Marker::Owned(bia()));
    assert_eq!(told(&table, &belvo, &success(ana(), 2)).expect("an answer"), Ingested::NotYours);
    assert_eq!(table.commits(), 0);
}

#[test]
fn a_callback_that_lost_a_race_decides_again() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), 5)]));
    table.fail([Fault::Stale, Fault::Stale]);
    assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Ok(Ingested::Bound(_))));
    assert_eq!(belvo.calls(), [Call::Link], "Belvo is asked once");
}

#[test]
fn a_callback_that_loses_every_race_or_meets_a_throttled_table_promises_nothing() {
    for faults in [vec![Fault::Stale; ATTEMPTS], vec![Fault::Busy]] {
        let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), 5)]));
        table.fail(faults);
        assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Err(StoreError::Busy(_))));
        assert_eq!((table.commits(), table.link(&ana(), link_id(1))), (0, None));
    }
}

#[test]
fn told_twice_is_bound_once() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), 5)]));
    let Ok(Ingested::Bound(record)) = told(&table, &belvo, &success(ana(), 1)) else { panic!("bound") };
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::Known(record));
    assert_eq!((table.commits(), actions(&table)), (1, vec![Action::Bind]));
    let kept = table.read(&ana()).expect("Ana");
    assert_eq!(kept.session(&session_id(1)).expect("hers").link_id, Some(link_id(1)));
}

#[test]
fn a_known_link_is_answered_from_our_own_book_while_belvo_is_down() {
    let record = bound(&shown(1, &ana(), 5), &ana(), Some(1));
    let held = ledger(&ana(), vec![record.clone()], vec![spent(session(1, &ana(), 0), 1)]);
    let table = Table::holding([held]);
    let told = told(&table, &down([]), &success(ana(), 1)).expect("an answer");
    assert_eq!((told, table.commits()), (Ingested::Known(record), 0));
}

#[test]
fn a_buried_link_does_not_come_back_by_replay() {
    for state in [LinkState::Gone, LinkState::Deleting] {
        let record = in_state(bound(&shown(1, &ana(), 5), &ana(), Some(1)), state);
        let table = Table::holding([ledger(&ana(), vec![record], vec![session(1, &ana(), 0)])]);
        for belvo in [Belvo::showing([shown(1, &ana(), 5)]), down([])] {
            assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::NotYours);
            assert_eq!((belvo.calls(), table.commits()), (vec![], 0));
        }
    }
}

#[test]
fn an_unexplained_link_is_set_aside_once() {
    let (table, belvo) = (anas_table(), Belvo::showing([shown(1, &ana(), -30)]));
    for _ in 0..2 {
        assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::Quarantined);
    }
    let item = table.quarantined(link_id(1)).expect("set aside");
    assert_eq!((item.reason, item.revision, table.commits()), (QuarantineReason::NoSession, 1, 1));
}

#[test]
fn a_nulled_external_id_is_set_aside_and_never_bound() {
    let nulled = ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 5) };
    let (table, belvo) = (anas_table(), Belvo::showing([nulled]));
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::Quarantined);
    assert_eq!(table.link(&ana(), link_id(1)), None);
}

#[test]
fn a_callback_binds_a_link_that_was_set_aside_before() {
    let link = shown(1, &ana(), 5);
    let (table, belvo) = (anas_table(), Belvo::showing([link.clone()]));
    table.mark(link.id, Marker::Quarantined(set_aside(&link, QuarantineReason::Ambiguous)));
    assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Ok(Ingested::Bound(_))));
    assert_eq!(table.marker(link.id), Some(Marker::Owned(ana())));
}

#[test]
fn an_unconfirmed_link_waits_and_a_strangers_unconfirmed_link_does_not() {
    let unconfirmed = |link| with_status(link, LinkStatus::Unconfirmed);
    let belvo = Belvo::showing([unconfirmed(shown(1, &ana(), 5)), unconfirmed(shown(2, &bia(), 5))]);
    let table = anas_table();
    assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Ok(Ingested::Pending(_))));
    assert_eq!(told(&table, &belvo, &success(ana(), 2)).expect("an answer"), Ingested::NotYours);
    assert_eq!(table.commits(), 1);
}

#[test]
fn a_pending_link_that_is_anothers_is_dropped() {
    let session = session(1, &ana(), 0);
    let held = ledger(&ana(), vec![pending(1, &session, 5)], vec![session]);
    let (table, belvo) = (Table::holding([held]), Belvo::showing([shown(1, &bia(), 5)]));
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::NotYours);
    assert_eq!(actions(&table), [Action::Drop]);
}

#[test]
fn the_success_of_update_mode_spends_its_session_once_with_an_event() {
    let update = LinkSession { purpose: Purpose::Update(link_id(1)), ..session(1, &ana(), 0) };
    let link = shown(1, &ana(), -500);
    let table = Table::holding([ledger(&ana(), vec![bound(&link, &ana(), None)], vec![update])]);
    let belvo = Belvo::showing([link]);
    for _ in 0..2 {
        assert!(matches!(told(&table, &belvo, &success(ana(), 1)), Ok(Ingested::Known(_))));
    }
    let [event] = table.audit().try_into().expect("one event");
    assert_eq!((event.action, event.link_id), (Action::EndSession, Some(link_id(1))));
    assert_eq!(event.session_id, Some(session_id(1)));
}

fn exit(user: ExternalId, at: i64) -> Told {
    let outcome =
        Outcome { kind: OutcomeKind::Exit, code: None, institution: None, step: None, at: minute(at) };
    Told { user, session: session_id(1), outcome, login: None }
}

#[test]
fn an_exit_is_kept_once_on_the_callers_own_session() {
    let (table, hand) = (anas_table(), Hand::at(minute(6)));
    let end =
        |told: &Told| finished(end_session(&table, &hand, told)).expect("an answer").map(|kept| kept.session);
    assert_eq!(end(&exit(bia(), 6)), None);
    let first = end(&exit(ana(), 6)).expect("hers");
    assert_eq!(end(&exit(ana(), 9)), Some(first), "the same again, later");
    assert_eq!((table.commits(), actions(&table)), (1, vec![Action::EndSession]));
}

#[test]
fn an_exit_that_lost_a_race_is_kept_and_one_that_loses_all_is_not() {
    let (table, hand) = (anas_table(), Hand::at(minute(6)));
    table.fail([Fault::Stale; ATTEMPTS]);
    let lost = finished(end_session(&table, &hand, &exit(ana(), 6)));
    assert!(matches!(lost, Err(StoreError::Busy(_))) && table.commits() == 0);
    table.fail([Fault::Stale]);
    let kept = finished(end_session(&table, &hand, &exit(ana(), 6))).expect("an answer");
    assert!(kept.is_some_and(|kept| kept.session.outcome.is_some() && kept.session.revision == 2));
}

#[test]
fn a_link_that_names_nobody_is_told_of_only_to_whoever_may_have_made_it() {
    let nameless = |number, created| ProviderLink { claim: Claim::Absent, ..shown(number, &ana(), created) };
    let (table, belvo) = (anas_table(), Belvo::showing([nameless(1, 5), nameless(2, 500)]));
    assert_eq!(told(&table, &belvo, &success(ana(), 1)).expect("an answer"), Ingested::Quarantined);
    assert_eq!(told(&table, &belvo, &success(ana(), 2)).expect("an answer"), Ingested::NotYours);
}

#[test]
fn a_session_keeps_only_so_many_outcomes_and_answers_all_the_same() {
    let (table, hand) = (anas_table(), Hand::at(minute(6)));
    for number in 0..60 {
        let mut told = exit(ana(), 6);
        told.outcome.code = Some(crate::values::Code::parse(format!("code_{number}")).expect("valid"));
        assert!(finished(end_session(&table, &hand, &told)).expect("an answer").is_some());
    }
    assert_eq!(table.commits(), 29, "revisions 2 to 30");
}

#[test]
fn a_dropped_link_that_is_told_again_while_belvo_is_down_waits_again() {
    let anas = session(1, &ana(), 0);
    let dropped = in_state(pending(1, &anas, 1), LinkState::Gone);
    let table = Table::holding([ledger(&ana(), vec![dropped], vec![anas])]);
    let answer = told(&table, &down([shown(1, &ana(), 5)]), &success(ana(), 1)).expect("an answer");
    assert!(matches!(answer, Ingested::Pending(record) if record.revision == 2));
    let again = told(&table, &Belvo::showing([shown(1, &ana(), 5)]), &success(ana(), 1));
    assert!(matches!(again, Ok(Ingested::Bound(record)) if record.revision == 3));
}

#[test]
fn a_link_that_joins_a_group_is_told_with_its_survivor_however_often_it_is_told() {
    let [old, new] = [shown(9, &ana(), -500), shown(1, &ana(), 5)].map(|link| with_login(link, "same"));
    let held = ledger(&ana(), vec![bound(&old, &ana(), None)], vec![session(1, &ana(), 0)]);
    let (table, belvo) = (Table::holding([held]), Belvo::showing([old, new]));
    let hand = Hand::at(minute(6));
    let told = |link| finished(ingest(&table, &belvo, &hand, &Policy::default(), &success(ana(), link)));
    let expected = Some(Duplicate { survivor: link_id(1), superseded: vec![link_id(9)] });
    for (link, first) in [(1, true), (1, false), (9, false)] {
        let taken = told(link).expect("an answer");
        assert_eq!(matches!(taken.ingested, Ingested::Bound(_)), first);
        assert_eq!(taken.duplicate, expected, "{link}");
    }
    belvo.fail(Call::Link);
    assert_eq!(told(1).expect("an answer").duplicate, expected, "from our own book");
}

#[test]
fn a_second_login_at_the_same_institution_is_no_duplicate_and_both_stay() {
    let other = bound(&shown(9, &ana(), -500), &ana(), None);
    let held = ledger(&ana(), vec![other.clone()], vec![session(1, &ana(), 0)]);
    let (table, belvo) = (Table::holding([held]), Belvo::showing([shown(1, &ana(), 5)]));
    let hand = Hand::at(minute(6));
    let taken = finished(ingest(&table, &belvo, &hand, &Policy::default(), &success(ana(), 1)));
    assert_eq!(taken.expect("an answer").duplicate, None);
    assert_eq!(table.link(&ana(), link_id(9)), Some(other));
    assert_eq!(table.link(&ana(), link_id(1)).expect("hers").state, LinkState::Active);
}
