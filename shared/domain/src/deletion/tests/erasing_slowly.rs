//! Erasures that wait, what they count, and what opens one again.

use super::{on, run, run_for, state, with_links};
use crate::{
    change::Action,
    deletion::erasure::{Erasure, ErasureId, Progress, Remains, erase, progress, reopen},
    link::LinkState,
    policy::Policy,
    ports::{Erasures, Tombstones},
    testing::{
        Belvo, Hand, Table, ana, bia, bound, finished, in_state, ledger, link_id, minute, pending, session,
        shown,
    },
};

fn asked(table: &Table, hand: &Hand) -> Erasure {
    finished(erase(table, hand, &ana())).expect("nothing fails").expect("begun")
}

fn kept(table: &Table) -> Erasure {
    finished(table.erasure(&ana())).expect("read").expect("a tombstone")
}

/// Ana opened a session a minute before.
fn with_a_session() -> (Table, Hand) {
    let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 4)])]);
    (table, Hand::at(minute(5)))
}

#[test]
fn while_a_token_may_still_make_a_link_belvo_is_not_asked_every_minute() {
    let ((table, hand), belvo) = (with_a_session(), Belvo::default());
    asked(&table, &hand);
    run_for(20, &table, &belvo, &hand, &on());
    assert_eq!(belvo.calls().len(), 1, "there is nothing to see before the last chance is over");
}

#[test]
fn an_erasure_ends_the_moment_that_the_last_chance_is_over() {
    let (table, hand) = with_a_session();
    let erasure = asked(&table, &hand);
    let remains = Remains { links: vec![], sessions: vec![session(1, &ana(), 4)] };
    let at = |minutes| progress(&erasure, &remains, &[], minute(minutes), &Policy::default());
    assert_eq!(at(28), Progress::Waiting(minute(29)), "twenty minutes, and two clocks two minutes apart");
    assert_eq!(at(29), Progress::Empty);
}

#[test]
fn an_erasure_is_told_with_its_user_and_counted_once_as_held_back_and_once_as_done() {
    let ((table, belvo), hand) = (with_links(0), Hand::at(minute(5)));
    asked(&table, &hand);
    let told: Vec<_> = table.audit().into_iter().map(|event| (event.action, event.external_id)).collect();
    assert_eq!(told, [(Action::Erase, Some(ana()))]);
    assert_eq!(run(&table, &belvo, &hand, &Policy::default()).held_back, 1);
    hand.pass(60);
    assert_eq!(run(&table, &belvo, &hand, &on()).erased, 1);
}

#[test]
fn links_that_were_never_the_users_are_not_counted_as_deleted() {
    let opened = session(1, &ana(), 0);
    let dropped = in_state(pending(1, &opened, 1), LinkState::Gone);
    let table = Table::holding([ledger(&ana(), vec![dropped], vec![opened])]);
    let (belvo, hand) = (Belvo::default(), Hand::at(minute(5)));
    asked(&table, &hand);
    run_for(60, &table, &belvo, &hand, &on());
    let [certificate] = finished(table.certificates(9)).expect("read").try_into().expect("one");
    assert_eq!(certificate.links_deleted, 0);
}

#[test]
fn a_link_that_is_taken_up_to_be_deleted_was_not_there_before() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    belvo.show(shown(7, &ana(), 0));
    asked(&table, &hand);
    run_for(2, &table, &belvo, &hand, &on());
    assert_eq!(state(&table, 7), LinkState::Deleting);
    let before = |number| {
        let events = table.audit().into_iter();
        let marked = events.filter(|event| event.action == Action::MarkDeletion);
        marked.filter(|event| event.link_id == Some(link_id(number))).map(|e| e.before).collect::<Vec<_>>()
    };
    assert_eq!((before(1), before(7)), (vec![Some(LinkState::Active)], vec![None]));
}

