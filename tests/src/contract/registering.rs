//! Rules of [`Users`](domain::ports::Users).

use domain::ports::Registered;

use super::{
    Store,
    samples::{at, id, user, writer},
};

/// "Known already" is an answer, with the time of the first.
pub async fn a_new_user_is_new_and_the_next_time_known(store: &impl Store) {
    let (first, event) = user("ana");
    let mut second = first.clone();
    second.created_at = at(99);
    let answer = store.register(&first, &event, &writer(1)).await.expect("up");
    assert_eq!(answer, Registered::New(first.clone()));
    let answer = store.register(&second, &event, &writer(2)).await.expect("up");
    assert_eq!(answer, Registered::Known(first));
}

/// The SDK repeats a call whose answer was lost: that is still the first.
pub async fn a_repeat_by_the_same_writer_is_new_again(store: &impl Store) {
    let (ana, event) = user("ana");
    for _ in 0..2 {
        let answer = store.register(&ana, &event, &writer(1)).await.expect("up");
        assert_eq!(answer, Registered::New(ana.clone()));
    }
}

/// However they meet.
pub async fn of_several_at_once_exactly_one_is_new(store: &impl Store) {
    let (ana, event) = user("ana");
    let writers = [writer(1), writer(2), writer(3), writer(4)];
    let [one, two, three, four] = &writers;
    let (one, two, three, four) = tokio::join!(
        store.register(&ana, &event, one),
        store.register(&ana, &event, two),
        store.register(&ana, &event, three),
        store.register(&ana, &event, four),
    );
    let answers = [one, two, three, four].map(|answer| answer.expect("up"));
    let new = answers.iter().filter(|answer| **answer == Registered::New(ana.clone())).count();
    let known = answers.iter().filter(|answer| **answer == Registered::Known(ana.clone())).count();
    assert_eq!((new, known), (1, 3));
}

/// A ledger without a user would be nobody's.
pub async fn a_registered_user_has_an_empty_ledger(store: &impl Store) {
    let (ana, event) = user("ana");
    store.register(&ana, &event, &writer(1)).await.expect("up");
    let ledger = store.ledger(&id("ana")).await.expect("up").expect("registered");
    assert_eq!((ledger.user, ledger.links.len(), ledger.sessions.len()), (ana, 0, 0));
    assert_eq!(store.links(&id("ana")).await.expect("up"), Some(Vec::new()));
}
