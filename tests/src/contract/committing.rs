//! Rules of [`commit`](domain::ports::Ledgers::commit): all or nothing, and only on what was decided on.

use domain::{
    change::{Change, Commit, Standing},
    failure::CommitError,
    link::{LinkRecord, LinkState},
    session::LinkSession,
};

use super::{
    Store,
    samples::{binding, bound, commit, event, link_id, next, quarantined, registered, session, writer},
};

fn stale(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Stale))
}

/// A record of revision 1 is the first of its key.
pub async fn what_exists_cannot_be_created_again(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let changes =
        [Change::Link(bound(&ana, 1)), Change::Session(session(&ana, 1)), Change::Quarantine(quarantined(2))];
    for (number, change) in (0..).zip(changes) {
        store.commit(&commit(writer(number), vec![change.clone()])).await.expect("new");
        assert!(
            stale(&store.commit(&commit(writer(number + 100), vec![change.clone()])).await),
            "{change:?}"
        );
    }
}

/// The SDK repeats a call whose answer was lost, and must not be told that somebody was quicker.
pub async fn a_repeat_by_the_same_writer_is_done(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let later = LinkSession { revision: 2, ..session(&ana, 1) };
    let commits = [
        binding(&ana, 1, writer(1)),
        commit(writer(2), vec![Change::Session(session(&ana, 1))]),
        commit(writer(3), vec![Change::Link(next(&bound(&ana, 1))), Change::Session(later)]),
        commit(writer(4), vec![Change::Quarantine(quarantined(2))]),
    ];
    for wanted in commits {
        store.commit(&wanted).await.expect("the first time");
        store.commit(&wanted).await.expect("the second time");
    }
}

/// The repeat may be slow: what it did stays done, and stays changed by others.
pub async fn a_repeat_is_done_even_when_somebody_went_on_from_there(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let first = binding(&ana, 1, writer(1));
    store.commit(&first).await.expect("new");
    let second = next(&bound(&ana, 1));
    store.commit(&commit(writer(2), vec![Change::Link(second.clone())])).await.expect("fresh");
    store.commit(&first).await.expect("its event is there");
    assert_eq!(store.links(&ana).await.expect("up"), Some(vec![second]));
}

/// Whoever decides on old knowledge changes nothing; a version never falls (I5).
pub async fn a_change_of_any_but_the_revision_before_is_stale(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let first = bound(&ana, 1);
    let second = next(&first);
    let third = LinkRecord { missing_since: None, ..next(&second) };
    for (number, record) in (1..).zip([&first, &second, &third]) {
        store.commit(&commit(writer(number), vec![Change::Link(record.clone())])).await.expect("fresh");
    }
    for (number, revision) in (10..).zip([1, 2, 3, 5]) {
        let old = LinkRecord { revision, ..third.clone() };
        assert!(stale(&store.commit(&commit(writer(number), vec![Change::Link(old)])).await), "{revision}");
    }
    assert_eq!(store.links(&ana).await.expect("up"), Some(vec![third]));
}

/// What is not there cannot be changed, only created.
pub async fn a_change_of_nothing_is_stale(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let later = Change::Link(next(&bound(&ana, 1)));
    assert!(stale(&store.commit(&commit(writer(1), vec![later])).await));
    let later = Change::Session(LinkSession { revision: 2, ..session(&ana, 1) });
    assert!(stale(&store.commit(&commit(writer(2), vec![later])).await));
    let ledger = store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!((ledger.links.len(), ledger.sessions.len()), (0, 0));
}

/// One condition that does not hold leaves everything as it was.
pub async fn a_commit_is_all_or_nothing(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let held = bound(&ana, 1);
    store.commit(&commit(writer(1), vec![Change::Link(held.clone())])).await.expect("new");
    let changes = vec![
        Change::Session(session(&ana, 1)),
        Change::Quarantine(quarantined(2)),
        Change::Link(bound(&ana, 3)),
        Change::Link(LinkRecord { revision: 7, ..held.clone() }),
    ];
    let wanted = Commit { changes, audit: vec![event(Some(&ana), 3)], writer: writer(2), fence: None };
    assert!(stale(&store.commit(&wanted).await));
    let ledger = store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!((ledger.links, ledger.sessions.len()), (vec![held], 0));
    assert_eq!(store.quarantine(9).await.expect("up"), []);
}

