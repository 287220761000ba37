//! Rules of large things: DynamoDB gives 1 MB a page, takes 100 keys a batch and 100 items a transaction.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::{Action, AuditEvent, Change, Commit, WriterId},
    external_id::ExternalId,
    failure::CommitError,
    link::{LinkRecord, LinkState, Marker},
    ports::{Census, Ledgers},
    values::LinkId,
};

use super::{
    Place,
    samples::{binding, bound, commit, event, link_id, pending, quarantined, registered, session, writer},
};

/// A page that ends early is not the end.
pub async fn a_ledger_of_several_pages_is_read_whole(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let sessions: Vec<_> = (1..=9).map(|number| session(&ana, number)).collect();
    let links: Vec<_> = (1..=9).map(|number| pending(&ana, number)).collect();
    let changes = sessions.iter().cloned().map(Change::Session);
    let changes = changes.chain(links.iter().cloned().map(Change::Link)).collect();
    place.store.commit(&commit(writer(1), changes)).await.expect("new");
    let ballast = AttributeValue::S("x".repeat(300_000));
    for session in &sessions {
        place.set("USER#user_ana", &format!("SESSION#{}", session.id), "ballast", ballast.clone()).await;
    }
    for link in &links {
        place.set("USER#user_ana", &format!("LINK#{}", link.link_id), "ballast", ballast.clone()).await;
    }
    let ledger = place.store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!((ledger.links, ledger.sessions), (links.clone(), sessions));
    assert_eq!(place.store.links(&ana).await.expect("up"), Some(links.clone()));
    assert_eq!(place.store.book().await.expect("up").links.len(), links.len());
}

/// In as many batches as it takes.
pub async fn markers_of_more_links_than_a_batch_takes_are_all_told(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    for (count, numbers) in (1..).zip([1..=90, 91..=180, 181..=230]) {
        let changes = numbers.map(|number| match number % 2 {
            0 => Change::Quarantine(quarantined(number)),
            _ => Change::Own(link_id(number), ana.clone()),
        });
        place.store.commit(&commit(writer(count), changes.collect())).await.expect("new");
    }
    let ids: Vec<_> = (1..=260).map(link_id).collect();
    let markers = place.store.markers(&ids).await.expect("up");
    assert_eq!(markers.keys().copied().collect::<Vec<_>>(), ids[..230], "and nobody holds the rest");
    let owned = markers.values().filter(|marker| **marker == Marker::Owned(ana.clone()));
    assert_eq!(owned.count(), 115);
}

/// Binds so many links at once.
fn binding_many(owner: &ExternalId, numbers: impl Iterator<Item = u32>, writer: &WriterId) -> Commit {
    let mut all = commit(writer.clone(), Vec::new());
    for number in numbers {
        let Commit { changes, audit, .. } = binding(owner, number, writer.clone());
        all.changes.extend(changes);
        all.audit.extend(audit);
    }
    all
}

/// In parts, and a repeat of all parts is done too.
pub async fn a_commit_of_more_items_than_a_transaction_takes_is_made(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let wanted = binding_many(&ana, 1..=80, &writer(1));
    for _ in 0..2 {
        place.store.commit(&wanted).await.expect("new, or our own");
    }
    assert_eq!(place.store.links(&ana).await.expect("up").map(|links| links.len()), Some(80));
    let ids: Vec<_> = (1..=80).map(link_id).collect();
    assert_eq!(place.store.markers(&ids).await.expect("up").len(), 80);
    assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), 81);
}

/// A part that fails takes no other with it, but no link is ever half written: its owner, its record and
/// its event go together.
pub async fn a_large_commit_that_fails_midway_has_written_whole_links_only(place: &Place) {
    let (ana, bia) = (registered(&place.store, "ana").await, registered(&place.store, "bia").await);
    place.store.commit(&binding(&bia, 60, writer(1))).await.expect("new");
    let refused = place.store.commit(&binding_many(&ana, 1..=80, &writer(2))).await;
    assert!(matches!(refused, Err(CommitError::OwnedByAnother(id)) if id == link_id(60)), "{refused:?}");
    let records = place.store.links(&ana).await.expect("up").expect("registered");
    let ids: Vec<LinkId> = records.iter().map(|record| record.link_id).collect();
    assert!(!ids.is_empty() && ids.len() < 60, "{} were written", ids.len());
    let all: Vec<_> = (1..=80).map(link_id).collect();
    let markers = place.store.markers(&all).await.expect("up");
    let owned = markers.iter().filter(|(_, marker)| **marker == Marker::Owned(ana.clone()));
    assert_eq!(owned.map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), ids.len() + 1);
}

/// A link gives way only when its survivor is there.
pub async fn what_is_taken_away_is_taken_last(place: &Place) {
    let (ana, bia) = (registered(&place.store, "ana").await, registered(&place.store, "bia").await);
    place.store.commit(&binding(&bia, 80, writer(1))).await.expect("new");
    place.store.commit(&binding(&ana, 1, writer(2))).await.expect("new");
    let mut wanted = binding_many(&ana, 2..=80, &writer(3));
    let parked = LinkRecord { state: LinkState::Superseded, revision: 2, ..bound(&ana, 1) };
    wanted.changes.insert(0, Change::Link(parked));
    wanted.audit.push(AuditEvent { action: Action::Supersede, ..event(Some(&ana), 1) });
    place.store.commit(&wanted).await.expect_err("the last of the new ones is another's");
    let records = place.store.links(&ana).await.expect("up").expect("registered");
    let old = records.iter().find(|record| record.link_id == link_id(1)).expect("still there");
    assert_eq!(old.state, LinkState::Active);
}
