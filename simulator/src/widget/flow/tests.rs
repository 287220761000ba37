//! What the widget does and says, by function and by HTTP.

use serde_json::{Value, json};

use crate::link::{Link, NewLink, Status};
use crate::switches::{DuplicatePrevention, DuplicatedInWidget, ExternalIdAtToken, Mode, Switches};
use crate::testing::{Answer, World};
use crate::widget::{Connect, Connected, Outcome};

fn visit(access_token: &str) -> Connect {
    Connect {
        access_token: access_token.to_owned(),
        external_id: Some("usr_8Yq2".to_owned()),
        institution: "erebor_mx_retail".to_owned(),
        username: "bnk100".to_owned(),
        password: "full".to_owned(),
        ..Connect::default()
    }
}

/// Connects and gives what was said, as JSON.
fn said(world: &World, visit: Connect) -> Value {
    serde_json::to_value(world.belvo.connect(visit)).unwrap()
}

fn only_link(world: &World) -> Link {
    let mut links = world.belvo.links();
    assert_eq!(links.len(), 1);
    links.remove(0)
}

async fn by_http(world: &World, body: &Value) -> Answer {
    let request = crate::testing::plain("POST", "/widget/connect");
    world.send(request, &body.to_string()).await
}

#[tokio::test]
async fn a_token_that_is_unknown_expired_spent_or_without_the_scope_opens_nothing() {
    let world = World::new();
    let refused = |token: &str| matches!(world.belvo.connect(visit(token)), Connected::Error { .. });
    assert!(refused("") && refused("made.up.token"));

    let old = world.token(json!({})).await;
    world.hand.forward(600);
    assert!(refused(&old));

    let reader = world.token(json!({"scopes": "read_institutions"})).await;
    assert!(refused(&reader));
    assert!(world.belvo.links().is_empty());

    let once = world.token(json!({})).await;
    assert!(!refused(&once));
    assert!(refused(&once));

    let answer = by_http(&world, &json!({"access_token": once})).await;
    assert_eq!((answer.status.as_u16(), answer.json()["type"].as_str()), (401, Some("error")));
    assert_eq!(answer.json()["error"], "ACCESS_TOKEN_NOT_VALID");
}

#[tokio::test]
async fn a_body_that_is_no_visit_is_a_400_that_repeats_nothing_of_it() {
    let world = World::new();
    for body in
        [json!([]), json!({}), json!({"access_token": 1}), json!({"access_token": "t", "outcome": "hush"})]
    {
        let answer = by_http(&world, &body).await;
        assert_eq!(answer.status.as_u16(), 400);
        assert!(!answer.text.contains("hush"));
    }
}

#[tokio::test]
async fn a_failed_login_is_an_error_event_and_is_told_again_on_exit() {
    let world = World::new();
    let token = world.token(json!({})).await;
    let event = said(&world, Connect { password: "wrong".to_owned(), ..visit(&token) });
    assert_eq!((&event["type"], &event["eventName"]), (&json!("event"), &json!("ERROR")));
    assert_eq!(event["request_id"].as_str().unwrap().len(), 32);
    assert_eq!(event["meta_data"]["error_code"], "login_error");
    assert_eq!(event["meta_data"]["institution_name"], "erebor_mx_retail");
    assert_eq!(event["meta_data"]["timestamp"], "2026-03-02T10:00:00.112Z");

    let exit = said(&world, Connect { outcome: Outcome::CloseEarly, ..visit(&token) });
    assert_eq!(exit["last_encountered_error"]["code"], "login_error");
    assert!(world.belvo.links().is_empty());

    // The token is not spent: a second try with the right password connects.
    assert_eq!(said(&world, visit(&token))["type"], "success");
}

#[tokio::test]
async fn other_failures_have_their_own_codes_and_make_no_link() {
    let world = World::new();
    let token = world.token(json!({})).await;
    let code = |visit| said(&world, visit)["meta_data"]["error_code"].clone();
    assert_eq!(code(Connect { institution: "nowhere".to_owned(), ..visit(&token) }), "does_not_exist");
    assert_eq!(code(Connect { external_id: Some("user one".to_owned()), ..visit(&token) }), "invalid");
    world.belvo.set_switches(Switches { mode: Mode::Down, ..world.belvo.switches() });
    assert_eq!(code(visit(&token)), "unexpected_error");
    assert!(world.belvo.links().is_empty());

    world.belvo.set_switches(Switches { mode: Mode::Throttled, ..world.belvo.switches() });
    assert_eq!(said(&world, visit(&token))["type"], "success");
}

#[tokio::test]
async fn closing_early_leaves_nothing_behind() {
    let world = World::new();
    let token = world.token(json!({})).await;
    let body = json!({"access_token": token, "outcome": "close_early"});
    let exit = by_http(&world, &body).await.json();
    assert_eq!(exit, json!({"type": "exit", "meta_data": {"step": "abandon-survey"}}));
    let exit = said(&world, Connect { outcome: Outcome::CloseEarly, ..visit(&token) });
    assert_eq!(exit["meta_data"]["institution_name"], "erebor_mx_retail");
    assert!(world.belvo.links().is_empty());
}

#[tokio::test]
async fn success_tells_link_and_institution_and_nothing_of_the_user() {
    let world = World::new();
    let token = world.token(json!({"fetch_resources": ["OWNERS"], "stale_in": "30d"})).await;
    let success = said(&world, visit(&token));
    let link = only_link(&world);
    assert_eq!(success, json!({"type": "success", "link": link.id, "institution": "erebor_mx_retail"}));
    assert_eq!((link.status, link.external_id.as_deref()), (Status::Valid, Some("usr_8Yq2")));
    assert_eq!((link.stale_in.as_deref(), link.fetch_resources), (Some("30d"), vec!["OWNERS".to_owned()]));
}

