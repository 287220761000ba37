//! The matrix while everything works.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use tests::{Reply, Story};

use super::belongings::{Belongings, furnished};

pub(crate) const USERS: [&str; 3] = ["ana", "bia", "caio"];
const ADMIN: &str = "dev:ops:links:admin";

/// One request about somebody's objects.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Ask {
    fn post(path: String, body: Value) -> Self {
        Self { method: Method::POST, path, body }
    }
}

pub(crate) fn success(link: &str) -> Value {
    json!({"type": "success", "link": link, "institution": "erebor_mx_retail"})
}

/// Session starts for these links, claims of them, callbacks of these sessions about nothing and about these links.
pub(crate) fn asks(user: &str, sessions: &[String], links: &[String]) -> Vec<Ask> {
    let mut asks = starts_and_claims(user, links);
    asks.extend(callbacks(user, sessions, links));
    asks
}

fn starts_and_claims(user: &str, links: &[String]) -> Vec<Ask> {
    let start = |link: &String| Ask::post(format!("/users/{user}/link-sessions"), json!({"link_id": link}));
    let claim = |link: &String| Ask::post(format!("/users/{user}/links/{link}/claim"), Value::Null);
    links.iter().map(start).chain(links.iter().map(claim)).collect()
}

fn callbacks(user: &str, sessions: &[String], links: &[String]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for session in sessions {
        let path = format!("/users/{user}/link-sessions/{session}/callbacks");
        asks.push(Ask::post(path.clone(), json!({"type": "exit", "meta_data": {"step": "abandon-survey"}})));
        asks.push(Ask::post(path.clone(), json!({"type": "event", "eventName": "ERROR"})));
        asks.extend(links.iter().map(|link| Ask::post(path.clone(), success(link))));
    }
    asks
}

/// All of the above, and what needs no object but the user.
fn everything(user: &str, sessions: &[String], links: &[String]) -> Vec<Ask> {
    let list = Ask { method: Method::GET, path: format!("/users/{user}/links"), body: Value::Null };
    let open = Ask::post(format!("/users/{user}/link-sessions"), json!({}));
    [list, open].into_iter().chain(asks(user, sessions, links)).collect()
}

/// As many ids that nobody has: they look exactly like the others.
pub(crate) fn no_sessions(of: usize) -> Vec<String> {
    let letter = |number: usize| char::from(b"abcdefgh"[number]);
    (0..of).map(|number| format!("ls_{}", letter(number).to_string().repeat(28))).collect()
}

pub(crate) fn no_links(of: usize) -> Vec<String> {
    (0..of).map(|number| format!("0b6a1f3e-0000-4000-8000-{number:012}")).collect()
}

async fn ask(story: &Story, token: Option<&str>, ask: &Ask) -> Reply {
    if let Some(token) = token {
        return story.call(ask.method.clone(), &ask.path, token, &ask.body).await;
    }
    let request = Request::builder().method(&ask.method).uri(&ask.path);
    let request = request.header("content-type", "application/json");
    story.send(request.body(Body::from(ask.body.to_string())).expect("a request")).await
}

/// Asks for what is there and for what is not: the answers must be the same.
async fn assert_alike(
    story: &Story,
    token: Option<&str>,
    there: &[Ask],
    nowhere: &[Ask],
    expected: u16,
) -> usize {
    assert_eq!(there.len(), nowhere.len());
    for (one, other) in there.iter().zip(nowhere) {
        let (told, untold) = (ask(story, token, one).await, ask(story, token, other).await);
        assert_eq!(told.status, expected, "{token:?} {one:?}: {}", told.text);
        assert_eq!(told.but_for_its_request_id(), untold.but_for_its_request_id(), "{token:?} {one:?}");
    }
    there.len()
}

/// The pairs of one who asks and one who is asked about.
fn pairs(all: &[Belongings]) -> impl Iterator<Item = (&Belongings, &Belongings)> {
    let other = |one: &Belongings, two: &Belongings| one.name != two.name;
    all.iter().flat_map(move |one| all.iter().filter(move |two| other(one, two)).map(move |two| (one, two)))
}

