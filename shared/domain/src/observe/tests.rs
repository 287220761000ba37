//! Every decision, and that neither old evidence nor final records give way.

use super::*;
use crate::{
    link::{AccessMode, LinkState},
    testing::{
        ana, bia, bound, in_state, ledger, link_id, login, minute, notice, pending, session, session_id,
        shown, with_status,
    },
};

fn decided(link: &ProviderLink, held: Vec<LinkRecord>, explanation: Option<&Explanation>) -> Decision {
    let seen_at = notice(Source::Callback, 10);
    observe(link, &ledger(&ana(), held, vec![]), explanation, seen_at, &Policy::default())
}

fn under(proof: BindingProof, link: &ProviderLink, explanation: Option<&Explanation>) -> Decision {
    let policy = Policy { proof, ..Policy::default() };
    observe(link, &ledger(&ana(), vec![], vec![]), explanation, notice(Source::SessionStart, 10), &policy)
}

fn by(number: u8) -> Explanation {
    Explanation::By(session_id(number))
}

#[test]
fn an_explained_link_is_bound_by_its_session_under_either_proof() {
    for proof in [BindingProof::Session, BindingProof::ExternalId] {
        let decision = under(proof, &shown(1, &ana(), 5), Some(&by(1)));
        assert_eq!(decision, Decision::Bind(Some(session_id(1))));
    }
}

#[test]
fn an_unexplained_link_is_set_aside_with_the_reason() {
    let why = |explanation| under(BindingProof::Session, &shown(1, &ana(), 5), explanation);
    assert_eq!(why(None), Decision::Quarantine(QuarantineReason::NoSession));
    assert_eq!(why(Some(&Explanation::Nothing)), Decision::Quarantine(QuarantineReason::NoSession));
    assert_eq!(why(Some(&Explanation::Used)), Decision::Quarantine(QuarantineReason::SessionUsed));
    assert_eq!(why(Some(&Explanation::Ambiguous)), Decision::Quarantine(QuarantineReason::Ambiguous));
}

#[test]
fn the_plain_rule_of_the_article_binds_by_external_id_alone() {
    for explanation in [None, Some(&Explanation::Nothing), Some(&Explanation::Ambiguous)] {
        let decision = under(BindingProof::ExternalId, &shown(1, &ana(), 5), explanation);
        assert_eq!(decision, Decision::Bind(None));
    }
}

#[test]
fn a_link_that_names_another_user_is_refused_even_when_a_session_covers_it() {
    for proof in [BindingProof::Session, BindingProof::ExternalId] {
        assert_eq!(under(proof, &shown(1, &bia(), 5), Some(&by(1))), Decision::Refuse);
    }
}

#[test]
fn a_null_or_malformed_external_id_proves_nothing_under_either_proof() {
    for proof in [BindingProof::Session, BindingProof::ExternalId] {
        for (claim, reason) in [
            (Claim::Absent, QuarantineReason::NoExternalId),
            (Claim::Malformed, QuarantineReason::MalformedExternalId),
        ] {
            let link = ProviderLink { claim, ..shown(1, &ana(), 5) };
            assert_eq!(under(proof, &link, Some(&by(1))), Decision::Quarantine(reason));
        }
    }
    assert_eq!(unowned(&Claim::Named(bia())), QuarantineReason::UnknownUser);
}

#[test]
fn an_unconfirmed_link_is_not_bound() {
    let link = with_status(shown(1, &ana(), 5), LinkStatus::Unconfirmed);
    assert_eq!(under(BindingProof::ExternalId, &link, Some(&by(1))), Decision::Wait);
}

#[test]
fn a_sweep_leaves_a_young_link_to_its_callback_and_nobody_else_does() {
    let link = shown(1, &ana(), 5);
    let after = |source, at| {
        let held = ledger(&ana(), vec![], vec![]);
        observe(&link, &held, Some(&by(1)), notice(source, at), &Policy::default())
    };
    assert_eq!(after(Source::Sweep, 24), Decision::Wait);
    assert_eq!(after(Source::Sweep, 25), Decision::Bind(Some(session_id(1))));
    assert_eq!(after(Source::SessionStart, 6), Decision::Bind(Some(session_id(1))));
}

