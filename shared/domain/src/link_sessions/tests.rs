//! The start of a session: what is refused, what is repaired, and what happens when the world fails.

use super::*;
use crate::{
    link::{Claim, QuarantineReason},
    ports::Account,
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, bound, finished, in_state, ledger, link_id, minute,
        session, set_aside, shown, spent, with_login, with_status,
    },
    values::InstitutionName,
};

fn table(links: Vec<LinkRecord>, sessions: Vec<LinkSession>) -> Table {
    Table::holding([ledger(&ana(), links, sessions), ledger(&bia(), vec![], vec![])])
}

fn opened(table: &Table, belvo: &Belvo, update: Option<LinkId>) -> Result<Opened, Outage> {
    let wanted = update.map_or(For::Create, For::Update);
    finished(open(table, belvo, &Hand::at(minute(30)), &Policy::default(), &ana(), wanted))
}

fn opening(table: &Table, belvo: &Belvo) -> Opening {
    match opened(table, belvo, None) {
        Ok(Opened::Session(opening)) => *opening,
        other => panic!("a session, not {other:?}"),
    }
}

fn refusal(table: &Table, belvo: &Belvo, link: u8) -> Refusal {
    match opened(table, belvo, Some(link_id(link))) {
        Ok(Opened::Refused(refusal)) => refusal,
        other => panic!("a refusal, not {other:?}"),
    }
}

fn actions(table: &Table) -> Vec<Action> {
    table.audit().iter().map(|event| event.action).collect()
}

#[test]
fn when_belvo_cannot_be_asked_nothing_is_stored_and_no_token_leaves() {
    for call in [Call::LinksOf, Call::Token] {
        let (table, belvo) = (table(vec![], vec![]), Belvo::default());
        belvo.fail(call);
        assert!(matches!(opened(&table, &belvo, None), Err(Outage::Provider(_))));
        assert_eq!(table.commits(), 0);
    }
}

#[test]
fn when_the_table_fails_no_token_leaves() {
    for faults in [vec![Fault::Busy], vec![Fault::Stale; ATTEMPTS]] {
        let table = table(vec![], vec![]);
        table.fail(faults);
        assert!(matches!(opened(&table, &Belvo::default(), None), Err(Outage::Store(_))));
        assert_eq!(table.commits(), 0);
    }
}

#[test]
fn a_lost_race_is_decided_again_on_what_is_there_then() {
    let (table, belvo) = (table(vec![], vec![session(1, &ana(), 0)]), Belvo::showing([shown(1, &ana(), 5)]));
    table.fail([Fault::Stale]);
    assert_eq!(opening(&table, &belvo).recovered, [link_id(1)]);
    assert_eq!(belvo.calls(), [Call::LinksOf, Call::Token, Call::Names, Call::Accounts]);
}

#[test]
fn unknown_users_and_links_that_are_not_the_users_get_no_session() {
    let never_theirs = in_state(crate::testing::pending(1, &session(1, &ana(), 0), 1), LinkState::Gone);
    let waiting = crate::testing::pending(2, &session(1, &ana(), 0), 1);
    let (table, belvo) = (table(vec![never_theirs, waiting], vec![]), Belvo::default());
    for number in [1, 2, 3] {
        assert_eq!(refusal(&table, &belvo, number), Refusal::NoSuchLink);
    }
    let nobody = ExternalId::parse("nobody").expect("valid");
    let hand = Hand::at(minute(30));
    let answer = finished(open(&table, &belvo, &hand, &Policy::default(), &nobody, For::Create));
    assert!(matches!(answer, Ok(Opened::NoSuchUser)));
    assert_eq!((belvo.calls(), table.commits()), (vec![], 0));
}

#[test]
fn a_grave_of_the_users_own_is_told_and_costs_no_call_to_belvo() {
    for state in [LinkState::Gone, LinkState::Deleting] {
        let (link, belvo) = (shown(1, &ana(), 0), Belvo::default());
        let table = table(vec![in_state(bound(&link, &ana(), None), state)], vec![]);
        assert_eq!(refusal(&table, &belvo, 1), Refusal::Gone);
        assert_eq!((belvo.calls(), table.commits()), (vec![], 0));
    }
}

#[test]
fn a_link_is_asked_for_by_itself_before_it_is_called_gone() {
    let needy = with_status(shown(1, &ana(), 0), LinkStatus::Invalid);
    let (table, belvo) = (table(vec![bound(&needy, &ana(), None)], vec![]), Belvo::default());
    assert_eq!(refusal(&table, &belvo, 1), Refusal::Gone);
    assert_eq!((belvo.calls(), table.commits()), (vec![Call::LinksOf, Call::Link], 0), "nothing is noted");
    belvo.show(needy);
    belvo.unlist(link_id(1));
    assert!(matches!(opened(&table, &belvo, Some(link_id(1))), Ok(Opened::Session(_))));
}

