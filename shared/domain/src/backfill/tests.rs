//! Lines one by one, bad ones first, and what lines come to together.

use super::*;
use crate::{
    deletion::erasure::erase,
    external_id::{ExternalIdError, ReferenceKey},
    link::{Claim, LinkState, LinkStatus, QuarantineReason},
    testing::{
        Fault as TableFault, Hand, Table, ana, bia, bound, finished, in_state, ledger, link_id, minute,
        pending, session, set_aside, shown, with_login, with_status,
    },
    values::ValueError,
};

fn key() -> ReferenceKey {
    ReferenceKey::parse(&format!("a:{}", "k".repeat(32))).expect("valid")
}

fn said(reference: &str, external_id: &str, link: &str) -> Result<Line, Fault> {
    let given = |text: &str| Some(text.to_owned());
    Line::parse(
        Said { reference: given(reference), external_id: given(external_id), link_id: given(link) },
        &key(),
    )
}

fn line(reference: &str, external_id: &str, link: Option<u8>) -> Line {
    let link = link.map_or_else(String::new, |number| link_id(number).to_string());
    said(reference, external_id, &link).expect("a good line")
}

/// The id that the app's own key for Ana derives to.
fn me() -> ExternalId {
    line("ana@app", "", None).external_id
}

/// What is asked about these links of Belvo's, an hour into the story.
fn asked(links: impl IntoIterator<Item = ProviderLink>) -> Asked {
    Asked { shown: links.into_iter().map(|link| (link.id, link)).collect(), at: minute(60) }
}

fn brought(table: &Table, line: &Line, asked: &Asked) -> Result<Brought, Fault> {
    let hand = Hand::at(minute(60));
    match finished(bring_in(table, &hand, &Policy::default(), line, asked)) {
        Ok(brought) => Ok(brought),
        Err(Unbrought::Bad(fault)) => Err(fault),
        Err(Unbrought::Store(error)) => panic!("{error:?}"),
    }
}

/// What bringing in comes to, after the rehearsal came to the same and wrote nothing.
fn tried(table: &Table, line: &Line, asked: &Asked) -> Result<Brought, Fault> {
    let before = table.audit().len();
    let held = finished(look(table, line)).expect("up");
    let foreseen = Rehearsal::default().foresee(line, &held, asked, &Policy::default());
    assert_eq!(table.audit().len(), before);
    let brought = brought(table, line, asked);
    assert_eq!(foreseen, brought);
    brought
}

#[test]
fn a_line_that_breaks_a_rule_is_told_by_the_rule() {
    assert_eq!(said("", "", &link_id(1).to_string()), Err(Fault::Nobody));
    assert_eq!(said("", "a b c", ""), Err(Fault::ExternalId(ExternalIdError::Character)));
    assert_eq!(said("", me().as_str(), ""), Err(Fault::ExternalId(ExternalIdError::Reserved)));
    assert_eq!(said("", "cpf-123-456-789-09", ""), Err(Fault::ExternalId(ExternalIdError::PiiSuspected)));
    assert_eq!(said("a\u{0}", "ana", ""), Err(Fault::Value(ValueError::Reference)));
    assert_eq!(said("", "ana", "none"), Err(Fault::Value(ValueError::LinkId)));
}

#[test]
fn a_line_tells_which_link_it_is_about() {
    assert_eq!(line("", "ana", Some(1)).link(), Some(link_id(1)));
    assert_eq!(line("ana@app", "", None).link(), None);
}

#[test]
fn a_bad_line_is_left_out_whole() {
    let of_bia = bound(&shown(2, &bia(), 0), &bia(), None);
    let table = Table::holding([ledger(&bia(), vec![of_bia], vec![])]);
    let unconfirmed = with_status(shown(3, &ana(), 0), LinkStatus::Unconfirmed);
    let malformed = ProviderLink { claim: Claim::Malformed, ..shown(5, &ana(), 0) };
    let asked = asked([shown(2, &bia(), 0), unconfirmed, shown(4, &bia(), 0), malformed]);
    let bad = |link| tried(&table, &line("ana@app", "ana", Some(link)), &asked);
    assert_eq!(bad(1), Err(Fault::NotAtBelvo));
    assert_eq!(bad(2), Err(Fault::HeldByAnother));
    assert_eq!(bad(3), Err(Fault::Unconfirmed));
    assert_eq!(bad(4), Err(Fault::NamesAnother));
    assert_eq!(bad(5), Err(Fault::NamesAnother));
    assert_eq!((table.read(&ana()), table.read(&me()), table.audit()), (None, None, vec![]));
}