#[tokio::test]
async fn naming_another_user_in_the_path_is_like_naming_nobody() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;
    let nobody = story.unregistered("nobody").external_id;
    let before = story.table().await;
    let mut asked = 0;

    for (caller, victim) in pairs(&all) {
        let there = everything(&victim.external_id, &victim.sessions, &victim.links);
        let nowhere = everything(&nobody, &no_sessions(victim.sessions.len()), &no_links(victim.links.len()));
        let token = format!("dev:{}", caller.name);
        asked += assert_alike(&story, Some(&token), &there, &nowhere, 404).await;
        asked += assert_alike(&story, Some("dev:never-registered"), &there, &nowhere, 404).await;
        asked += assert_alike(&story, Some("garbage"), &there, &nowhere, 401).await;
        asked += assert_alike(&story, None, &there, &nowhere, 401).await;
    }

    assert!(asked > 1_000, "{asked}");
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn another_users_sessions_and_links_are_like_none_at_all() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;
    let before = story.table().await;
    let mut asked = 0;

    for (caller, victim) in pairs(&all) {
        let (user, admin) = (format!("dev:{}", caller.name), ADMIN.to_owned());
        for (token, path) in [(user, "me"), (admin, caller.external_id.as_str())] {
            // the stranger's sessions with the stranger's links and with the caller's own
            let links = [&victim.links[..], &caller.links[..1]].concat();
            let there = callbacks(path, &victim.sessions, &links);
            let nowhere = callbacks(path, &no_sessions(victim.sessions.len()), &links);
            asked += assert_alike(&story, Some(&token), &there, &nowhere, 404).await;
            // the caller's own sessions with the stranger's links
            let there = about_links(path, &caller.sessions, &victim.links);
            let nowhere = about_links(path, &caller.sessions, &no_links(victim.links.len()));
            asked += assert_alike(&story, Some(&token), &there, &nowhere, 404).await;
        }
    }

    assert!(asked > 500, "{asked}");
    assert_eq!(story.table().await, before);
}

/// Only what is about a link: to end a session of one's own is one's right.
fn about_links(user: &str, sessions: &[String], links: &[String]) -> Vec<Ask> {
    let callbacks = callbacks(user, sessions, links).into_iter().filter(|ask| ask.body["link"].is_string());
    starts_and_claims(user, links).into_iter().chain(callbacks).collect()
}

#[tokio::test]
async fn an_end_user_registers_nobody_else() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;
    let before = story.table().await;

    for (caller, victim) in pairs(&all) {
        let body = |field: &str, value: &str| Ask::post("/users".to_owned(), json!({(field): value}));
        let there = [body("reference", victim.name), body("external_id", &victim.external_id)];
        let nowhere = [body("reference", "nobody"), body("external_id", "nobody-at-all")];
        let token = format!("dev:{}", caller.name);
        assert_alike(&story, Some(&token), &there, &nowhere, 403).await;
        assert_alike(&story, Some("garbage"), &there, &nowhere, 401).await;
        assert_alike(&story, None, &there, &nowhere, 401).await;
    }

    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn what_a_user_sees_is_their_own_and_all_of_it() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;

    for (caller, victim) in pairs(&all) {
        let person = story.unregistered(caller.name);
        let seen = [person.asks_for_links().await.text, person.opens().await.answer.to_string()].concat();
        for id in victim.links.iter().chain(&victim.sessions).chain([&victim.external_id]) {
            assert!(!seen.contains(id), "{} sees {id} of {}", caller.name, victim.name);
        }
        assert!(caller.links[..2].iter().all(|link| seen.contains(link)), "{seen}");
    }
}

#[tokio::test]
async fn an_admin_may_name_any_user_and_gets_that_users_objects_only() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;

    for has in &all {
        let path = format!("/users/{}/links", has.external_id);
        let reply = story.call(Method::GET, &path, ADMIN, &Value::Null).await;

        let own = story.unregistered(has.name).asks_for_links().await;
        assert_eq!((reply.status, &reply.json), (200, &own.json));
    }
}