#[tokio::test]
async fn a_lost_callback_makes_a_link_and_does_not_tell_its_id() {
    let world = World::new();
    let token = world.token(json!({})).await;
    let lost = said(&world, Connect { outcome: Outcome::LoseCallback, ..visit(&token) });
    assert_eq!(lost, json!({"type": "lost"}));
    assert_eq!(only_link(&world).external_id.as_deref(), Some("usr_8Yq2"));
    assert_eq!(said(&world, visit(&token))["type"], "error");
}

#[tokio::test]
async fn a_code_confirms_the_link_that_waited_for_it() {
    let world = World::new();
    let token = world.token(json!({})).await;
    let heimdall = || Connect { institution: "heimdall_mx_retail".to_owned(), ..visit(&token) };
    let closed = said(&world, Connect { outcome: Outcome::CloseEarly, ..heimdall() });
    assert_eq!(closed["type"], "exit");
    let waiting = only_link(&world);
    assert_eq!(waiting.status, Status::Unconfirmed);

    assert_eq!(said(&world, heimdall())["meta_data"]["error_code"], "token_required");
    let wrong = Connect { otp: Some("1".to_owned()), ..heimdall() };
    assert_eq!(said(&world, wrong)["meta_data"]["error_code"], "login_error");
    world.hand.forward(60);
    let right = Connect { otp: Some("12345".to_owned()), ..heimdall() };
    assert_eq!(said(&world, right)["link"], waiting.id);
    let confirmed = only_link(&world);
    assert_eq!((confirmed.status, confirmed.created_at), (Status::Valid, waiting.created_at));

    // Another visit of the same person does not touch it: it makes a link of its own.
    let token = world.token(json!({})).await;
    assert_eq!(said(&world, visit(&token))["type"], "success");
    assert_eq!(world.belvo.links().len(), 2);
}

#[tokio::test]
async fn update_mode_makes_the_same_link_work_again() {
    let world = World::new();
    for status in [Status::Invalid, Status::TokenRequired] {
        let planted = world.belvo.plant(NewLink { status: Some(status), ..NewLink::default() });
        let token = world.token(json!({"link_id": planted.id})).await;
        let again = |password: &str, otp: Option<&str>| Connect {
            access_token: token.clone(),
            password: password.to_owned(),
            otp: otp.map(str::to_owned),
            ..Connect::default()
        };
        assert_eq!(said(&world, again("no", None))["meta_data"]["error_code"], "login_error");
        if status == Status::TokenRequired {
            assert_eq!(said(&world, again("full", None))["meta_data"]["error_code"], "token_required");
        }
        world.hand.forward(1);
        let success = said(&world, again("full", Some("12345")));
        assert_eq!(
            success,
            json!({"type": "success", "link": planted.id, "institution": planted.institution})
        );
        let links = world.belvo.links();
        let link = links.iter().find(|link| link.id == planted.id).unwrap();
        assert_eq!((link.status, link.created_at), (Status::Valid, planted.created_at));
        assert!(link.last_accessed_at > planted.last_accessed_at);
    }
    let planted = world.belvo.plant(NewLink::default());
    let token = world.token(json!({"link_id": planted.id})).await;
    world.belvo.remove(&planted.id);
    assert_eq!(said(&world, visit(&token))["type"], "error");
}

#[tokio::test]
async fn the_external_id_comes_from_the_browser_unless_the_switch_gives_it_to_the_token() {
    for (switch, at_token, expected) in [
        (ExternalIdAtToken::Ignored, "usr_token", Some("usr_8Yq2")),
        (ExternalIdAtToken::Applied, "usr_token", Some("usr_token")),
        (ExternalIdAtToken::Applied, "ana@example.com", None),
    ] {
        let world = World::with(Switches { external_id_at_token: switch, ..Switches::default() });
        let token = world.token(json!({"external_id": at_token})).await;
        assert_eq!(said(&world, visit(&token))["type"], "success");
        assert_eq!(only_link(&world).external_id.as_deref(), expected, "{switch:?} {at_token}");
    }
    let world = World::new();
    let token = world.token(json!({})).await;
    said(&world, Connect { external_id: Some("+55 11 91234-5678".to_owned()), ..visit(&token) });
    assert_eq!(only_link(&world).external_id, None);
}

#[tokio::test]
async fn a_prevented_duplicate_is_told_as_the_switch_says_and_once_more_on_exit() {
    for (duplicated_in_widget, kind, with_id) in [
        (DuplicatedInWidget::ErrorEvent, "event", false),
        (DuplicatedInWidget::ErrorEventWithId, "event", true),
        (DuplicatedInWidget::Exit, "exit", false),
    ] {
        let duplicate_prevention = DuplicatePrevention::PerInstitutionUser;
        let world =
            World::with(Switches { duplicate_prevention, duplicated_in_widget, ..Switches::default() });
        let (first, second) = (world.token(json!({})).await, world.token(json!({})).await);
        assert_eq!(said(&world, visit(&first))["type"], "success");
        let told = said(&world, visit(&second));
        assert_eq!(told["type"], kind);
        let code = &told["meta_data"]["error_code"];
        assert_eq!(kind == "event", code == "duplicated", "{told}");
        let known = only_link(&world).institution_user_id;
        let named = told["meta_data"]["institution_user_id"].as_str();
        assert_eq!(named, known.as_deref().filter(|_| with_id));
        let exit = said(&world, Connect { outcome: Outcome::CloseEarly, ..visit(&second) });
        assert_eq!(exit["last_encountered_error"]["code"], "duplicated");
    }
}
