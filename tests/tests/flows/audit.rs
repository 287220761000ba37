//! I14: what happened can be told afterwards, by user and by link, through the command that an operator types.

use axum::http::Method;
use serde_json::{Value, json};
use tests::Office;

/// The named field of each event.
fn each<'a>(events: &'a [Value], name: &str) -> Vec<&'a str> {
    events.iter().map(|event| event[name].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn everything_that_happened_to_a_user_is_told_in_order() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let link = ana.has_connected("login-1").await;
    let told = office.objects("audit ana --json").await;
    assert_eq!(each(&told, "action"), ["register", "open_session", "bind"]);
    assert_eq!(each(&told, "actor"), ["user"; 3]);
    assert_eq!(each(&told, "evidence"), ["request", "request", "session"]);
    assert_eq!((&told[2]["link_id"], &told[2]["after"]), (&link.clone().into(), &"active".into()));
    assert_eq!(office.objects(&format!("audit {} --json", ana.external_id)).await, told);
    assert_eq!(office.objects(&format!("audit {link} --json")).await, told[2..]);
    let table = office.told("audit ana").await.expect("a table");
    for word in ["bind", &link, "active", "user, callback", "session"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

#[tokio::test]
async fn an_admin_who_acts_for_a_user_is_told_from_the_user() {
    let office = Office::open().await;
    let admin = "dev:back-office:links:admin";
    let named = json!({"reference": "ana"});
    let reply = office.story.call(Method::POST, "/users", admin, &named).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let ana = office.story.unregistered("ana");
    let path = format!("/users/{}/link-sessions", ana.external_id);
    assert_eq!(office.story.call(Method::POST, &path, admin, &json!({})).await.status, 201);
    ana.opens().await;
    let told = office.objects("audit ana --json").await;
    assert_eq!(each(&told, "actor"), ["admin", "admin", "user"]);
}

#[tokio::test]
async fn a_trail_is_read_in_parts() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    ana.has_connected("login-1").await;
    let told = office.objects("audit ana --json").await;
    let first = office.told("audit ana --most 2").await.expect("a table");
    let (_, place) = first.trim().rsplit_once(' ').expect("it says how to go on");
    assert_eq!(office.objects(&format!("audit ana --json --behind {place}")).await, told[2..]);
    let last = office.told(&format!("audit ana --behind {place}")).await.expect("a table");
    assert!(!last.contains("and more"), "{last}");
    let today = office.story.now().strftime("%F").to_string();
    assert_eq!(office.objects(&format!("audit ana --json --to {today}")).await, told);
    assert!(office.objects("audit ana --json --to 2026-01-01").await.is_empty());
}

#[tokio::test]
async fn a_link_that_lay_in_quarantine_keeps_what_happened_to_it_there() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let planted = office.story.plant(belvo_simulator::NewLink::default());
    office.story.minutes(30);
    office.story.sweep().await;
    let told = office.objects(&format!("audit {planted} --json")).await;
    assert_eq!(each(&told, "action"), ["quarantine"]);
    assert_eq!((&told[0]["actor"], &told[0]["source"]), (&"schedule".into(), &"sweep".into()));
    assert_eq!(told[0]["evidence"]["unexplained"], "no_external_id");
    let belvo = office.story.world.belvo.links();
    assert!(belvo.iter().any(|link| link.id == planted) && ana.links().await.is_empty());
}

#[tokio::test]
async fn whom_nobody_knows_has_no_trail() {
    let office = Office::open().await;
    for unknown in ["nobody", "0b6a1f3e-0000-4000-8000-00000000000a"] {
        let told = office.told(&format!("audit {unknown}")).await.expect("an answer");
        assert!(told.contains("Nothing happened"), "{told}");
        assert!(office.objects(&format!("audit {unknown} --json")).await.is_empty());
    }
}
