//! Following up: sessions that lost their callback, and consents that end.

use super::*;
use crate::{
    change::{Action, Source},
    failure::Outage,
    link::LinkState,
    ports::Consent,
    session::LinkSession,
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, session,
        session_id, shown,
    },
    values::ConsentId,
};

struct Scene {
    table: Table,
    belvo: Belvo,
    hand: Hand,
    policy: Policy,
}

/// A session that is due 12 minutes after its issue.
fn open(number: u8, user: &crate::external_id::ExternalId, issued: i64) -> LinkSession {
    LinkSession { due_at: Some(minute(issued + 12)), ..session(number, user, issued) }
}

impl Scene {
    fn new(sessions: &[LinkSession], belvo: Belvo) -> Self {
        let of = |user| sessions.iter().filter(|session| session.owner == user).cloned().collect();
        let ledgers = [ledger(&ana(), vec![], of(ana())), ledger(&bia(), vec![], of(bia()))];
        let (table, hand) = (Table::holding(ledgers), Hand::at(minute(12)));
        Self { table, belvo, hand, policy: Policy::default() }
    }

    fn on(&self) -> Follower<'_, Table, Belvo, Hand> {
        let Self { table: store, belvo: provider, hand: ambient, policy } = self;
        Follower { store, provider, ambient, policy, until: None }
    }

    fn look_up(&self) -> LookedUp {
        finished(look_up(&self.on())).expect("everything is up")
    }

    fn due(&self, user: &crate::external_id::ExternalId) -> usize {
        let sessions = self.table.read(user).expect("registered").sessions;
        sessions.iter().filter(|session| session.due_at.is_some()).count()
    }
}

#[test]
fn while_belvo_or_the_table_is_down_a_session_stays_due() {
    let scene = Scene::new(&[open(1, &ana(), 0)], Belvo::showing([shown(1, &ana(), 2)]));
    scene.belvo.fail(Call::LinksOf);
    assert!(matches!(finished(look_up(&scene.on())), Err(Outage::Provider(_))));
    scene.belvo.recover();
    scene.table.fail([Fault::Busy]);
    assert!(matches!(finished(look_up(&scene.on())), Err(Outage::Store(_))));
    assert_eq!(scene.due(&ana()), 1);
    assert_eq!(scene.look_up(), LookedUp { sessions: 0, bound: 1, refused: 0, calls: 1 });
}

#[test]
fn a_lost_callback_is_repaired_when_the_token_is_over_and_not_before() {
    let scene = Scene::new(&[open(1, &ana(), 1)], Belvo::showing([shown(1, &ana(), 2)]));
    assert_eq!((scene.look_up(), scene.belvo.calls().len()), (LookedUp::default(), 0));
    scene.hand.pass(1);
    assert_eq!(scene.look_up().bound, 1);
    let record = scene.table.link(&ana(), link_id(1)).expect("bound");
    assert_eq!((record.state, record.session_id), (LinkState::Active, Some(session_id(1))));
    assert_eq!((scene.due(&ana()), scene.look_up()), (0, LookedUp::default()));
    assert!(scene.table.audit().iter().all(|event| event.source == Source::FollowUp));
}

#[test]
fn several_due_sessions_of_one_user_are_one_call_and_each_is_looked_up_once() {
    let sessions = [open(1, &ana(), 0), open(2, &ana(), 0), open(3, &bia(), 0)];
    let scene = Scene::new(&sessions, Belvo::default());
    assert_eq!(scene.look_up(), LookedUp { sessions: 3, bound: 0, refused: 0, calls: 2 });
    assert_eq!((scene.due(&ana()), scene.due(&bia())), (0, 0));
    let actions: Vec<_> = scene.table.audit().iter().map(|event| event.action).collect();
    assert_eq!(actions, [Action::LookUp; 3]);
    scene.hand.pass(60);
    assert_eq!((scene.look_up(), scene.belvo.calls().len()), (LookedUp::default(), 2));
}

#[test]
fn one_users_damaged_records_keep_nobody_else_waiting() {
    let scene = Scene::new(&[open(1, &ana(), 0), open(2, &bia(), 0)], Belvo::default());
    scene.table.damage(ana());
    assert_eq!(scene.look_up(), LookedUp { sessions: 1, bound: 0, refused: 1, calls: 1 });
}

