//! Which session explains which link, case by case.

use super::*;
use crate::{
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState},
    testing::{
        ana, bia, bound, in_state, ledger, link_id, minute, pending, session, session_id, shown, spent,
        with_status,
    },
};

fn told(links: Vec<LinkRecord>, sessions: Vec<LinkSession>, seen: &[ProviderLink]) -> Vec<Explanation> {
    let policy = Policy::default();
    let explained = explain(&ledger(&ana(), links, sessions), seen, &policy);
    seen.iter().filter_map(|link| explained.get(&link.id).cloned()).collect()
}

fn anas(number: u8, created: i64) -> ProviderLink {
    shown(number, &ana(), created)
}

fn opened(number: u8, issued: i64) -> LinkSession {
    session(number, &ana(), issued)
}

fn by(number: u8) -> Explanation {
    Explanation::By(session_id(number))
}

#[test]
fn without_a_session_nothing_explains_a_link() {
    assert_eq!(told(vec![], vec![], &[anas(1, 5)]), [Explanation::Nothing]);
    assert_eq!(told(vec![], vec![opened(1, 6 + 2)], &[anas(1, 5)]), [Explanation::Nothing], "made before");
    assert_eq!(told(vec![], vec![opened(1, 0)], &[anas(1, 23)]), [Explanation::Nothing], "made long after");
}

#[test]
fn a_session_explains_the_one_link_made_in_its_window() {
    assert_eq!(told(vec![], vec![opened(1, 0)], &[anas(1, 5)]), [by(1)]);
}

#[test]
fn a_session_that_made_another_link_explains_no_second() {
    let used = spent(opened(1, 0), 9);
    assert_eq!(told(vec![], vec![used], &[anas(1, 5)]), [Explanation::Used]);
}

#[test]
fn two_links_and_one_session_leave_both_unexplained() {
    let both = told(vec![], vec![opened(1, 0)], &[anas(1, 5), anas(2, 6)]);
    assert_eq!(both, [Explanation::Ambiguous, Explanation::Ambiguous]);
}

#[test]
fn a_young_rival_counts_too() {
    let both = told(vec![], vec![opened(1, 0)], &[anas(1, 1), anas(2, 21)]);
    assert_eq!(both, [Explanation::Ambiguous, Explanation::Ambiguous]);
}

#[test]
fn links_with_a_session_each_are_all_explained_oldest_by_oldest() {
    let seen = [anas(2, 15), anas(1, 5)];
    assert_eq!(told(vec![], vec![opened(2, 12), opened(1, 3)], &seen), [by(2), by(1)]);
}

#[test]
fn contention_reaches_through_a_chain_but_not_beyond() {
    let sessions = vec![opened(1, 0), opened(2, 15), opened(3, 100)];
    let seen = [anas(1, 2), anas(2, 16), anas(3, 30), anas(4, 101)];
    let ambiguous = Explanation::Ambiguous;
    assert_eq!(told(vec![], sessions, &seen), [ambiguous.clone(), ambiguous.clone(), ambiguous, by(3)]);
}

#[test]
fn more_sessions_than_links_explain_every_link() {
    let sessions = vec![opened(1, 0), opened(2, 1), opened(3, 2)];
    assert_eq!(told(vec![], sessions, &[anas(1, 5), anas(2, 6)]), [by(1), by(2)]);
}

#[test]
fn links_that_are_bound_unconfirmed_or_name_others_do_not_compete() {
    let bound_already = bound(&anas(2, 5), &ana(), Some(9));
    let gone = in_state(bound(&anas(3, 5), &ana(), Some(8)), LinkState::Gone);
    let unconfirmed = with_status(anas(4, 5), LinkStatus::Unconfirmed);
    let nobodys = ProviderLink { claim: Claim::Absent, ..anas(6, 5) };
    let seen = [anas(1, 5), anas(2, 5), anas(3, 5), unconfirmed, shown(5, &bia(), 5), nobodys];
    assert_eq!(told(vec![bound_already, gone], vec![opened(1, 0)], &seen), [by(1)]);
}