#[test]
fn a_reference_that_is_a_user_or_leads_to_another_is_bad() {
    let table = Table::default();
    let asked = asked([]);
    assert!(tried(&table, &line("ana@app", "", None), &asked).is_ok(), "a user of its own");
    assert_eq!(tried(&table, &line("ana@app", "ana", None), &asked), Err(Fault::ReferenceTaken));
    assert!(tried(&table, &line("bia@app", "bia", None), &asked).is_ok());
    assert_eq!(tried(&table, &line("bia@app", "ana", None), &asked), Err(Fault::ReferenceTaken));
    assert_eq!(tried(&table, &line("you@app", "bia", None), &asked), Err(Fault::UserTaken));
    assert_eq!(table.read(&ana()), None);
}

#[test]
fn what_was_let_go_does_not_come_back() {
    let link = shown(1, &ana(), 0);
    let gone = in_state(bound(&link, &ana(), None), LinkState::Gone);
    let table = Table::holding([ledger(&ana(), vec![gone], vec![])]);
    assert_eq!(tried(&table, &line("", "ana", Some(1)), &asked([link])), Err(Fault::Gone));
}

#[test]
fn a_line_registers_its_user_leads_the_reference_there_and_adopts_the_link() {
    let table = Table::default();
    let (line, asked) = (line("ana@app", "ana", Some(1)), asked([shown(1, &ana(), 0)]));
    let all = Brought { registered: true, aliased: true, link: Some(Adoption::Adopted) };
    assert_eq!(tried(&table, &line, &asked), Ok(all));
    let ledger = table.read(&me()).expect("the reference leads to ana");
    assert_eq!((&ledger.user.external_id, &ledger.user.alias), (&ana(), &Some(me())));
    let record = ledger.link(link_id(1)).expect("bound");
    assert_eq!((record.state, &record.owner, &record.session_id), (LinkState::Active, &ana(), &None));
    let told: Vec<_> = table.audit().iter().map(|event| (event.action, event.source)).collect();
    let by_file = |action| (action, Source::Backfill);
    assert_eq!(told, [by_file(Action::Register), by_file(Action::Alias), by_file(Action::Bind)]);
    assert!(table.audit().iter().all(|event| event.external_id == Some(ana())));
}

#[test]
fn a_line_that_comes_again_writes_nothing() {
    let table = Table::default();
    let line = line("ana@app", "ana", Some(1));
    brought(&table, &line, &asked([shown(1, &ana(), 0)])).expect("new");
    let before = (table.audit(), table.commits());
    let markers = finished(table.markers(&[link_id(1)])).expect("up");
    assert!(unheld(&[link_id(1)], &markers).is_empty(), "Belvo is not asked again");
    let known = Brought { link: Some(Adoption::Known), ..Brought::default() };
    assert_eq!(tried(&table, &line, &asked([])), Ok(known));
    assert_eq!((table.audit(), table.commits()), before);
}

#[test]
fn the_file_vouches_for_a_link_that_names_nobody_and_for_one_in_quarantine() {
    let nobodys = ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 0) };
    let late = shown(2, &ana(), 0);
    let table = Table::default();
    table.mark(link_id(2), Marker::Quarantined(set_aside(&late, QuarantineReason::UnknownUser)));
    let asked = asked([nobodys, late]);
    for number in [1, 2] {
        let adopted = tried(&table, &line("", "ana", Some(number)), &asked).expect("good");
        assert_eq!(adopted.link, Some(Adoption::Adopted));
        assert_eq!(table.marker(link_id(number)), Some(Marker::Owned(ana())));
    }
}

#[test]
fn of_two_links_to_one_login_one_stays() {
    let links = [1, 2].map(|number| with_login(shown(number, &ana(), number.into()), "one"));
    let table = Table::default();
    let asked = asked(links);
    for number in [2, 1] {
        tried(&table, &line("", "ana", Some(number)), &asked).expect("good");
    }
    let state = |number| table.link(&ana(), link_id(number)).expect("bound").state;
    assert_eq!((state(1), state(2)), (LinkState::Superseded, LinkState::Active));
}

#[test]
fn a_reference_alone_is_a_user_as_registration_knows_it() {
    let table = Table::default();
    let asked = asked([shown(1, &me(), 0)]);
    let adopted = tried(&table, &line("ana@app", "", Some(1)), &asked).expect("good");
    assert_eq!((adopted.registered, adopted.aliased), (true, false));
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(me())));
}

#[test]
fn a_reference_alone_is_the_user_to_whom_it_was_led() {
    let table = Table::default();
    let asked = asked([shown(1, &ana(), 0)]);
    brought(&table, &line("ana@app", "ana", None), &asked).expect("good");
    let adopted = tried(&table, &line("ana@app", "", Some(1)), &asked).expect("good");
    assert_eq!(adopted, Brought { link: Some(Adoption::Adopted), ..Brought::default() });
    assert_eq!(table.marker(link_id(1)), Some(Marker::Owned(ana())));
}

