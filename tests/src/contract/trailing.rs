//! Rules of [`trail`](domain::ports::Trail::trail): everything that was filed, oldest first, and nothing of others.

use domain::{
    change::{Action, AuditEvent, Change, Commit, EventId, Evidence, Filed, Source},
    external_id::ExternalId,
    link::{LinkState, QuarantineReason},
    ports::{Place, Stretch, Subject},
    sweep::PlanId,
};

use super::{
    Store,
    samples::{at, bound, commit, event, link_id, quarantined, registered, session, writer},
};

/// All of a trail, if it is no longer than a hundred.
pub const WHOLE: Stretch = Stretch { from: None, until: None, behind: None, most: 100 };

async fn told(store: &impl Store, of: &Subject) -> Vec<AuditEvent> {
    store.trail(of, &WHOLE).await.expect("up").into_iter().map(|filed| filed.event).collect()
}

async fn actions(store: &impl Store, of: &Subject, stretch: &Stretch) -> Vec<Action> {
    store.trail(of, stretch).await.expect("up").iter().map(|filed| filed.event.action).collect()
}

/// Files these events with some change that they may have been about.
async fn file(store: &impl Store, owner: &ExternalId, number: u8, audit: Vec<AuditEvent>) {
    let changes = vec![Change::Session(session(owner, number))];
    let wanted = Commit { audit, ..commit(writer(number), changes) };
    store.commit(&wanted).await.expect("new");
}

/// An event of this user at this second.
fn of(owner: &ExternalId, action: Action, second: i64) -> AuditEvent {
    AuditEvent { external_id: Some(owner.clone()), ..AuditEvent::new(at(second), action, Source::Sweep) }
}

/// Nothing happened to whom nobody knows.
pub async fn a_subject_that_nobody_knows_has_no_trail(store: &impl Store) {
    registered(store, "bia").await;
    let ana = ExternalId::parse("user_ana").expect("valid");
    for of in [Subject::User(ana), Subject::Link(link_id(1))] {
        assert_eq!(store.trail(&of, &WHOLE).await.expect("up"), []);
    }
}

/// What is read is what was written, each event under a name of its own.
pub async fn a_trail_is_told_oldest_first_with_everything_that_was_filed(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let full = AuditEvent {
        evidence: Some(Evidence::DuplicateOf(link_id(2))),
        by: Some(domain::change::Actor::Admin),
        plan_id: Some(PlanId::parse("plan_0123456789abcdef").expect("an id")),
        link_id: Some(link_id(1)),
        session_id: Some(session(&ana, 1).id),
        before: Some(LinkState::Active),
        after: Some(LinkState::Superseded),
        ..of(&ana, Action::Supersede, 90)
    };
    file(store, &ana, 2, vec![of(&ana, Action::EndSession, 60), full.clone()]).await;
    file(store, &ana, 1, vec![of(&ana, Action::OpenSession, 30)]).await;
    let trail = store.trail(&Subject::User(ana), &WHOLE).await.expect("up");
    let order: Vec<_> = trail.iter().map(|filed| filed.event.action).collect();
    assert_eq!(order, [Action::Register, Action::OpenSession, Action::EndSession, Action::Supersede]);
    assert_eq!(trail.last().map(|filed| &filed.event), Some(&full));
    let names = |(one, other): (&EventId, &EventId)| one.writer == other.writer && one.number < other.number;
    assert!(matches!(&trail[..], [_, _, one, other] if names((&one.id, &other.id))));
}

