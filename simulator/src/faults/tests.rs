//! Each fault as a caller sees it.

use serde_json::{Value, json};

use super::{Fault, FaultKind};
use crate::link::NewLink;
use crate::switches::{Switches, WhenThrottled};
use crate::testing::World;

const LIST: &str = "GET /api/links/";

fn world_of(links: usize, kind: FaultKind) -> World {
    let world = World::new();
    for number in 0..links {
        let external_id = Some(format!("usr_{number}"));
        world.belvo.plant(NewLink { external_id, ..NewLink::default() });
    }
    world.belvo.add_fault(Fault::new(kind));
    world
}

#[tokio::test]
async fn answers_that_come_instead() {
    for (kind, status, code) in [
        (FaultKind::ServerError, 500, "unexpected_error"),
        (FaultKind::ServiceUnavailable, 500, "service_unavailable"),
        (FaultKind::RequestTimeout, 408, "request_timeout"),
        (FaultKind::ConsentWithoutAccounts, 401, "consent_without_accounts"),
        (FaultKind::TooManySessions, 400, "too_many_sessions"),
        (FaultKind::Throttled429, 429, "throttled"),
        (FaultKind::LostAnswer, 500, "unexpected_error"),
    ] {
        let world = world_of(1, kind);
        assert_eq!(world.get_spoiled("/api/links/").await.refusal(), (status, code.to_owned()));
        assert_eq!(world.get("/_sim/switches").await.status, 200);
    }
}

#[tokio::test]
async fn answers_that_are_no_json() {
    for (kind, status, has) in [
        (FaultKind::Html403, 403, "openresty"),
        (FaultKind::BadGateway, 502, "502 Bad Gateway"),
        (FaultKind::Html200, 200, "Maintenance"),
        (FaultKind::Empty200, 200, ""),
        (FaultKind::DeepJson, 200, "[[[["),
    ] {
        let answer = world_of(1, kind).get_spoiled("/api/links/").await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.text.contains(has) && answer.json().is_null());
    }
}

#[tokio::test]
async fn huge_answers_come_in_pieces() {
    let answer = world_of(0, FaultKind::OversizedBody).get_spoiled("/api/links/").await;
    assert!(answer.text.len() > 64 * 1024 * 1024);
}

#[tokio::test]
async fn lists_that_lie() {
    let list = async |kind| world_of(3, kind).get_spoiled("/api/links/?external_id=usr_0").await.json();
    assert_eq!(list(FaultKind::ForeignRecords).await["count"], 3);
    assert_eq!(list(FaultKind::LyingCount).await["count"], 4_000_000_000_u64);
    assert_eq!(list(FaultKind::RepeatedRecords).await["results"].as_array().unwrap().len(), 2);
    assert_eq!(list(FaultKind::OneBadRecord).await["results"][0]["id"], 7);
    assert_eq!(list(FaultKind::WrongTypes).await["count"], "seven");
    assert!(list(FaultKind::NextLoop).await["next"].as_str().unwrap().contains("usr_0"));
    let value = json!({"a": [1]});
    assert_eq!(list(FaultKind::HostileNext { value: value.clone() }).await["next"], value);
}

#[tokio::test]
async fn records_that_are_not_as_documented() {
    let record = async |kind| world_of(1, kind).get_spoiled("/api/links/").await.json()["results"][0].take();
    assert_eq!(record(FaultKind::NullExternalId).await["external_id"], Value::Null);
    assert_eq!(record(FaultKind::NullInstitutionUserId).await["institution_user_id"], Value::Null);
    let short = record(FaultKind::ShortInstitutionUserId).await;
    assert_eq!(short["institution_user_id"].as_str().unwrap().len(), 43);
    assert_eq!(record(FaultKind::UnknownStatus).await["status"], "hibernating");
    assert!(record(FaultKind::UnknownFields).await["owner"].is_object());
    let bare = record(FaultKind::MissingOptionalFields).await;
    assert!(bare.get("institution_user_id").is_none() && bare["id"].is_string());
}

#[tokio::test]
async fn a_drifting_list_repeats_one_record_and_skips_another() {
    let world = world_of(9, FaultKind::Drift);
    let mut seen = Vec::new();
    for page in 1..=3 {
        seen.extend(world.get_spoiled(&format!("/api/links/?page_size=3&page={page}")).await.ids());
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert!(once.len() < seen.len() && once.len() < 9);
}

#[tokio::test]
async fn an_error_can_be_one_object() {
    let world = world_of(0, FaultKind::ObjectError);
    let answer = world.get_spoiled("/api/links/x/").await;
    assert_eq!((answer.status.as_u16(), answer.json()), (404, json!({"detail": "Not found."})));
}

#[tokio::test]
async fn a_fault_hits_its_route_its_link_its_time_and_its_number_only() {
    let world = World::new();
    let link = world.belvo.plant(NewLink::default()).id;
    let fault = |kind| Fault::new(kind).on(LIST);
    let status = async |path: &str| world.get(path).await.status.as_u16();

    world.belvo.set_faults(vec![fault(FaultKind::ServerError)]);
    assert_eq!((status("/api/links/").await, status("/api/accounts/").await), (500, 200));
    world.belvo.set_faults(vec![Fault { link: Some(link.clone()), ..Fault::new(FaultKind::ServerError) }]);
    assert_eq!((status("/api/links/").await, status(&format!("/api/links/{link}/")).await), (200, 500));
    world.belvo.set_faults(vec![Fault { times: Some(1), ..fault(FaultKind::ServerError) }]);
    assert_eq!((status("/api/links/").await, status("/api/links/").await), (500, 200));
    world.belvo.set_faults(vec![Fault { seconds: Some(60), ..fault(FaultKind::ServerError) }]);
    assert_eq!(status("/api/links/").await, 500);
    world.hand.forward(60);
    assert_eq!(status("/api/links/").await, 200);
}

#[tokio::test]
async fn the_same_seed_hits_the_same_requests() {
    let run = async |seed| {
        let world = World::new();
        world.belvo.add_fault(Fault { rate: 0.5, seed, ..Fault::new(FaultKind::ServerError) });
        let mut statuses = Vec::new();
        for _ in 0..64 {
            statuses.push(world.get("/api/").await.status.as_u16());
        }
        statuses
    };
    assert_eq!(run(7).await, run(7).await);
    assert_ne!(run(7).await, run(8).await);
    let hits = run(7).await.iter().filter(|status| **status == 500).count();
    assert!((16..=48).contains(&hits), "{hits}");
}

#[tokio::test]
async fn the_switch_decides_what_a_burst_is_answered_with() {
    let switches = Switches {
        rate_limit: Some(crate::switches::Limit { requests: 0, seconds: 30 }),
        when_throttled: WhenThrottled::Json429,
        retry_after_seconds: Some(30),
        ..Switches::default()
    };
    let world = World::with(switches);
    assert_eq!(world.get("/api/").await.refusal(), (429, "throttled".to_owned()));
}
