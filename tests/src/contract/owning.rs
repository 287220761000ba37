//! Rules of who holds a link: at most one user, for ever (I1, I12).

use domain::{
    change::{Change, Commit},
    failure::CommitError,
    link::{LinkStatus, Marker, QuarantinedLink},
    plan::Markers,
};

use super::{
    Store,
    samples::{binding, commit, link_id, pending, quarantined, registered, writer},
};

async fn marker(store: &impl Store, number: u32) -> Option<Marker> {
    let markers: Markers = store.markers(&[link_id(number)]).await.expect("up");
    markers.into_values().next()
}

/// However they meet, and the loser is told that it is lost for good.
pub async fn of_two_users_who_race_for_a_link_one_gets_it(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    let (of_ana, of_bia) = (binding(&ana, 1, writer(1)), binding(&bia, 1, writer(2)));
    let (one, two) = tokio::join!(store.commit(&of_ana), store.commit(&of_bia));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let (owner, loser, lost) = if one.is_ok() { (ana, bia, of_bia) } else { (bia, ana, of_ana) };
    // the meeting itself may be told as a conflict; decided anew, it is lost
    let again = commit(writer(3), lost.changes.clone());
    let refused = store.commit(&again).await;
    assert!(matches!(refused, Err(CommitError::OwnedByAnother(id)) if id == link_id(1)), "{refused:?}");
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(owner)));
    assert_eq!(store.links(&loser).await.expect("up"), Some(Vec::new()));
}

/// The loser's other changes are not made either.
pub async fn a_link_of_another_is_refused_and_nothing_is_written(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let mut wanted = binding(&bia, 1, writer(2));
    wanted.changes.push(Change::Link(pending(&bia, 2)));
    let refused = store.commit(&wanted).await;
    assert!(matches!(refused, Err(CommitError::OwnedByAnother(id)) if id == link_id(1)), "{refused:?}");
    assert_eq!(store.links(&bia).await.expect("up"), Some(Vec::new()));
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(ana)));
}

/// It will not do to read again and decide again.
pub async fn that_a_link_is_anothers_is_told_whatever_else_is_too_late(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    store.commit(&commit(writer(2), vec![Change::Link(pending(&bia, 2))])).await.expect("new");
    let changes = vec![Change::Link(pending(&bia, 2)), Change::Own(link_id(1), bia)];
    let late = Commit { fence: Some(7), ..commit(writer(3), changes) };
    let refused = store.commit(&late).await;
    assert!(matches!(refused, Err(CommitError::OwnedByAnother(id)) if id == link_id(1)), "{refused:?}");
}

/// A record may come back to life; its owner is the same.
pub async fn an_owner_may_own_again(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let own = || vec![Change::Own(link_id(1), ana.clone())];
    store.commit(&commit(writer(1), own())).await.expect("free");
    store.commit(&commit(writer(2), own())).await.expect("mine");
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(ana)));
}

/// That is what it waits for.
pub async fn a_quarantined_link_may_be_owned(store: &impl Store) {
    let ana = registered(store, "ana").await;
    store.commit(&commit(writer(1), vec![Change::Quarantine(quarantined(1))])).await.expect("new");
    store.commit(&binding(&ana, 1, writer(2))).await.expect("free");
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(ana)));
    assert_eq!(store.quarantine(9).await.expect("up"), []);
}

/// Whether the one who quarantines knows of no item or of an older one.
pub async fn an_owned_link_is_never_quarantined(store: &impl Store) {
    let ana = registered(store, "ana").await;
    store.commit(&commit(writer(1), vec![Change::Quarantine(quarantined(1))])).await.expect("new");
    store.commit(&binding(&ana, 1, writer(2))).await.expect("free");
    for (number, revision) in (10..).zip([1, 2, 3]) {
        let aside = Change::Quarantine(QuarantinedLink { revision, ..quarantined(1) });
        let result = store.commit(&commit(writer(number), vec![aside])).await;
        assert!(matches!(result, Err(CommitError::Stale)), "{revision}: {result:?}");
    }
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(ana)));
}

/// A sweep and a callback may decide at the same moment.
pub async fn of_owning_and_quarantining_at_once_owning_prevails(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let (aside, own) =
        (commit(writer(1), vec![Change::Quarantine(quarantined(1))]), binding(&ana, 1, writer(2)));
    let (aside, owned) = tokio::join!(store.commit(&aside), store.commit(&own));
    if owned.is_err() {
        assert!(matches!(owned, Err(CommitError::Stale)) && aside.is_ok(), "{owned:?} {aside:?}");
        store.commit(&binding(&ana, 1, writer(3))).await.expect("decided anew");
    }
    assert_eq!(marker(store, 1).await, Some(Marker::Owned(ana)));
}

/// As Belvo's record changes, so does the item, one revision at a time.
pub async fn a_quarantined_link_changes_by_its_revision(store: &impl Store) {
    store.commit(&commit(writer(1), vec![Change::Quarantine(quarantined(1))])).await.expect("new");
    let changed = QuarantinedLink { revision: 2, status: LinkStatus::Invalid, ..quarantined(1) };
    let wanted = |number| commit(writer(number), vec![Change::Quarantine(changed.clone())]);
    store.commit(&wanted(2)).await.expect("fresh");
    assert!(matches!(store.commit(&wanted(3)).await, Err(CommitError::Stale)));
    assert_eq!(marker(store, 1).await, Some(Marker::Quarantined(changed)));
}