#[test]
fn a_look_up_decides_anew_when_somebody_was_quicker() {
    let scene = Scene::new(&[open(1, &ana(), 0)], Belvo::showing([shown(1, &ana(), 2)]));
    scene.table.fail([Fault::Stale, Fault::Stale]);
    assert_eq!(scene.look_up().bound, 1);
}

#[test]
fn a_late_run_begins_nothing_new() {
    let scene = Scene::new(&[open(1, &ana(), 0)], Belvo::default());
    let late = Follower { until: Some(minute(12)), ..scene.on() };
    assert_eq!(finished(look_up(&late)).expect("up"), LookedUp::default());
    assert_eq!(finished(note_consents(&late)).expect("up"), Noted::default());
    assert_eq!((scene.belvo.calls().len(), scene.due(&ana())), (0, 1));
}

/// Ana's links 1 to 3 have consents that end in 6 and 8 days, and never; a stranger's ends tomorrow.
fn consenting() -> Scene {
    let days = |days: i64| Some(minute(12 + days * 24 * 60));
    let ends = [(1, days(6)), (2, days(8)), (3, None), (9, days(1))];
    let belvo = Belvo::default();
    belvo.give_consents(ends.map(|(number, ends_at)| Consent {
        id: ConsentId::parse(&link_id(100 + number).to_string()).expect("valid"),
        link_id: link_id(number),
        ends_at,
    }));
    let links = (1..=3).map(|number| bound(&shown(number, &ana(), 0), &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), links, vec![])]);
    Scene { table, belvo, hand: Hand::at(minute(12)), policy: Policy::default() }
}

#[test]
fn consents_are_read_page_by_page_once_a_day_and_noted_a_week_ahead_once() {
    let scene = consenting();
    let note = || finished(note_consents(&scene.on())).expect("up");
    assert_eq!(note(), Noted { read: 2, noted: 1, refused: 0, calls: 1 });
    assert_eq!(note(), Noted { read: 2, noted: 0, refused: 0, calls: 1 }, "the second page");
    assert_eq!(note(), Noted::default(), "not before tomorrow");
    scene.hand.pass(24 * 60);
    assert_eq!((note().noted, note().noted), (1, 0), "the one of 8 days, and no other again");
    let noted: Vec<_> = scene.table.audit().iter().map(|event| (event.action, event.link_id)).collect();
    assert_eq!(noted, [1, 2].map(|number| (Action::NoteConsent, Some(link_id(number)))));
}

#[test]
fn while_belvo_is_down_consents_are_read_later() {
    let scene = consenting();
    scene.belvo.fail(Call::Consents);
    assert!(finished(note_consents(&scene.on())).is_err());
    scene.belvo.recover();
    assert_eq!(finished(note_consents(&scene.on())).expect("up").noted, 1);
}

#[test]
fn what_the_table_does_not_take_of_one_user_is_counted_and_the_next_has_their_turn() {
    let belvo = Belvo::showing([shown(1, &ana(), 2), shown(2, &bia(), 2)]);
    let scene = Scene::new(&[open(1, &ana(), 0), open(2, &bia(), 0)], belvo);
    scene.table.fail([Fault::Refused]);
    let told = scene.look_up();
    assert_eq!((told.refused, told.bound, told.calls), (1, 1, 2));
    let scene = consenting();
    scene.table.fail([Fault::Refused]);
    assert_eq!(finished(note_consents(&scene.on())).expect("up").refused, 1);
    let scene = consenting();
    scene.table.fail([Fault::Busy]);
    assert!(finished(note_consents(&scene.on())).is_err(), "a table that is down refuses nobody");
}

#[test]
fn a_user_who_is_erased_meanwhile_is_counted() {
    let scene = Scene::new(&[open(1, &ana(), 0)], Belvo::default());
    let before = scene.due(&ana());
    finished(crate::deletion::erasure::erase(&scene.table, &scene.hand, &ana())).expect("up").expect("begun");
    assert_eq!((before, scene.look_up().refused, scene.belvo.calls().len()), (1, 1, 0));
}
