//! Which link stands in the way of a new one: never somebody else's, and Belvo is asked once.

use super::*;
use crate::{
    callbacks::{Kept, end_session},
    change::Action,
    link::LinkStatus,
    policy::BindingProof,
    session::{Outcome, OutcomeKind},
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, bound, finished, in_state, ledger, link_id, login,
        minute, session, session_id, shown, with_login, with_status,
    },
    values::Code,
};

fn told(code: &str, institution: Option<Institution>, login_named: Option<&str>) -> Told {
    let outcome = Outcome {
        kind: OutcomeKind::Event,
        code: Code::parse(code).ok(),
        institution,
        step: None,
        at: minute(6),
    };
    Told { user: ana(), session: session_id(1), outcome, login: login_named.map(login) }
}

fn table(links: Vec<LinkRecord>) -> Table {
    let sessions = vec![session(1, &ana(), 0), session(2, &ana(), 1)];
    Table::holding([ledger(&ana(), links, sessions), ledger(&bia(), vec![], vec![])])
}

fn found(table: &Table, belvo: &Belvo, told: &Told) -> Result<Existing, StoreError> {
    finished(existing(table, belvo, &Hand::at(minute(6)), &Policy::default(), told, true))
}

fn ids(existing: &Existing) -> Vec<crate::values::LinkId> {
    existing.links.iter().map(|record| record.link_id).collect()
}

fn hers(number: u8, state: LinkState) -> LinkRecord {
    in_state(bound(&with_login(shown(number, &ana(), 0), "same"), &ana(), None), state)
}

#[test]
fn of_a_login_that_is_connected_for_somebody_else_nothing_is_told() {
    let others = with_login(shown(1, &bia(), 0), "same");
    let table = table(vec![in_state(bound(&shown(2, &ana(), 0), &ana(), None), LinkState::Active)]);
    let belvo = Belvo::showing([others]);
    let existing = found(&table, &belvo, &told("duplicated", Some(bank()), Some("same"))).expect("an answer");
    assert_eq!((existing, table.commits()), (Existing::default(), 0));
    assert_eq!(belvo.calls(), [Call::LinksOf], "asked for hers, not for the login");
}

#[test]
fn when_neither_belvo_nor_the_table_can_be_asked_the_answer_is_none_or_a_refusal() {
    let belvo = Belvo::showing([shown(1, &ana(), 5)]);
    let told = told("duplicated", Some(bank()), None);
    belvo.fail(Call::LinksOf);
    assert_eq!(found(&table(vec![]), &belvo, &told).expect("an answer"), Existing::default());
    belvo.recover();
    let busy = table(vec![]);
    busy.fail([Fault::Busy]);
    assert!(matches!(found(&busy, &belvo, &told), Err(StoreError::Busy(_))));
}

#[test]
fn the_callers_links_at_that_institution_are_told_from_our_own_book() {
    let other_bank = LinkRecord {
        institution: Institution::parse("gringotts_mx_retail").expect("valid"),
        ..hers(2, LinkState::Active)
    };
    let links = [
        hers(1, LinkState::NeedsUpdate),
        other_bank,
        hers(3, LinkState::Superseded),
        hers(4, LinkState::Deleting),
        hers(5, LinkState::Gone),
    ];
    let (table, belvo) = (table(links.to_vec()), Belvo::default());
    for (login, expected) in [(None, vec![1, 4]), (Some("same"), vec![1, 4])] {
        let existing = found(&table, &belvo, &told("duplicated", Some(bank()), login)).expect("an answer");
        assert_eq!(ids(&existing), expected.into_iter().map(link_id).collect::<Vec<_>>());
    }
    let anywhere = found(&table, &belvo, &told("duplicated", None, Some("same"))).expect("an answer");
    assert_eq!(ids(&anywhere), [link_id(1), link_id(2), link_id(4)]);
    assert_eq!((belvo.calls(), table.commits()), (vec![], 0));
    let nothing_said = found(&table, &belvo, &told("duplicated", None, None)).expect("an answer");
    assert_eq!(nothing_said, Existing::default());
}

#[test]
fn an_orphan_is_bound_or_shown_to_be_claimed_and_only_if_it_is_the_one() {
    let orphan = with_login(shown(1, &ana(), 5), "same");
    let unproven = with_login(shown(2, &ana(), -500), "same");
    let another = with_login(shown(3, &ana(), -500), "other");
    let (table, belvo) = (table(vec![]), Belvo::showing([orphan, unproven, another]));
    let existing = found(&table, &belvo, &told("duplicated", Some(bank()), Some("same"))).expect("an answer");
    assert_eq!(ids(&existing), [link_id(1)]);
    let claimable: Vec<_> = existing.claimable.iter().map(|link| link.link_id).collect();
    assert_eq!(claimable, [link_id(2)]);
    let bound = table.audit().iter().filter(|event| event.action == Action::Bind).count();
    assert_eq!((bound, table.link(&ana(), link_id(1)).expect("hers").state), (1, LinkState::Active));
}

#[test]
fn what_is_told_again_asks_belvo_no_more() {
    let (table, belvo) = (table(vec![]), Belvo::default());
    let (hand, told) = (Hand::at(minute(6)), told("duplicated", Some(bank()), None));
    for news in [true, false, false] {
        let kept = finished(end_session(&table, &hand, &told)).expect("an answer").expect("hers");
        assert!(matches!(kept, Kept { news: is, .. } if is == news));
        let found = finished(existing(&table, &belvo, &hand, &Policy::default(), &told, kept.news));
        assert_eq!(found.expect("an answer"), Existing::default());
    }
    assert_eq!(belvo.calls(), [Call::LinksOf]);
}

#[test]
fn only_the_widgets_code_makes_a_prevented_duplicate() {
    assert!(told("duplicated", None, None).of_duplicate());
    assert!(!told("login_error", Some(bank()), Some("same")).of_duplicate());
}

#[test]
fn a_link_that_turned_invalid_is_told_as_belvo_has_it() {
    let policy = Policy { proof: BindingProof::ExternalId, ..Policy::default() };
    let broken = with_status(shown(1, &ana(), -500), LinkStatus::Invalid);
    let (table, belvo) = (table(vec![]), Belvo::showing([broken]));
    let told = told("duplicated", Some(bank()), None);
    let found = finished(existing(&table, &belvo, &Hand::at(minute(6)), &policy, &told, true));
    assert_eq!(found.expect("an answer").links[0].state, LinkState::NeedsUpdate);
}