#[test]
fn what_belvo_says_now_decides_and_a_link_that_works_again_is_recorded_so() {
    let needy = with_status(shown(1, &ana(), 0), LinkStatus::Invalid);
    let (table, belvo) =
        (table(vec![bound(&needy, &ana(), None)], vec![]), Belvo::showing([shown(1, &ana(), 0)]));
    for _ in 0..2 {
        assert_eq!(refusal(&table, &belvo, 1), Refusal::Valid);
        assert_eq!(table.link(&ana(), link_id(1)).expect("hers").state, LinkState::Active);
    }
    assert_eq!(
        (belvo.calls(), actions(&table)),
        ([Call::LinksOf, Call::Link].repeat(2), vec![Action::Refresh])
    );
    belvo.show(needy);
    assert!(matches!(opened(&table, &belvo, Some(link_id(1))), Ok(Opened::Session(_))), "broken again");
}

#[test]
fn where_one_of_both_questions_fails_nothing_is_decided() {
    let needy = with_status(shown(1, &ana(), 0), LinkStatus::Invalid);
    for call in [Call::LinksOf, Call::Link, Call::Token] {
        let table = table(vec![bound(&needy, &ana(), None)], vec![]);
        let belvo = Belvo::showing([needy.clone()]);
        belvo.fail(call);
        assert!(matches!(opened(&table, &belvo, Some(link_id(1))), Err(Outage::Provider(_))));
        assert_eq!(table.commits(), 0);
    }
}

#[test]
fn a_superseded_link_names_its_survivor_unless_it_takes_its_place_back() {
    let [old, new] = [shown(1, &ana(), 0), shown(2, &ana(), 12)].map(|link| with_login(link, "same"));
    let parked = LinkRecord { superseded_by: Some(link_id(2)), ..bound(&old, &ana(), None) };
    let links = vec![in_state(parked, LinkState::Superseded), bound(&new, &ana(), None)];
    let (table, belvo) = (table(links, vec![]), Belvo::showing([old.clone(), new.clone()]));
    assert_eq!(refusal(&table, &belvo, 1), Refusal::Superseded(link_id(2)));
    belvo.show(with_status(new, LinkStatus::Invalid));
    assert_eq!(refusal(&table, &belvo, 1), Refusal::Valid, "the survivor broke, this one works");
    assert_eq!(refusal(&table, &belvo, 2), Refusal::Superseded(link_id(1)));
}

#[test]
fn a_user_opens_only_so_many_sessions_within_an_hour() {
    let sessions = |first| (0..30).map(|n| session(n, &ana(), first)).collect();
    let belvo = Belvo::default();
    assert!(matches!(opened(&table(vec![], sessions(-29)), &belvo, None), Ok(Opened::TooMany)));
    assert_eq!(belvo.calls(), []);
    assert!(matches!(opened(&table(vec![], sessions(-30)), &belvo, None), Ok(Opened::Session(_))));
}

#[test]
fn a_session_is_stored_with_its_event_before_the_token_leaves() {
    let (table, belvo) = (table(vec![], vec![]), Belvo::default());
    let session = opening(&table, &belvo).session;
    let kept = table.read(&ana()).expect("Ana").sessions;
    assert_eq!(kept, std::slice::from_ref(&session));
    assert_eq!((session.purpose, session.issued_at), (Purpose::Create, minute(30)));
    assert_eq!(session.expires_at, minute(40));
    assert_eq!(actions(&table), [Action::OpenSession]);
}

#[test]
fn update_mode_issues_a_session_for_that_link() {
    let needy = with_status(shown(1, &ana(), 0), LinkStatus::Invalid);
    let (table, belvo) = (table(vec![bound(&needy, &ana(), None)], vec![]), Belvo::showing([needy]));
    let Ok(Opened::Session(opening)) = opened(&table, &belvo, Some(link_id(1))) else { panic!("a session") };
    assert_eq!(opening.session.purpose, Purpose::Update(link_id(1)));
}

#[test]
fn an_orphan_is_recovered_a_planted_one_only_shown_and_a_nulled_one_not_even_that() {
    let nulled = ProviderLink { claim: Claim::Absent, ..shown(3, &ana(), 5) };
    let belvo = Belvo::showing([shown(1, &ana(), 5), shown(2, &ana(), -100), nulled, shown(4, &bia(), 5)]);
    let table = table(vec![], vec![session(1, &ana(), 0)]);
    let opening = opening(&table, &belvo);
    assert_eq!(opening.recovered, [link_id(1)]);
    let claimable: Vec<_> = opening.claimable.iter().map(|link| (link.link_id, link.reason)).collect();
    assert_eq!(claimable, [(link_id(2), QuarantineReason::NoSession)]);
    assert_eq!(opening.links.len(), 1);
    assert_eq!(table.link(&bia(), link_id(4)), None, "nothing of Bia's is touched");
}

