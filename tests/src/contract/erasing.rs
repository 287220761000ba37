//! Rules of [`Erasures`](domain::ports::Erasures): what is left of a user, and for whom their id stands afterwards.

use domain::{
    change::{Action, AuditEvent, Change, Source},
    deletion::{
        Intent, Why,
        erasure::{Certificate, Erasure, ErasureId, Remains},
    },
    external_id::ExternalId,
    link::{LinkRecord, LinkState},
    ports::{Aliased, Registered},
    user::User,
};

use super::{
    Store,
    samples::{
        at, binding, bound, commit, event, id, link_id, quarantined, registered, session, user, writer,
    },
};

fn erasure(name: &str) -> Erasure {
    Erasure {
        id: ErasureId::mint([7; 16]),
        external_id: id(name),
        requested_at: at(100),
        due_at: Some(at(100)),
        links: None,
        revision: 1,
    }
}

async fn erased(store: &impl Store, user: &User, mark: u8) -> bool {
    let asked = AuditEvent::new(at(100), Action::Erase, Source::Erasure);
    let asked = AuditEvent { external_id: Some(user.external_id.clone()), ..asked };
    let erasure = Erasure { external_id: user.external_id.clone(), ..erasure("ana") };
    store.erase(user, &erasure, &asked, &writer(mark)).await.expect("up")
}

async fn purged(store: &impl Store, user: &ExternalId) -> usize {
    let read = store.remains(user).await.expect("up");
    store.purge(user, &read).await.expect("up")
}

/// Ana, who has two links and a session, one of the links with an intent.
async fn ana_with_everything(store: &impl Store) -> ExternalId {
    let ana = registered(store, "ana").await;
    for number in [1, 2] {
        store
            .commit(&binding(&ana, number, writer(10 + u8::try_from(number).expect("few"))))
            .await
            .expect("new");
    }
    let intent = Intent::mark(link_id(1), ana.clone(), Why::Erasure, at(90));
    let changes = vec![Change::Session(session(&ana, 5)), Change::Intent(intent)];
    let mut all = commit(writer(13), changes);
    all.audit.push(event(Some(&ana), 1));
    store.commit(&all).await.expect("new");
    ana
}

/// To everybody, from that moment.
pub async fn an_erased_user_is_nobody(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    assert_eq!(store.erasure(&ana).await.expect("up"), None);
    assert!(erased(store, &user("ana").0, 1).await);
    assert_eq!(store.ledger(&ana).await.expect("up"), None);
    assert_eq!(store.links(&ana).await.expect("up"), None);
    assert_eq!(store.erasure(&ana).await.expect("up"), Some(erasure("ana")));
    let (ana, registration) = user("ana");
    let again = store.register(&ana, &registration, &writer(2)).await.expect("up");
    assert_eq!(again, Registered::Erased);
}

/// Of two who ask at once one is first; nobody is erased who is not there.
pub async fn nobody_is_erased_twice_or_by_an_old_reading(store: &impl Store) {
    ana_with_everything(store).await;
    let other = User { alias: Some(id("me")), ..user("ana").0 };
    assert!(!erased(store, &other, 1).await, "she has no alias");
    assert!(erased(store, &user("ana").0, 2).await);
    assert!(!erased(store, &user("ana").0, 3).await);
    assert!(!erased(store, &user("bia").0, 4).await);
}

/// What is left to be deleted is told, and goes.
pub async fn what_remains_is_told_and_removed_but_for_the_tombstone(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    let bia = registered(store, "bia").await;
    store.commit(&binding(&bia, 3, writer(20))).await.expect("new");
    erased(store, &user("ana").0, 1).await;
    let remains = store.remains(&ana).await.expect("up");
    assert_eq!(remains.links, [bound(&ana, 1), bound(&ana, 2)]);
    assert_eq!(remains.sessions, [session(&ana, 5)]);

    let removed = store.purge(&ana, &remains).await.expect("up");
    assert!(removed >= 8, "links, holders, intent, session, events: {removed}");
    assert_eq!(store.remains(&ana).await.expect("up").links, []);
    assert_eq!(store.markers(&[link_id(1), link_id(2)]).await.expect("up").len(), 0);
    assert_eq!(store.intents(&[link_id(1)]).await.expect("up").len(), 0);
    assert_eq!(store.erasure(&ana).await.expect("up"), Some(erasure("ana")));
    assert_eq!(store.links(&bia).await.expect("up"), Some(vec![bound(&bia, 3)]), "another's stays");
    assert_eq!(store.markers(&[link_id(3)]).await.expect("up").len(), 1);
    assert_eq!(store.purge(&ana, &remains).await.expect("up"), 0, "again");
}

