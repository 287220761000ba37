//! How each kind of item is stored. A renamed field would make yesterday's items unreadable, so these
//! snapshots change only together with a migration.

use std::fmt::Write;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::{Change, Commit},
    link::Claim,
    link::QuarantinedLink,
    ports::{Ledgers, Sweeps},
    session::{LinkSession, Outcome, OutcomeKind, Purpose},
    sweep::Stage,
    values::Code,
};
use tests::contract::{
    Item, Place,
    samples::{
        at, at_rest, binding, commit, event, institution, link_id, pending, plan, quarantined, registered,
        report, session, under_way, writer,
    },
};

/// One attribute a line, by name, with its type.
fn shown(items: &[Item]) -> String {
    let mut blocks: Vec<_> = items.iter().map(block).collect();
    blocks.sort();
    blocks.join("\n")
}

fn block(item: &Item) -> String {
    let mut names: Vec<_> = item.keys().collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        writeln!(text, "{name}: {}", value(&item[name])).expect("text grows");
    }
    text
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's type may grow; a new form shows as it is")]
fn value(of: &AttributeValue) -> String {
    match of {
        AttributeValue::S(text) => format!("S {text}"),
        AttributeValue::N(number) => format!("N {number}"),
        AttributeValue::Bool(truth) => format!("BOOL {truth}"),
        AttributeValue::Null(_) => "NULL".to_owned(),
        AttributeValue::M(map) => {
            let mut fields: Vec<_> = map.iter().map(|(name, of)| format!("{name}: {}", value(of))).collect();
            fields.sort();
            format!("M {{ {} }}", fields.join(", "))
        }
        AttributeValue::L(list) => format!("L [{}]", list.iter().map(value).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}

async fn of_kind(place: &Place, kind: &str) -> String {
    let kind = AttributeValue::S(kind.to_owned());
    let items = place.everything().await;
    shown(&items.into_iter().filter(|item| item.get("kind") == Some(&kind)).collect::<Vec<_>>())
}

#[tokio::test]
async fn users_and_their_events_look_like_this() {
    let place = Place::memory().await;
    registered(&place.store, "ana").await;
    insta::assert_snapshot!(shown(&place.everything().await));
}

#[tokio::test]
async fn bound_links_look_like_this() {
    let place = Place::memory().await;
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    insta::assert_snapshot!("link_bound", of_kind(&place, "link").await);
    insta::assert_snapshot!("link_owner", of_kind(&place, "owner").await);
    insta::assert_snapshot!("link_events", of_kind(&place, "audit").await);
}

#[tokio::test]
async fn pending_links_look_like_this() {
    let place = Place::memory().await;
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&commit(writer(1), vec![Change::Link(pending(&ana, 1))])).await.expect("new");
    insta::assert_snapshot!(of_kind(&place, "link").await);
}

#[tokio::test]
async fn sessions_look_like_this() {
    let place = Place::memory().await;
    let ana = registered(&place.store, "ana").await;
    let code = |raw: &str| Some(Code::parse(raw).expect("a code"));
    let outcome = Outcome {
        kind: OutcomeKind::Exit,
        code: code("login_error"),
        institution: Some(institution()),
        step: code("abandon-survey"),
        at: at(90),
    };
    let ended = LinkSession { outcome: Some(outcome), ..session(&ana, 2) };
    let bare = Outcome { kind: OutcomeKind::Event, code: None, institution: None, step: None, at: at(91) };
    let update = LinkSession {
        purpose: Purpose::Update(link_id(1)),
        link_id: Some(link_id(1)),
        outcome: Some(bare),
        ..session(&ana, 3)
    };
    let changes = [session(&ana, 1), ended, update].map(Change::Session).into();
    place.store.commit(&commit(writer(1), changes)).await.expect("new");
    insta::assert_snapshot!(of_kind(&place, "session").await);
}

#[tokio::test]
async fn quarantined_links_and_their_events_look_like_this() {
    let place = Place::memory().await;
    let unnamed = QuarantinedLink { claim: Claim::Absent, ..quarantined(2) };
    let wanted = Commit {
        changes: vec![Change::Quarantine(quarantined(1)), Change::Quarantine(unnamed)],
        audit: vec![event(None, 1), event(None, 2)],
        writer: writer(1),
        fence: None,
    };
    place.store.commit(&wanted).await.expect("new");
    insta::assert_snapshot!(shown(&place.everything().await));
}

#[tokio::test]
async fn what_sweeps_leave_looks_like_this() {
    let place = Place::memory().await;
    assert!(place.store.finish(&at_rest(1), 0, &report(0), Some(&plan(5))).await.expect("up"));
    insta::assert_snapshot!("sweep_ended", shown(&place.everything().await));
    let state = under_way(1, Stage::Groups(None));
    assert!(place.store.put_state(&state, 1).await.expect("up"));
    insta::assert_snapshot!("sweep_under_way", of_kind(&place, "sweep").await);
}