#[test]
fn a_link_bound_on_somebodys_word_may_be_the_one_that_the_session_made() {
    let claimed = || bound(&anas(2, 6), &ana(), None);
    let rival = told(vec![claimed()], vec![opened(1, 0)], &[anas(1, 5)]);
    assert_eq!(rival, [Explanation::Ambiguous], "claiming the one does not prove the other");
    let with_sessions_enough = told(vec![claimed()], vec![opened(1, 0), opened(2, 1)], &[anas(1, 5)]);
    assert_eq!(with_sessions_enough, [by(1)]);
    let long_before = bound(&anas(2, -60), &ana(), None);
    assert_eq!(told(vec![long_before], vec![opened(1, 0)], &[anas(1, 5)]), [by(1)]);
}

#[test]
fn a_repeated_record_is_one_link() {
    let explained = told(vec![], vec![opened(1, 0)], &[anas(1, 5), anas(1, 5)]);
    assert_eq!(explained, [by(1), by(1)]);
}

#[test]
fn a_pending_link_keeps_the_session_that_its_callback_named() {
    let (first, second) = (opened(1, 0), opened(2, 1));
    let waiting = pending(1, &second, 6);
    assert_eq!(told(vec![waiting], vec![first, second], &[anas(1, 5), anas(2, 6)]), [by(2), by(1)]);
}

/// Else one commit would spend the session twice, and the table would refuse it every time.
#[test]
fn a_link_that_was_dropped_and_is_there_after_all_keeps_its_session_from_others() {
    let dropped = in_state(pending(1, &opened(1, 0), 1), LinkState::Gone);
    let both = told(vec![dropped], vec![opened(1, 0), opened(2, 1)], &[anas(1, 5), anas(2, 6)]);
    assert_eq!(both, [by(1), by(2)]);
}

#[test]
fn a_planted_link_does_not_get_the_session_of_a_pending_one() {
    let session = opened(1, 0);
    let waiting = pending(1, &session, 6);
    let ours_unseen = told(vec![waiting.clone()], vec![session.clone()], &[anas(2, 4)]);
    assert_eq!(ours_unseen, [Explanation::Used]);
    let both_seen = told(vec![waiting], vec![session], &[anas(1, 5), anas(2, 4)]);
    assert_eq!(both_seen, [by(1), Explanation::Used]);
}

#[test]
fn a_planted_link_does_not_get_the_session_of_one_that_belvo_is_still_making() {
    let session = opened(1, 0);
    let waiting = pending(1, &session, 6);
    let unconfirmed = with_status(anas(1, 5), LinkStatus::Unconfirmed);
    assert_eq!(told(vec![waiting], vec![session], &[unconfirmed, anas(2, 4)]), [Explanation::Used]);
}

#[test]
fn two_pending_links_that_name_one_session_are_both_unexplained() {
    let session = opened(1, 0);
    let waiting = vec![pending(1, &session, 6), pending(2, &session, 7)];
    let both = told(waiting, vec![session], &[anas(1, 5), anas(2, 6)]);
    assert_eq!(both, [Explanation::Ambiguous, Explanation::Ambiguous]);
}

#[test]
fn a_pending_link_whose_callback_named_a_wrong_session_is_explained_like_any_other() {
    let (early, right) = (opened(1, 0), opened(2, 100));
    let waiting = pending(1, &early, 102);
    assert_eq!(told(vec![waiting], vec![early, right], &[anas(1, 101)]), [by(2)]);
}

#[test]
fn a_session_that_the_caller_names_vouches_for_its_own_link_only() {
    let policy = Policy::default();
    let link = anas(1, 5);
    assert_eq!(by_named(&opened(1, 0), &link, &policy), by(1));
    assert_eq!(by_named(&spent(opened(1, 0), 1), &link, &policy), by(1), "told twice");
    assert_eq!(by_named(&spent(opened(1, 0), 2), &link, &policy), Explanation::Used);
    assert_eq!(by_named(&opened(1, 100), &link, &policy), Explanation::Nothing);
    let update = LinkSession { purpose: Purpose::Update(link_id(1)), ..opened(1, 0) };
    assert_eq!(by_named(&update, &link, &policy), Explanation::Nothing);
}

#[test]
fn nobody_elses_session_is_asked() {
    let owner: ExternalId = bia();
    let explained = explain(&ledger(&owner, vec![], vec![opened(1, 0)]), &[anas(1, 5)], &Policy::default());
    assert!(explained.is_empty(), "{explained:?} at {}", minute(5));
}
