//! Rules of large things: DynamoDB gives 1 MB a page, takes 100 keys a batch and 100 items a transaction.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    census::Member,
    change::{Action, AuditEvent, Change, Commit, WriterId},
    external_id::ExternalId,
    failure::CommitError,
    link::{LinkRecord, LinkState, Marker},
    ports::{Census, Ledgers, Sweeps},
    values::LinkId,
};

use super::{
    Place,
    samples::{
        at_rest, binding, bound, commit, event, link_id, pending, quarantined, registered, session, writer,
    },
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
    assert_eq!(place.store.users().await.expect("up").len(), 1, "somewhere in several pages");
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

/// Every part of a commit asks whether the lease was given out anew, before anything of it is written.
pub async fn a_fenced_commit_of_more_items_than_a_transaction_takes_is_made_or_stale(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    assert!(place.store.put_state(&at_rest(2), 0).await.expect("up"));
    let late = Commit { fence: Some(1), ..binding_many(&ana, 1..=80, &writer(1)) };
    let answer = place.store.commit(&late).await;
    assert!(matches!(answer, Err(CommitError::Stale)), "{answer:?}");
    assert_eq!(place.store.links(&ana).await.expect("up"), Some(vec![]));
    let held = Commit { fence: Some(2), ..binding_many(&ana, 1..=80, &writer(2)) };
    for _ in 0..2 {
        place.store.commit(&held).await.expect("held, or our own");
    }
    assert_eq!(place.store.links(&ana).await.expect("up").map(|links| links.len()), Some(80));
}

/// So many that neither index tells of them in one page.
pub async fn indexes_of_several_pages_are_read_whole(place: &Place) {
    let ana = ExternalId::parse(format!("user_{}", "a".repeat(200))).expect("long, and valid");
    let numbers: Vec<u32> = (1..=5_500).collect();
    for (count, numbers) in numbers.chunks(100).enumerate() {
        let changes = numbers.iter().map(|number| Change::Link(bound(&ana, *number))).collect();
        let writer = WriterId::mint(u128::try_from(count).expect("small").to_be_bytes());
        place.store.commit(&commit(writer, changes)).await.expect("new");
    }
    let day = jiff::civil::date(2026, 3, 2);
    let entries = place.store.made_between(day, day).await.expect("up");
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry.link_id).collect();
    assert_eq!((entries.len(), ids.len()), (numbers.len(), numbers.len()));
    let mut members: Vec<Member> = Vec::new();
    let mut pages = 0;
    loop {
        let more = place.store.grouped(members.last()).await.expect("up");
        if more.is_empty() {
            break;
        }
        pages += 1;
        members.extend(more);
    }
    let groups: BTreeSet<_> = members.iter().map(|member| member.group).collect();
    assert_eq!((members.len(), groups.len()), (numbers.len(), numbers.len()));
    assert!(pages > 1, "{pages}");
}

/// In as many batches as it takes.
pub async fn the_standing_of_more_links_than_a_batch_takes_is_all_told(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    for (count, numbers) in (1..).zip([1..=100, 101..=200, 201..=230]) {
        let changes = numbers.map(|number| Change::Link(bound(&ana, number))).collect();
        place.store.commit(&commit(writer(count), changes)).await.expect("new");
    }
    let keys: Vec<_> = (1..=260).map(|number| (ana.clone(), link_id(number))).collect();
    assert_eq!(place.store.standing(&keys).await.expect("up").len(), 230);
}