#[test]
fn somebody_who_is_quicker_is_no_failure() {
    let table = Table::default();
    table.fail([TableFault::Stale]);
    let asked = asked([shown(1, &ana(), 0)]);
    let all = Brought { registered: true, aliased: true, link: Some(Adoption::Adopted) };
    assert_eq!(brought(&table, &line("ana@app", "ana", Some(1)), &asked), Ok(all));
    table.fail([TableFault::Busy]);
    let hand = Hand::at(minute(60));
    let asked = self::asked([shown(2, &ana(), 0)]);
    let failed = finished(bring_in(&table, &hand, &Policy::default(), &line("", "ana", Some(2)), &asked));
    assert!(matches!(failed, Err(Unbrought::Store(StoreError::Busy(_)))));
}

#[test]
fn lines_that_have_something_in_common_stay_in_order() {
    let file = [
        line("ana@app", "ana", Some(1)),
        line("", "bia", None),
        line("ana@app", "", None),
        line("", "caio", Some(2)),
        line("", "dana", Some(1)),
        line("", "bia", Some(2)),
        line("", "eva", None),
    ];
    let lanes = lanes((1..).zip(file).collect());
    let numbers = |lane: &Vec<(u64, Line)>| lane.iter().map(|(number, _)| *number).collect();
    let numbers: Vec<Vec<u64>> = lanes.iter().map(numbers).collect();
    assert_eq!(numbers, [vec![1, 3, 5], vec![2, 4, 6], vec![7]]);
}

/// Line by line, a rehearsal of a file tells what bringing it in does.
#[test]
fn a_rehearsal_knows_what_earlier_lines_would_have_done() {
    let nobodys = |number| ProviderLink { claim: Claim::Absent, ..shown(number, &ana(), 0) };
    let file = [
        line("ana@app", "ana", Some(1)),
        line("ana@app", "ana", Some(2)),
        line("", "ana", Some(2)),
        line("ana@app", "bia", None),
        line("you@app", "ana", None),
        line("ana@app", "", Some(1)),
        line("", "bia", Some(2)),
        line("", "bia", None),
        line("bia@app", "bia", None),
        line("caio@app", "", None),
        line("caio@app", "caio", None),
    ];
    let (table, mut rehearsal) = (Table::default(), Rehearsal::default());
    let first = asked([nobodys(1), nobodys(2)]);
    let mut foresee = |line| {
        rehearsal.foresee(line, &finished(look(&table, line)).expect("up"), &first, &Policy::default())
    };
    let foreseen: Vec<_> = file.iter().map(&mut foresee).collect();
    assert_eq!(table.audit(), vec![]);
    let done: Vec<_> = file.iter().map(|line| brought(&table, line, &first)).collect();
    assert_eq!(foreseen, done);
    let mut tally = Tally::default();
    for line in &done {
        tally.count(line);
    }
    let expected = Tally { lines: 11, registered: 3, references: 2, adopted: 2, known: 2, bad: 4 };
    assert_eq!(tally, expected, "{done:?}");
}

#[test]
fn whoever_was_erased_is_not_brought_back() {
    let table = Table::holding([ledger(&ana(), vec![], vec![])]);
    finished(erase(&table, &Hand::at(minute(5)), &ana())).expect("nothing fails").expect("begun");
    let (line, before) = (line("", "ana", Some(1)), table.audit());
    assert_eq!(brought(&table, &line, &asked([shown(1, &ana(), 0)])), Err(Fault::Erased));
    assert_eq!((table.read(&ana()), table.marker(link_id(1)), table.audit()), (None, None, before));
}

#[test]
fn a_link_that_only_waits_or_was_just_bound_to_the_user_is_adopted_all_the_same() {
    let opened = session(1, &ana(), 0);
    let waiting = pending(1, &opened, 6);
    let table = Table::holding([ledger(&ana(), vec![waiting], vec![opened])]);
    table.mark(link_id(2), Marker::Owned(ana())); // by somebody who is quicker than we read
    let asked = asked([shown(1, &ana(), 5), shown(2, &ana(), 5)]);
    for number in [1, 2] {
        let adopted = tried(&table, &line("", "ana", Some(number)), &asked).expect("good");
        assert_eq!(adopted.link, Some(Adoption::Adopted));
        assert_eq!(table.link(&ana(), link_id(number)).expect("bound").state, LinkState::Active);
    }
}

#[test]
fn belvo_is_asked_about_each_link_once_that_nobody_has() {
    let markers = Markers::from([
        (link_id(1), Marker::Owned(bia())),
        (link_id(2), Marker::Quarantined(set_aside(&shown(2, &ana(), 0), QuarantineReason::NoSession))),
    ]);
    assert_eq!(unheld(&[3, 2, 1, 3].map(link_id), &markers), [2, 3].map(link_id));
}
