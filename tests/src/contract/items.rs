//! Rules of the items themselves: what they carry, what survives a change, where events go.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::{Change, Commit},
    link::{LinkRecord, QuarantinedLink},
    ports::{Ledgers, Sweeps},
    session::LinkSession,
};

use super::{
    Item, Place,
    samples::{
        at, at_rest, binding, bound, commit, event, link_id, next, pending, plan, quarantined, registered,
        report, session, writer,
    },
};

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_n().ok().map(String::as_str)
}

/// So that a reader never has to guess, and a later version can tell its own items from these.
pub async fn every_item_carries_its_kind_its_version_and_its_writer(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let changes = vec![Change::Session(session(&ana, 1)), Change::Quarantine(quarantined(2))];
    place.store.commit(&commit(writer(2), changes)).await.expect("new");
    assert!(place.store.put_state(&at_rest(1), 0).await.expect("up"));
    assert!(place.store.finish(&at_rest(1), 1, &report(0), Some(&plan(5))).await.expect("up"));
    let items = place.everything().await;
    let mut kinds: Vec<_> = items.iter().filter_map(|item| text(item, "kind")).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "audit",
            "audit",
            "lease",
            "link",
            "owner",
            "plan",
            "quarantine",
            "report",
            "session",
            "sweep",
            "user"
        ]
    );
    assert!(items.iter().all(|item| number(item, "v") == Some("1") && text(item, "writer").is_some()));
}

/// A later version may have put more on an item than this one knows, and its number: a change must not lose either.
pub async fn what_a_later_version_wrote_survives_every_change(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let changes = vec![
        Change::Link(pending(&ana, 1)),
        Change::Session(session(&ana, 1)),
        Change::Quarantine(quarantined(1)),
        Change::Quarantine(quarantined(2)),
    ];
    place.store.commit(&commit(writer(1), changes)).await.expect("new");
    let keys = keys_of(&place.everything().await, &["link", "session", "quarantine"]);
    assert_eq!(keys.len(), 4);
    let from_the_future = AttributeValue::S("kept".to_owned());
    for (pk, sk) in &keys {
        place.set(pk, sk, "from_the_future", from_the_future.clone()).await;
        place.set(pk, sk, "v", AttributeValue::N("2".to_owned())).await;
    }
    let changes = vec![
        Change::Own(link_id(1), ana.clone()),
        Change::Link(LinkRecord { revision: 2, ..bound(&ana, 1) }),
        Change::Session(session(&ana, 1).spent_on(link_id(1))),
        Change::Quarantine(QuarantinedLink { revision: 2, ..quarantined(2) }),
    ];
    place.store.commit(&commit(writer(2), changes)).await.expect("fresh, whatever else is there");
    for (pk, sk) in &keys {
        let item = place.item(pk, sk).await.expect("still there");
        assert_eq!(item.get("from_the_future"), Some(&from_the_future), "{pk} {sk}");
        assert_eq!(number(&item, "v"), Some("2"), "{pk} {sk}");
        assert_eq!(text(&item, "writer"), Some(place.store.mark(&writer(2)).as_str()), "{pk} {sk}");
    }
}

fn keys_of(items: &[Item], kinds: &[&str]) -> Vec<(String, String)> {
    let wanted = |item: &&Item| text(item, "kind").is_some_and(|kind| kinds.contains(&kind));
    let key = |item: &Item| Some((text(item, "pk")?.to_owned(), text(item, "sk")?.to_owned()));
    items.iter().filter(wanted).filter_map(key).collect()
}

/// What a change drops is gone, and not a leftover that contradicts the rest.
pub async fn a_dropped_field_leaves_no_attribute(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let spent = session(&ana, 1).spent_on(link_id(1));
    let spent = LinkSession { revision: 1, ..spent };
    let changes = vec![Change::Link(bound(&ana, 1)), Change::Session(spent.clone())];
    place.store.commit(&commit(writer(1), changes)).await.expect("new");
    let bare = LinkRecord { session_id: None, revision: 2, ..pending(&ana, 1) };
    let unspent = LinkSession { link_id: None, revision: 2, ..spent };
    let changes = vec![Change::Link(bare.clone()), Change::Session(unspent.clone())];
    place.store.commit(&commit(writer(2), changes)).await.expect("fresh");
    let ledger = place.store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!((ledger.links, ledger.sessions), (vec![bare], vec![unspent]));
    let item = place.item("USER#user_ana", &format!("LINK#{}", link_id(1))).await.expect("there");
    for dropped in
        ["status", "institution_user_id", "created_at", "session_id", "missing_since", "group", "standing"]
    {
        assert!(!item.contains_key(dropped), "{dropped}");
    }
}