/// Whoever reads page after page misses nothing and reads nothing twice.
pub async fn a_trail_read_in_stretches_is_the_whole_trail(store: &impl Store) {
    let ana = registered(store, "ana").await;
    for number in 1..5 {
        let event = |second| of(&ana, Action::Refresh, second);
        file(store, &ana, number, vec![event(60), event(i64::from(number) * 7), event(60)]).await;
    }
    let subject = Subject::User(ana);
    let whole = store.trail(&subject, &WHOLE).await.expect("up");
    assert_eq!(whole.len(), 13);
    for most in [1, 2, 5, 13] {
        let (mut read, mut behind): (Vec<Filed>, _) = (Vec::new(), None);
        loop {
            let page = store.trail(&subject, &Stretch { behind, most, ..WHOLE }).await.expect("up");
            assert!(page.len() <= most, "{most}");
            behind = page.last().map(Place::of);
            read.extend(page);
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(read, whole, "{most}");
    }
}

/// From a moment on, and before another.
pub async fn a_trail_begins_and_ends_where_it_is_asked_to(store: &impl Store) {
    let ana = registered(store, "ana").await;
    for (number, action) in [(1, Action::OpenSession), (2, Action::EndSession), (3, Action::Refresh)] {
        file(store, &ana, number, vec![of(&ana, action, i64::from(number) * 60)]).await;
    }
    let subject = &Subject::User(ana);
    let between = async |from: Option<i64>, until: Option<i64>| {
        let stretch = Stretch { from: from.map(at), until: until.map(at), ..WHOLE };
        actions(store, subject, &stretch).await
    };
    assert_eq!(between(Some(60), Some(180)).await, [Action::OpenSession, Action::EndSession]);
    assert_eq!(between(Some(121), None).await, [Action::Refresh]);
    assert_eq!(between(None, Some(60)).await, [Action::Register]);
    assert_eq!(between(Some(180), Some(60)).await, []);
}

/// What happened while nobody had it, and since.
pub async fn a_link_that_was_claimed_has_a_trail_from_before(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let link = Subject::Link(link_id(1));
    let set_aside =
        AuditEvent { evidence: Some(Evidence::Unexplained(QuarantineReason::NoSession)), ..event(None, 1) };
    let mut wanted = commit(writer(1), vec![Change::Quarantine(quarantined(1))]);
    wanted.audit.push(set_aside.clone());
    store.commit(&wanted).await.expect("new");
    assert_eq!(told(store, &link).await, [set_aside]);
    let changes = vec![Change::Own(link_id(1), ana.clone()), Change::Link(bound(&ana, 1))];
    let claimed = AuditEvent { link_id: Some(link_id(1)), ..of(&ana, Action::Claim, 90) };
    let wanted = Commit { audit: vec![claimed], ..commit(writer(2), changes) };
    store.commit(&wanted).await.expect("free");
    assert_eq!(actions(store, &link, &WHOLE).await, [Action::Quarantine, Action::Claim]);
    let first = Stretch { most: 1, ..WHOLE };
    assert_eq!(actions(store, &link, &first).await, [Action::Quarantine]);
    let behind = store.trail(&link, &first).await.expect("up").last().map(Place::of);
    assert_eq!(actions(store, &link, &Stretch { behind, ..first }).await, [Action::Claim]);
}

/// Nor of its user.
pub async fn a_links_trail_tells_of_no_other_link(store: &impl Store) {
    let ana = registered(store, "ana").await;
    for number in [1, 2] {
        let link = u32::from(number);
        let changes = vec![Change::Own(link_id(link), ana.clone()), Change::Link(bound(&ana, link))];
        let wanted = Commit { audit: vec![event(Some(&ana), link)], ..commit(writer(number), changes) };
        store.commit(&wanted).await.expect("new");
    }
    assert_eq!(told(store, &Subject::Link(link_id(2))).await, [event(Some(&ana), 2)]);
    assert_eq!(actions(store, &Subject::User(ana), &WHOLE).await.len(), 3);
}

/// Who names another's link leaves it in their own trail, and in no trail of the link (I12).
pub async fn a_links_trail_tells_nothing_of_who_only_named_it(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    file(store, &bia, 1, vec![event(Some(&bia), 1)]).await;
    assert_eq!(told(store, &Subject::Link(link_id(1))).await, []);
    let changes = vec![Change::Own(link_id(1), ana.clone()), Change::Link(bound(&ana, 1))];
    let wanted = Commit { audit: vec![event(Some(&ana), 1)], ..commit(writer(2), changes) };
    store.commit(&wanted).await.expect("free");
    assert_eq!(told(store, &Subject::Link(link_id(1))).await, [event(Some(&ana), 1)]);
    assert_eq!(actions(store, &Subject::User(bia), &WHOLE).await.len(), 2);
}
