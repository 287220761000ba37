//! Rules of [`Aliases`](domain::ports::Aliases): an id that stands for a user leads to nobody else, ever (I12).

use domain::{
    change::{Action, AuditEvent, Change, Source},
    deletion::erasure::{Erasure, ErasureId},
    external_id::ExternalId,
    ports::{Aliased, Registered},
    user::User,
};

use super::{
    Store,
    samples::{at, binding, bound, commit, id, registered, session, user, writer},
};

fn event(user: &User) -> AuditEvent {
    let event = AuditEvent::new(at(1), Action::Alias, Source::Backfill);
    AuditEvent { external_id: Some(user.external_id.clone()), ..event }
}

async fn aliased(store: &impl Store, alias: &str, name: &str, number: u8) -> Aliased {
    let (user, _) = user(name);
    let answer = store.stand_for(&id(alias), &user, &event(&user), &writer(number)).await;
    answer.expect("the store is up")
}

async fn ana_with_an_alias(store: &impl Store) -> ExternalId {
    let ana = registered(store, "ana").await;
    assert_eq!(aliased(store, "me", "ana", 1).await, Aliased::New);
    ana
}

/// Whole: also who the user is.
pub async fn an_alias_reads_as_its_user(store: &impl Store) {
    let ana = ana_with_an_alias(store).await;
    store.commit(&binding(&ana, 1, writer(2))).await.expect("new");
    store.commit(&commit(writer(3), vec![Change::Session(session(&ana, 1))])).await.expect("new");
    let ledger = store.ledger(&id("me")).await.expect("up").expect("stands for ana");
    let known = User { alias: Some(id("me")), ..user("ana").0 };
    assert_eq!((&ledger.user, &ledger.links), (&known, &vec![bound(&ana, 1)]));
    assert_eq!(store.ledger(&ana).await.expect("up"), Some(ledger));
    assert_eq!(store.links(&id("me")).await.expect("up"), Some(vec![bound(&ana, 1)]));
}

/// The user in front of the app was here before.
pub async fn registering_an_alias_finds_its_user(store: &impl Store) {
    ana_with_an_alias(store).await;
    let (me, registration) = user("me");
    let answer = store.register(&me, &registration, &writer(2)).await.expect("up");
    assert_eq!(answer, Registered::Known(User { alias: Some(id("me")), ..user("ana").0 }));
}

/// Nobody is given what is another's.
pub async fn a_user_or_the_alias_of_another_is_taken(store: &impl Store) {
    ana_with_an_alias(store).await;
    registered(store, "bia").await;
    assert_eq!(aliased(store, "me", "bia", 2).await, Aliased::Taken);
    assert_eq!(aliased(store, "ana", "bia", 3).await, Aliased::Taken);
    assert_eq!(store.ledger(&id("bia")).await.expect("up").expect("a user").user, user("bia").0);
}

/// Two would be two people with one user's links.
pub async fn a_user_has_one_alias(store: &impl Store) {
    ana_with_an_alias(store).await;
    assert_eq!(aliased(store, "you", "ana", 2).await, Aliased::HasAnother);
    assert_eq!(store.ledger(&id("you")).await.expect("up"), None);
}

/// It would be the alias of whoever comes next.
pub async fn an_alias_of_nobody_is_refused(store: &impl Store) {
    let (ana, _) = user("ana");
    assert!(store.stand_for(&id("me"), &ana, &event(&ana), &writer(1)).await.is_err());
    assert_eq!(store.ledger(&id("me")).await.expect("up"), None);
}

/// And so is one of somebody who was erased since they were read, or who is an alias themselves.
pub async fn an_alias_of_who_is_no_user_any_more_is_refused(store: &impl Store) {
    ana_with_an_alias(store).await;
    let (me, _) = user("me");
    assert!(store.stand_for(&id("you"), &me, &event(&me), &writer(2)).await.is_err());
    let ana = User { alias: Some(id("me")), ..user("ana").0 };
    let erasure = Erasure {
        id: ErasureId::mint([7; 16]),
        external_id: ana.external_id.clone(),
        requested_at: at(100),
        due_at: Some(at(100)),
        links: None,
        revision: 1,
    };
    assert!(store.erase(&ana, &erasure, &event(&ana), &writer(3)).await.expect("up"));
    assert!(store.stand_for(&id("you"), &user("ana").0, &event(&ana), &writer(4)).await.is_err());
    assert_eq!(store.ledger(&id("you")).await.expect("up"), None);
}

/// The SDK repeats a call whose answer was lost; a file is brought in twice.
pub async fn a_repeat_by_the_same_writer_is_new_again_and_by_another_known(store: &impl Store) {
    ana_with_an_alias(store).await;
    assert_eq!(aliased(store, "me", "ana", 1).await, Aliased::New);
    assert_eq!(aliased(store, "me", "ana", 2).await, Aliased::Known);
}

/// However they meet.
pub async fn of_two_users_who_race_for_an_alias_one_gets_it(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    let (one, two) = tokio::join!(aliased(store, "me", "ana", 1), aliased(store, "me", "bia", 2));
    let winner = match (one, two) {
        (Aliased::New, Aliased::Taken) => ana,
        (Aliased::Taken, Aliased::New) => bia,
        both => panic!("{both:?}"),
    };
    assert_eq!(store.ledger(&id("me")).await.expect("up").expect("one").user.external_id, winner);
}

/// A user may open the app while the file is brought in.
pub async fn of_an_alias_and_a_registration_that_race_one_prevails(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let (me, registration) = user("me");
    let mark = writer(2);
    let registers = store.register(&me, &registration, &mark);
    let (alias, registration) = tokio::join!(aliased(store, "me", "ana", 1), registers);
    let registered = match registration.expect("up") {
        Registered::New(user) | Registered::Known(user) => user.external_id,
        Registered::Erased => panic!("nobody was erased"),
    };
    assert_eq!(registered, if alias == Aliased::New { ana } else { me.external_id });
}