/// An owner is an owner and nothing of a quarantined link.
pub async fn an_owned_link_keeps_nothing_of_its_quarantine(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let aside = vec![Change::Quarantine(quarantined(1))];
    place.store.commit(&commit(writer(1), aside)).await.expect("new");
    place.store.commit(&binding(&ana, 1, writer(2))).await.expect("free");
    let holder = place.item(&format!("LINK#{}", link_id(1)), "HOLDER").await.expect("there");
    let mut names: Vec<_> = holder.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["external_id", "kind", "link_id", "pk", "sk", "v", "writer"]);
}

/// DynamoDB removes what can no longer explain anything; every change keeps the day.
pub async fn sessions_reports_and_plans_are_removed_after_ninety_days(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let first = session(&ana, 1);
    let changes = [first.clone(), first.spent_on(link_id(1))];
    for (count, change) in (1..).zip(changes) {
        place.store.commit(&commit(writer(count), vec![Change::Session(change)])).await.expect("fresh");
        let item = place.item("USER#user_ana", &format!("SESSION#{}", first.id)).await.expect("there");
        let day = (first.issued_at.as_second() + 90 * 86_400).to_string();
        assert_eq!(number(&item, "purge_at"), Some(day.as_str()));
    }
    assert!(place.store.finish(&at_rest(0), 0, &report(0), Some(&plan(0))).await.expect("up"));
    for kept in [place.items("SWEEP", "20").await, place.items("PLAN", "plan_").await] {
        let day = (at(0).as_second() + 90 * 86_400).to_string();
        assert_eq!(
            kept.iter().map(|item| number(item, "purge_at")).collect::<Vec<_>>(),
            [Some(day.as_str())]
        );
    }
    assert!(place.everything().await.iter().filter(|item| item.contains_key("purge_at")).count() == 3);
}

/// Each event stands beside its user; one of a link that nobody owns stands beside the link (I14).
pub async fn every_change_has_its_event_beside_its_subject(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let unowned = Commit {
        changes: vec![Change::Quarantine(quarantined(2))],
        audit: vec![event(None, 2)],
        writer: writer(2),
        fence: None,
    };
    place.store.commit(&unowned).await.expect("new");
    let mut actions: Vec<_> = Vec::new();
    for item in place.items("USER#user_ana", "AUDIT#").await {
        assert_eq!(text(&item, "kind"), Some("audit"));
        actions.extend(text(&item, "action").map(str::to_owned));
    }
    assert_eq!(actions, ["register", "bind"], "in the order of time");
    let beside = place.items(&format!("LINK#{}", link_id(2)), "AUDIT#").await;
    assert_eq!(beside.iter().map(|item| text(item, "action")).collect::<Vec<_>>(), [Some("quarantine")]);
}

/// Two events of one moment are two, and a commit that fails leaves none.
pub async fn events_are_written_with_their_changes_or_not_at_all(place: &Place) {
    let ana = registered(&place.store, "ana").await;
    let (one, two) = (bound(&ana, 1), bound(&ana, 2));
    let wanted = |links: [LinkRecord; 2], number| Commit {
        changes: links.map(Change::Link).into(),
        audit: vec![event(Some(&ana), 1), event(Some(&ana), 2)],
        writer: writer(number),
        fence: None,
    };
    place.store.commit(&wanted([one.clone(), two.clone()], 1)).await.expect("new");
    place.store.commit(&wanted([next(&one), two.clone()], 2)).await.expect_err("the second is there");
    assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), 3, "the registration and the first two");
    place.store.commit(&wanted([next(&one), next(&two)], 3)).await.expect("fresh");
    assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), 5);
}