/// What another run took up meanwhile is not left behind in part: all of it stays.
pub async fn what_came_after_the_reading_stays_and_whole(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    erased(store, &user("ana").0, 1).await;
    let mut read = store.remains(&ana).await.expect("up");
    read.links.retain(|record| record.link_id != link_id(1));
    read.sessions.clear();
    store.purge(&ana, &read).await.expect("up");
    let left = store.remains(&ana).await.expect("up");
    assert_eq!((left.links, left.sessions), (vec![bound(&ana, 1)], vec![session(&ana, 5)]));
    assert_eq!(store.markers(&[link_id(1), link_id(2)]).await.expect("up").len(), 1);
    assert_eq!(store.intents(&[link_id(1)]).await.expect("up").len(), 1);
}

/// One that another run took up in place of a user's word stays too, with its holder and its intent.
pub async fn what_changed_after_the_reading_stays_and_whole(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    let named = LinkRecord { state: LinkState::Pending, status: None, ..bound(&ana, 4) };
    store.commit(&commit(writer(30), vec![Change::Link(named)])).await.expect("a word of hers");
    erased(store, &user("ana").0, 1).await;
    let read = store.remains(&ana).await.expect("up");
    let taken_up =
        |number, revision| LinkRecord { state: LinkState::Deleting, revision, ..bound(&ana, number) };
    let intent = Intent::mark(link_id(4), ana.clone(), Why::Erasure, at(90));
    let changes =
        vec![Change::Link(taken_up(4, 2)), Change::Own(link_id(4), ana.clone()), Change::Intent(intent)];
    store.commit(&commit(writer(31), changes)).await.expect("as read");
    store.commit(&commit(writer(32), vec![Change::Link(taken_up(1, 2))])).await.expect("as read");
    store.purge(&ana, &read).await.expect("up");
    let left = store.remains(&ana).await.expect("up");
    assert_eq!((left.links, left.sessions), (vec![taken_up(1, 2), taken_up(4, 2)], vec![]));
    let both = [link_id(1), link_id(4)];
    assert_eq!(store.markers(&both).await.expect("up").len(), 2);
    assert_eq!(store.intents(&both).await.expect("up").len(), 2);
}

/// A link that is recorded for one and held by another stays the other's.
pub async fn what_stands_under_a_link_that_another_holds_stays(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    let bia = registered(store, "bia").await;
    store.commit(&binding(&bia, 3, writer(20))).await.expect("new");
    let named = LinkRecord { state: LinkState::Pending, status: None, ..bound(&ana, 3) };
    store.commit(&commit(writer(21), vec![Change::Link(named)])).await.expect("a word of hers");
    erased(store, &user("ana").0, 1).await;
    purged(store, &ana).await;
    assert_eq!(store.remains(&ana).await.expect("up").links, []);
    assert_eq!(store.markers(&[link_id(3)]).await.expect("up").len(), 1);
}

/// A link of nobody that names somebody else is none of this user's.
pub async fn a_quarantined_link_that_names_another_stays(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    store.commit(&commit(writer(30), vec![Change::Quarantine(quarantined(9))])).await.expect("new");
    erased(store, &user("ana").0, 1).await;
    let links = vec![bound(&ana, 9)];
    store.purge(&ana, &Remains { links, sessions: vec![] }).await.expect("up");
    assert_eq!(store.markers(&[link_id(9)]).await.expect("up").len(), 1);
}

/// Longest waiting first, until it is complete.
pub async fn an_erasure_is_due_until_it_is_certified(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    erased(store, &user("ana").0, 1).await;
    assert_eq!(store.erasing(at(99), 10).await.expect("up"), []);
    assert_eq!(store.erasing(at(100), 10).await.expect("up"), [erasure("ana")]);
    let later = erasure("ana").due(at(200));
    assert!(store.put_erasure(&later).await.expect("up"));
    assert!(!store.put_erasure(&later).await.expect("up"), "somebody was quicker");
    assert_eq!(store.erasing(at(150), 10).await.expect("up"), []);

    let certificate = Certificate {
        erasure_id: later.id.clone(),
        requested_at: at(100),
        completed_at: at(300),
        links_deleted: 2,
    };
    assert!(
        !store.certify(&later.complete().complete(), &certificate).await.expect("up"),
        "by an old reading"
    );
    assert_eq!(store.certificates(10).await.expect("up"), []);
    assert!(store.certify(&later.complete(), &certificate).await.expect("up"));
    assert_eq!(store.certificates(10).await.expect("up"), [certificate]);
    assert_eq!(store.erasing(at(999), 10).await.expect("up"), []);
    let reopened = later.complete().due(at(400));
    assert!(store.put_erasure(&reopened).await.expect("up"));
    assert_eq!(store.erasing(at(400), 10).await.expect("up"), [reopened]);
    assert_eq!(store.erasure(&ana).await.expect("up").map(|erasure| erasure.revision), Some(4));
}