#[test]
fn a_sweep_does_not_wait_for_a_link_from_the_far_future() {
    let held = ledger(&ana(), vec![], vec![]);
    let at = |created| {
        observe(&shown(1, &ana(), created), &held, None, notice(Source::Sweep, 0), &Policy::default())
    };
    assert_eq!(at(20), Decision::Wait, "clocks differ, and a sweep takes its time");
    assert_eq!(at(21), Decision::Quarantine(QuarantineReason::NoSession));
}

#[test]
fn a_sweep_does_not_wait_for_a_link_whose_callback_came() {
    let named = session(1, &ana(), 4);
    let held = ledger(&ana(), vec![pending(1, &named, 6)], vec![named]);
    let decision =
        observe(&shown(1, &ana(), 5), &held, Some(&by(1)), notice(Source::Sweep, 7), &Policy::default());
    assert_eq!(decision, Decision::Bind(Some(session_id(1))));
}

#[test]
fn a_bound_link_without_news_is_unchanged_and_with_news_refreshed() {
    let link = shown(1, &ana(), 5);
    let record = bound(&link, &ana(), Some(1));
    assert_eq!(decided(&link, vec![record.clone()], None), Decision::Unchanged);
    let invalid = with_status(link, LinkStatus::Invalid);
    let refreshed = LinkRecord {
        status: Some(LinkStatus::Invalid),
        state: LinkState::NeedsUpdate,
        last_observed_at: minute(10),
        ..record.clone()
    };
    assert_eq!(decided(&invalid, vec![record], None), Decision::Refresh(Box::new(refreshed)));
}

#[test]
fn evidence_older_than_the_record_changes_nothing() {
    let link = shown(1, &ana(), 5);
    let record = LinkRecord { last_observed_at: minute(11), ..bound(&link, &ana(), None) };
    let invalid = with_status(link, LinkStatus::Invalid);
    assert_eq!(decided(&invalid, vec![record], None), Decision::Unchanged);
}

#[test]
fn a_final_record_is_unchanged_whatever_belvo_says() {
    for state in [LinkState::Gone, LinkState::Deleting] {
        let link = shown(1, &ana(), 5);
        let record = in_state(bound(&link, &ana(), Some(1)), state);
        for seen in [link.clone(), with_status(link, LinkStatus::Invalid), shown(1, &bia(), 5)] {
            assert_eq!(decided(&seen, vec![record.clone()], Some(&by(1))), Decision::Unchanged);
        }
    }
}

#[test]
fn a_refresh_forgets_no_login_and_learns_a_new_one() {
    let link = ProviderLink { access_mode: Some(AccessMode::Recurrent), ..shown(1, &ana(), 5) };
    let record = bound(&shown(1, &ana(), 5), &ana(), None);
    let without = ProviderLink { institution_user_id: None, ..link.clone() };
    let Decision::Refresh(kept) = decided(&without, vec![record.clone()], None) else { panic!("news") };
    assert_eq!(kept.institution_user_id, Some(login("login-1")));
    let another = ProviderLink { institution_user_id: Some(login("other")), ..link };
    let Decision::Refresh(learned) = decided(&another, vec![record], None) else { panic!("news") };
    assert_eq!(learned.institution_user_id, Some(login("other")));
}

#[test]
fn seeing_a_link_that_was_missing_takes_the_note_back() {
    let link = shown(1, &ana(), 5);
    let record = LinkRecord { missing_since: Some(minute(6)), ..bound(&link, &ana(), None) };
    let Decision::Refresh(found) = decided(&link, vec![record], None) else { panic!("news") };
    assert_eq!((found.missing_since, found.state), (None, LinkState::Active));
}

#[test]
fn a_superseded_link_stays_so_whatever_its_status() {
    let link = with_status(shown(1, &ana(), 5), LinkStatus::Invalid);
    let valid = shown(1, &ana(), 5);
    let parked = LinkRecord {
        superseded_by: Some(link_id(2)),
        ..in_state(bound(&link, &ana(), None), LinkState::Superseded)
    };
    let Decision::Refresh(record) = decided(&valid, vec![parked], None) else { panic!("news") };
    assert_eq!((record.state, record.superseded_by), (LinkState::Superseded, Some(link_id(2))));
}