/// A link gives way only to a survivor that is as it was when that was decided (I6).
pub async fn what_has_to_stand_is_a_condition_and_no_change(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let (kept, other) = (bound(&ana, 1), bound(&ana, 2));
    let both = vec![Change::Link(kept.clone()), Change::Link(other.clone())];
    store.commit(&commit(writer(1), both)).await.expect("new");
    let stands =
        |link, revision| Change::Stands(Standing { owner: ana.clone(), link_id: link_id(link), revision });
    let changes = |condition| vec![condition, Change::Link(next(&other))];
    for (number, condition) in (10..).zip([stands(1, 2), stands(1, 0), stands(3, 1)]) {
        assert!(stale(&store.commit(&commit(writer(number), changes(condition))).await), "{number}");
    }
    let wanted = commit(writer(2), changes(stands(1, 1)));
    store.commit(&wanted).await.expect("it stands");
    store.commit(&wanted).await.expect("our own write");
    assert_eq!(store.links(&ana).await.expect("up"), Some(vec![kept, next(&other)]));
}

/// Two runs, each of which keeps what the other takes away: one is too late (I6).
pub async fn of_two_that_supersede_each_others_survivor_one_is_stale(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let links = [bound(&ana, 1), bound(&ana, 2)];
    let both = links.iter().cloned().map(Change::Link).collect();
    store.commit(&commit(writer(1), both)).await.expect("new");
    let keeping = |number: u8, kept: &LinkRecord, parked: &LinkRecord| {
        let stands = Standing { owner: ana.clone(), link_id: kept.link_id, revision: kept.revision };
        let superseded_by = Some(kept.link_id);
        let parked = LinkRecord { state: LinkState::Superseded, superseded_by, ..next(parked) };
        commit(writer(number), vec![Change::Stands(stands), Change::Link(parked)])
    };
    let [one, two] = &links;
    let (first, second) = (keeping(2, one, two), keeping(3, two, one));
    let (first, second) = tokio::join!(store.commit(&first), store.commit(&second));
    assert!(!(first.is_ok() && second.is_ok()), "nothing would be left");
    for late in [first, second].into_iter().filter(Result::is_err) {
        assert!(stale(&late));
    }
    let records = store.links(&ana).await.expect("up").expect("registered");
    assert!(records.iter().any(|record| record.state != LinkState::Superseded));
}

/// Whatever of it is written, each record stands in a commit once.
pub async fn a_link_may_give_way_to_one_that_gives_way_itself(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let links = [1, 2, 3].map(|number| bound(&ana, number));
    store.commit(&commit(writer(1), links.iter().cloned().map(Change::Link).collect())).await.expect("new");
    let to = |link: &LinkRecord, other: u32| LinkRecord {
        state: LinkState::Superseded,
        superseded_by: Some(link_id(other)),
        ..next(link)
    };
    let [one, two, three] = &links;
    let wanted = [to(one, 2), to(two, 3), next(three)];
    store.commit(&commit(writer(2), wanted.iter().cloned().map(Change::Link).collect())).await.expect("next");
    assert_eq!(store.links(&ana).await.expect("up"), Some(wanted.to_vec()));
}

/// Both decided on the same knowledge.
pub async fn of_two_writers_at_once_one_is_stale(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let first = bound(&ana, 1);
    store.commit(&commit(writer(1), vec![Change::Link(first.clone())])).await.expect("new");
    let wanted = [writer(2), writer(3)].map(|writer| commit(writer, vec![Change::Link(next(&first))]));
    let [one, two] = &wanted;
    let (one, two) = tokio::join!(store.commit(one), store.commit(two));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert!(stale(&one) || stale(&two));
}

/// Nothing to do is done.
pub async fn an_empty_commit_is_done(store: &impl Store) {
    store.commit(&commit(writer(1), Vec::new())).await.expect("nothing can fail");
}