async fn back_again(store: &impl Store, name: &str, mark: u8) -> Registered {
    let (fresh, registration) = user(name);
    let fresh = User { alias: Some(id("ana")), ..fresh };
    store.register_again(&fresh, &id("ana"), &registration, &writer(mark)).await.expect("up")
}

/// The id leads to somebody new, with nothing of who was.
pub async fn an_id_that_was_erased_stands_for_who_comes_back(store: &impl Store) {
    ana_with_everything(store).await;
    erased(store, &user("ana").0, 1).await;
    let fresh = User { alias: Some(id("ana")), ..user("fresh").0 };
    assert_eq!(back_again(store, "fresh", 2).await, Registered::New(fresh.clone()));
    assert_eq!(back_again(store, "fresh", 2).await, Registered::New(fresh.clone()), "our own, again");
    assert_eq!(back_again(store, "late", 3).await, Registered::Known(fresh.clone()), "somebody was quicker");
    let ledger = store.ledger(&id("ana")).await.expect("up").expect("stands for fresh");
    assert_eq!((ledger.user, ledger.links.len(), ledger.sessions.len()), (fresh.clone(), 0, 0));
    let (ana, registration) = user("ana");
    assert_eq!(
        store.register(&ana, &registration, &writer(4)).await.expect("up"),
        Registered::Known(fresh.clone())
    );
    assert_eq!(
        store.erasure(&id("ana")).await.expect("up"),
        Some(erasure("ana")),
        "a tombstone all the same"
    );
    assert!(store.put_erasure(&erasure("ana").due(at(200))).await.expect("up"));
    assert!(store.ledger(&id("ana")).await.expect("up").is_some(), "and it still leads to who came back");

    assert!(erased(store, &fresh, 5).await);
    assert_eq!(store.ledger(&id("ana")).await.expect("up"), None);
    assert_eq!(store.erasing(at(500), 10).await.expect("up").len(), 2, "both are under way");
    assert!(matches!(back_again(store, "third", 6).await, Registered::New(_)));
}

/// Who was brought in under another id than the reference's.
pub async fn an_alias_of_an_erased_user_is_a_tombstone(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let alias = AuditEvent::new(at(1), Action::Alias, Source::Backfill);
    let stands = store.stand_for(&id("me"), &user("ana").0, &alias, &writer(1)).await.expect("up");
    assert_eq!(stands, Aliased::New);
    assert!(erased(store, &User { alias: Some(id("me")), ..user("ana").0 }, 2).await);
    assert_eq!(store.ledger(&id("me")).await.expect("up"), None);
    let told = store.erasure(&id("me")).await.expect("up").map(|erasure| (erasure.id, erasure.due_at));
    assert_eq!(told, Some((erasure("ana").id, None)));
    assert_eq!(store.erasure(&ana).await.expect("up").and_then(|erasure| erasure.due_at), Some(at(100)));
    let (me, registration) = user("me");
    let again = store.register(&me, &registration, &writer(3)).await.expect("up");
    assert_eq!(again, Registered::Erased);
    let taken = store.stand_for(&id("me"), &user("bia").0, &alias, &writer(4)).await;
    assert!(!matches!(taken, Ok(Aliased::New)), "{taken:?}");
}

/// What a request that was under way writes late is found, and goes.
pub async fn what_is_written_late_remains_until_it_is_removed(store: &impl Store) {
    let ana = ana_with_everything(store).await;
    erased(store, &user("ana").0, 1).await;
    purged(store, &ana).await;
    store.commit(&binding(&ana, 4, writer(40))).await.expect("nothing bars it");
    let parked = LinkRecord { state: LinkState::Deleting, revision: 2, ..bound(&ana, 4) };
    store.commit(&commit(writer(41), vec![Change::Link(parked.clone())])).await.expect("the next");
    assert_eq!(store.remains(&ana).await.expect("up").links, [parked]);
    assert!(purged(store, &ana).await >= 2);
    assert_eq!(store.remains(&ana).await.expect("up").links, []);
}

/// Its certificate would be wrong.
pub async fn an_erasure_under_way_keeps_its_count_when_who_came_back_is_erased(store: &impl Store) {
    ana_with_everything(store).await;
    erased(store, &user("ana").0, 1).await;
    let counted = Erasure { links: Some(2), ..erasure("ana").due(at(200)) };
    assert!(store.put_erasure(&counted).await.expect("up"));
    assert!(matches!(back_again(store, "fresh", 2).await, Registered::New(_)));
    assert!(erased(store, &User { alias: Some(id("ana")), ..user("fresh").0 }, 3).await);
    assert_eq!(store.erasure(&id("ana")).await.expect("up"), Some(counted));
}