#[test]
fn a_link_that_was_taken_for_gone_and_is_listed_after_all_is_deleted_with_the_rest() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    asked(&table, &hand);
    let anothers_account = Belvo::default();
    run_for(23, &table, &anothers_account, &hand, &on());
    assert_eq!((state(&table, 1), belvo.size()), (LinkState::Gone, 1));
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((table.things(), belvo.size(), kept(&table).due_at), (0, 0, None));
}

/// Her link was never bound here: only Belvo's list shows it.
#[test]
fn no_certificate_is_given_with_keys_of_another_account_while_a_link_of_ours_could_show_that() {
    let bias = bound(&shown(9, &bia(), 0), &bia(), None);
    let table = Table::holding([ledger(&ana(), vec![], vec![]), ledger(&bia(), vec![bias], vec![])]);
    let belvo = Belvo::showing([shown(1, &ana(), 0), shown(9, &bia(), 0)]);
    let hand = Hand::at(minute(5));
    asked(&table, &hand);
    let anothers_account = Belvo::default();
    run_for(120, &table, &anothers_account, &hand, &on());
    assert_eq!(finished(table.certificates(9)).expect("read"), []);
    run_for(60, &table, &belvo, &hand, &on());
    let [certificate] = finished(table.certificates(9)).expect("read").try_into().expect("one");
    assert_eq!((certificate.links_deleted, belvo.size()), (1, 1));
}

/// It was removed at Belvo itself, and no sweep has noted that yet.
#[test]
fn a_link_that_is_gone_keeps_no_erasure_waiting_while_another_stands() {
    let links = || [8, 9].map(|number| shown(number, &bia(), 0));
    let held: Vec<_> = links().iter().map(|link| bound(link, &bia(), None)).collect();
    for gone in [8, 9] {
        let table = Table::holding([ledger(&ana(), vec![], vec![]), ledger(&bia(), held.clone(), vec![])]);
        let (belvo, hand) = (Belvo::showing(links()), Hand::at(minute(5)));
        belvo.remove(link_id(gone));
        asked(&table, &hand);
        run_for(60, &table, &belvo, &hand, &on());
        assert_eq!(kept(&table).due_at, None, "{gone}");
    }
}

#[test]
fn a_list_that_lags_begins_no_deletion_anew() {
    let (erasure, gone) = {
        let ((table, _), hand) = (with_links(1), Hand::at(minute(5)));
        (asked(&table, &hand), in_state(super::record(&table, 1), LinkState::Gone))
    };
    let seen = gone.last_observed_at;
    let remains = Remains { links: vec![gone], sessions: vec![] };
    let at = |seconds| {
        let now = seen + jiff::SignedDuration::from_secs(seconds);
        progress(&erasure, &remains, &[shown(1, &ana(), 0)], now, &Policy::default())
    };
    assert!(matches!(at(599), Progress::Waiting(_)), "its list may lag for as long as we have patience");
    assert_eq!(at(600), Progress::Found(vec![shown(1, &ana(), 0)]));
}

#[test]
fn what_belvo_shows_opens_an_erasure_again_unless_it_is_open_or_this_is_a_rehearsal() {
    let ((table, belvo), hand) = (with_links(0), Hand::at(minute(5)));
    let shows = |at, rehearsal| finished(reopen(&table, &ana(), minute(at), rehearsal)).expect("up");
    assert!(!shows(5, false), "nobody erased her");
    asked(&table, &hand);
    let open = kept(&table);
    assert!(shows(6, false));
    assert_eq!(kept(&table), open, "it is under way");
    run_for(60, &table, &belvo, &hand, &on());
    let over = kept(&table);
    assert_eq!(over.due_at, None);
    assert!(shows(90, true));
    assert_eq!(kept(&table), over, "a rehearsal changes nothing");
    assert!(shows(91, false));
    assert_eq!(kept(&table).due_at, Some(minute(91)));
}

#[test]
fn an_erasure_is_called_the_same_wherever_it_is_told() {
    let id = ErasureId::mint([7; 16]);
    let text = id.as_str().to_owned();
    assert_eq!((id.to_string(), String::from(id.clone())), (text.clone(), text.clone()));
    assert_eq!(ErasureId::try_from(text), Ok(id));
}
