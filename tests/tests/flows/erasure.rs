//! A user asks for erasure: what goes, what is left, and that nothing brings anything back.

use belvo_simulator::Scenario;
use domain::{policy::Policy, ports::Erasures};
use serde_json::json;
use tests::{
    Person, Reply, Story,
    fault::{Fault, failing_store},
    person::{Session, is},
};

use super::disconnecting::on;

/// Connects this many accounts, and one of them twice; closes the app on another.
async fn with_many_links(ana: &Person<'_>, links: usize) -> Vec<(Session, String)> {
    let mut made = Vec::new();
    for number in 0..links {
        let session = ana.opens().await;
        let login = format!("login-{}", number.max(1));
        let link = if number == 2 {
            ana.connects_and_closes_the_app(&session, &login)
        } else {
            let link = ana.connects(&session, &login);
            assert_eq!(ana.reports(&session, &link).await.status, 201);
            link
        };
        made.push((session, link));
    }
    made
}

/// The kinds of items that are left, whoever they are of.
async fn left(story: &Story) -> Vec<String> {
    let table = story.table().await.but_for_reports();
    let kind = |item: &serde_json::Value| item["kind"].as_str().expect("a kind").to_owned();
    let mut kinds: Vec<_> = table.0.values().map(kind).collect();
    kinds.sort();
    kinds
}

async fn erased(ana: &Person<'_>) -> Reply {
    let reply = ana.asks_for_erasure().await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    reply
}

#[tokio::test]
async fn twenty_links_go_and_a_tombstone_and_a_certificate_are_left() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    with_many_links(&ana, 20).await;
    let named = story.plant(belvo_simulator::NewLink {
        external_id: Some(ana.external_id.clone()),
        username: Some("planted".to_owned()),
        ..belvo_simulator::NewLink::default()
    });
    let began = erased(&ana).await;
    assert_eq!(ana.asks_for_links().await.refusal(), (404, "not_found"));
    assert_eq!(ana.asks_for_a_session(&json!({})).await.refusal(), (404, "not_found"));
    assert_eq!(erased(&ana).await.json, began.json, "asked twice, answered alike");

    story.delete_for(60).await;
    assert_eq!(story.world.belvo.links().len(), 0, "the planted one, too: {named}");
    assert_eq!(left(&story).await, ["certificate", "erased"]);
    let [certificate] = story.world.stack.store.certificates(9).await.expect("up").try_into().expect("one");
    assert_eq!(certificate.erasure_id.as_str(), began.json["erasure_id"]);
    assert_eq!(certificate.links_deleted, 21);
    assert!(!serde_json::to_string(&certificate).expect("JSON").contains(&ana.external_id));
}

#[tokio::test]
async fn no_replay_and_no_sweep_brings_anything_back() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    let made = with_many_links(&ana, 4).await;
    erased(&ana).await;
    for minute in 0..60 {
        story.delete_for(1).await;
        for (session, link) in &made {
            assert_eq!(ana.reports(session, link).await.refusal(), (404, "not_found"), "minute {minute}");
        }
        if minute % 20 == 19 {
            story.minutes(24 * 60);
            story.sweep().await;
        }
    }
    assert_eq!(left(&story).await, ["certificate", "erased"]);
    for (session, link) in &made {
        assert_eq!(ana.reports(session, link).await.status, 404);
        assert_eq!(ana.claims(link).await.status, 404);
        assert_eq!(ana.disconnects(link).await.status, 404);
        assert_eq!(ana.forwards(session, &json!({"type": "exit"})).await.status, 404);
    }
    story.minutes(24 * 60);
    story.sweep().await;
    assert_eq!(left(&story).await, ["certificate", "erased"]);
}

#[tokio::test]
async fn whoever_registers_again_is_somebody_new_with_nothing_of_before() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    let old = ana.has_connected("ana").await;
    erased(&ana).await;
    let again = ana.registers().await;
    assert_eq!(again.status, 201, "at once, while the erasure is under way");
    assert_ne!(again.json["external_id"], json!(ana.external_id));
    assert_eq!(ana.registers().await.json, again.json);
    let new = ana.has_connected("ana").await;
    story.delete_for(60).await;
    story.minutes(30);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&new, "active")]);
    assert!(story.at_belvo(&old).is_none() && story.at_belvo(&new).is_some());
}

#[tokio::test]
async fn an_imported_external_id_is_never_used_again() {
    let story = Story::under(on()).await;
    let import = json!({"external_id": "customer_8Yq2"});
    let admin = "dev:ops:links:admin";
    let call = async |method, path: &str, body| story.call(method, path, admin, body).await;
    assert_eq!(call(axum::http::Method::POST, "/users", &import).await.status, 201);
    let path = "/users/customer_8Yq2";
    assert_eq!(call(axum::http::Method::DELETE, path, &serde_json::Value::Null).await.status, 202);
    assert_eq!(call(axum::http::Method::POST, "/users", &import).await.refusal(), (409, "erased"));
}

/// Ready scenarios of the simulator; those that keep a call open for minutes aside.
const KINDS: [&str; 16] = [
    "html-403",
    "throttled-429-retry-after",
    "server-errors",
    "outage",
    "bad-gateway",
    "request-timeout",
    "too-many-sessions",
    "cut-body",
    "lost-answer",
    "wrong-types",
    "foreign-records",
    "repeated-records",
    "one-bad-record",
    "lying-count",
    "deleted-late",
    "null-external-id",
];

/// One kind of failure after the other, while the erasure is carried through.
#[tokio::test]
async fn failures_of_every_kind_at_belvo_only_delay_an_erasure() {
    for name in KINDS {
        let scenario = Scenario::named(name).expect("a ready scenario");
        let story = Story::under(on()).await;
        let ana = story.registered("ana").await;
        with_many_links(&ana, 20).await;
        erased(&ana).await;
        story.world.belvo.play(&scenario).expect("a scenario");
        for _ in 0..8 {
            let _broke_off = story.world.delete().await;
            story.minutes(1);
        }
        story.world.belvo.clear_faults();
        story.delete_until_certified().await;
        assert_eq!(story.world.belvo.links().len(), 0, "{name}");
        assert_eq!(left(&story).await, ["certificate", "erased"], "{name}");
        story.minutes(24 * 60);
        story.sweep().await;
        assert_eq!(left(&story).await, ["certificate", "erased"], "{name}");
    }
}

/// The table fails at one request after the other: it does not arrive, or its answer does not come back.
#[tokio::test]
async fn failures_of_the_table_only_delay_an_erasure() {
    for fault in [Fault::NotSent, Fault::AnswerLost] {
        let story = Story::under(Policy { deletions_per_run: 7, ..on() }).await;
        let (failing, switch) = failing_store(&story.world.engine, fault);
        let stack = cli::stack::Stack { store: failing, ..story.world.stack.clone() };
        let story = story.over(stack);
        let ana = story.registered("ana").await;
        with_many_links(&ana, 20).await;
        let mut asked = false;
        for good in 0..60 {
            switch.breaks_after(good % 23);
            asked = asked || ana.asks_for_erasure().await.status == 202;
            let _broke_off = story.world.delete().await;
            story.minutes(1);
        }
        switch.heals();
        assert!(asked || ana.asks_for_erasure().await.status == 202);
        story.delete_for(90).await;
        assert_eq!(
            (story.world.belvo.links().len(), left(&story).await),
            (0, vec!["certificate".to_owned(), "erased".to_owned()])
        );
    }
}