#[test]
fn a_link_that_was_set_aside_before_is_shown_again_and_written_no_more() {
    let link = shown(2, &ana(), -100);
    let table = table(vec![], vec![]);
    table.mark(link.id, Marker::Quarantined(set_aside(&link, QuarantineReason::NoSession)));
    let claimable = opening(&table, &Belvo::showing([link])).claimable;
    assert_eq!(claimable.len(), 1);
    assert_eq!(actions(&table), [Action::OpenSession]);
}

#[test]
fn of_links_set_aside_before_each_is_shown_once_and_none_that_is_the_users_now() {
    let links = [shown(2, &ana(), -100), shown(3, &ana(), -50), shown(4, &ana(), 5)];
    let table = table(vec![], vec![session(1, &ana(), 0)]);
    for link in &links {
        table.mark(link.id, Marker::Quarantined(set_aside(link, QuarantineReason::Ambiguous)));
    }
    let opening = opening(&table, &Belvo::showing(links));
    let mut claimable: Vec<_> = opening.claimable.iter().map(|link| link.link_id).collect();
    claimable.sort_unstable();
    assert_eq!((claimable, opening.recovered), (vec![link_id(2), link_id(3)], vec![link_id(4)]));
}

#[test]
fn a_link_that_another_user_holds_is_neither_recovered_nor_shown() {
    let (table, belvo) = (table(vec![], vec![session(1, &ana(), 0)]), Belvo::showing([shown(1, &ana(), 5)]));
    table.mark(link_id(1), Marker::Owned(bia()));
    let opening = opening(&table, &belvo);
    assert!(opening.recovered.is_empty() && opening.claimable.is_empty() && opening.links.is_empty());
}

#[test]
fn statuses_are_refreshed_and_duplicates_superseded_at_once() {
    let links = [with_login(shown(1, &ana(), 0), "same"), with_login(shown(2, &ana(), 12), "same")];
    let sessions = vec![spent(session(1, &ana(), 0), 1), session(2, &ana(), 12)];
    let table = table(vec![bound(&links[0], &ana(), Some(1))], sessions);
    let opening = opening(&table, &Belvo::showing(links));
    let states: Vec<_> = opening.links.iter().map(|record| (record.link_id, record.state)).collect();
    assert_eq!(states, [(link_id(1), LinkState::Superseded), (link_id(2), LinkState::Active)]);
    assert_eq!(actions(&table), [Action::Supersede, Action::Bind, Action::OpenSession]);
    assert_eq!(table.commits(), 1);
}

#[test]
fn a_second_start_finds_nothing_more_to_repair() {
    let (table, belvo) = (table(vec![], vec![session(1, &ana(), 0)]), Belvo::showing([shown(1, &ana(), 5)]));
    let first = opening(&table, &belvo);
    let second = opening(&table, &belvo);
    assert_eq!((second.recovered, &second.links), (vec![], &first.links));
    assert_eq!(actions(&table), [Action::Bind, Action::OpenSession, Action::OpenSession]);
}

/// An account of link 1, and the institution's own name.
fn told_by(belvo: &Belvo) {
    belvo.name(&bank(), "Erebor");
    belvo.open_accounts([Account {
        link_id: link_id(1),
        institution: bank(),
        name: Some("Cuenta Corriente".to_owned()),
        number: Some("646180157042875763".to_owned()),
        category: None,
        currency: None,
    }]);
}

#[test]
fn what_people_recognise_a_link_by_is_learned_once_and_never_at_the_cost_of_the_start() {
    let link = shown(1, &ana(), 0);
    let table = table(vec![bound(&link, &ana(), None)], vec![]);
    let belvo = Belvo::showing([link]);
    told_by(&belvo);
    for call in [Call::Names, Call::Accounts] {
        belvo.fail(call);
    }
    assert_eq!(opening(&table, &belvo).links[0].accounts, None);
    belvo.recover();
    let learned = opening(&table, &belvo).links;
    assert_eq!(learned[0].accounts.as_ref().map(Vec::len), Some(1));
    assert_eq!(learned[0].institution_name.as_ref().map(InstitutionName::as_str), Some("Erebor"));
    assert_eq!(opening(&table, &belvo).links, learned);
    let all = [Call::LinksOf, Call::Token, Call::Names, Call::Accounts];
    assert_eq!(belvo.calls(), [all.as_slice(), all.as_slice(), &all[..2]].concat());
    assert_eq!(table.audit().iter().filter(|event| event.action == Action::Refresh).count(), 1);
}

#[test]
fn beside_a_lost_race_belvo_is_asked_once_and_beside_a_refusal_not_at_all() {
    let link = shown(1, &ana(), 0);
    let table = table(vec![bound(&link, &ana(), None)], vec![]);
    let belvo = Belvo::showing([link]);
    told_by(&belvo);
    assert_eq!(refusal(&table, &belvo, 1), Refusal::Valid);
    assert_eq!(belvo.calls(), [Call::LinksOf, Call::Link]);
    table.fail([Fault::Stale, Fault::Stale]);
    assert!(opening(&table, &belvo).links[0].accounts.is_some());
    assert_eq!(belvo.calls().len(), 6);
}
