//! Each verb of Belvo that a client may use, with the answer that it gets, and what the verbs make of a link's
//! status and of its pseudonym.

use belvo_simulator::Status;
use serde_json::{Value, json};
use tests::Story;

use super::http::{ask, ask_as, get, login, refusal};

#[tokio::test]
async fn wrong_credentials_are_refused_everywhere_and_right_ones_pass() {
    let story = Story::begin().await;
    let belvo = &story.world.belvo;
    for path in ["/api/", "/api/links/", "/api/links/x/", "/api/accounts/"] {
        for wrong in ["", "Basic", "Bearer x", "Basic c2FuZGJveC1pZDpub3Bl"] {
            let reply = ask_as(belvo, wrong, &format!("GET {path}"), &Value::Null).await;
            assert_eq!(refusal(&reply), (401, "authentication_failed"), "{path} {wrong}");
        }
    }
    assert_eq!(get(belvo, "/api/").await.status, 200);
}

#[tokio::test]
async fn each_verb_answers_what_it_promises_and_errors_are_lists_with_a_request_id() {
    let story = Story::begin().await;
    let belvo = &story.world.belvo;
    let link = story.plant(belvo_simulator::NewLink::default());
    let token = |password: &str| json!({"id": "sandbox-id", "password": password, "scopes": "read_links"});
    let wrong = json!({"institution": "nowhere", "username": "a", "password": "full"});
    for (line, body, status, code) in [
        ("GET /api/links/{link}/", Value::Null, 200, ""),
        ("GET /api/links/x/", Value::Null, 404, "not_found"),
        ("POST /api/links/", login("bnk100", "Ana"), 201, ""),
        ("POST /api/links/", login("bnk100", "A!"), 400, "invalid"),
        ("POST /api/links/", wrong, 400, "does_not_exist"),
        ("PATCH /api/links/{link}/", json!({"stale_in": "90d"}), 200, ""),
        ("PATCH /api/links/{link}/", json!({"access_mode": "twice"}), 400, "invalid_choice"),
        ("PUT /api/links/{link}/", json!({"password": "full"}), 200, ""),
        ("PUT /api/links/{link}/", json!({}), 400, "required"),
        ("POST /api/token/", token("sandbox-password"), 200, ""),
        ("POST /api/token/", token("wrong"), 401, "authentication_failed"),
        ("POST /api/accounts/", json!({"link": link}), 201, ""),
        ("POST /api/accounts/", json!({"link": "x"}), 400, "does_not_exist"),
        ("GET /api/accounts/?link={link}", Value::Null, 200, ""),
        ("DELETE /api/links/x/", Value::Null, 404, "not_found"),
        ("DELETE /api/links/{link}/", Value::Null, 204, ""),
        ("GET /api/links/{link}/", Value::Null, 404, "not_found"),
        ("PUT /api/links/", Value::Null, 405, "method_not_allowed"),
        ("GET /api/links", Value::Null, 404, "not_found"),
    ] {
        let reply = ask(belvo, &line.replace("{link}", &link), &body).await;
        let told = if status < 400 { (reply.status, "") } else { refusal(&reply) };
        assert_eq!(told, (status, code), "{line} {body}: {}", reply.text);
    }
}

/// A login at an institution that asks for a code.
fn with_code(password: &str) -> Value {
    json!({"institution": "heimdall_mx_retail", "username": "mfa_default", "password": password})
}

#[tokio::test]
async fn a_link_is_unconfirmed_until_its_code_comes_and_new_credentials_repair_it_under_its_id() {
    let story = Story::begin().await;
    let belvo = &story.world.belvo;
    let asked = ask(belvo, "POST /api/links/", &with_code("full")).await;
    assert_eq!(refusal(&asked), (428, "token_required"));
    let link = asked.json[0]["link"].as_str().unwrap();
    let status = || story.at_belvo(link).unwrap().status;
    assert_eq!(status(), Status::Unconfirmed);

    let mut resume = json!({"session": asked.json[0]["session"], "link": link, "token": "1"});
    assert_eq!(refusal(&ask(belvo, "PATCH /api/links/", &resume).await), (400, "login_error"));
    resume["token"] = "12345".into();
    assert_eq!(ask(belvo, "PATCH /api/links/", &resume).await.status, 200);
    assert_eq!(status(), Status::Valid);

    for broken in [Status::Invalid, Status::TokenRequired] {
        belvo.set_status(link, broken);
        assert_eq!(get(belvo, &format!("/api/links/?status={}", broken.as_str())).await.json["count"], 1);
        let renewed = json!({"password": "full", "token": "12345"});
        assert_eq!(ask(belvo, &format!("PUT /api/links/{link}/"), &renewed).await.status, 200);
        assert_eq!(status(), Status::Valid, "{broken:?}");
    }
}

#[tokio::test]
async fn a_pseudonym_has_44_characters_and_is_the_same_for_the_same_login_at_the_same_institution_only() {
    let story = Story::begin().await;
    let mut pseudonyms = Vec::new();
    for (institution, username) in [
        ("erebor_mx_retail", "bnk100"),
        ("erebor_mx_retail", "bnk100"),
        ("erebor_mx_retail", "bnk101"),
        ("gringotts_mx_retail", "bnk100"),
    ] {
        let login = json!({"institution": institution, "username": username, "password": "full"});
        let made = ask(&story.world.belvo, "POST /api/links/", &login).await;
        pseudonyms.push(made.json["institution_user_id"].as_str().unwrap().to_owned());
    }
    let base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    for pseudonym in &pseudonyms {
        let bare = pseudonym.strip_suffix('=').unwrap();
        assert!(bare.len() == 43 && bare.chars().all(base64url), "{pseudonym}");
    }
    let [first, again, other, elsewhere] = pseudonyms.try_into().unwrap();
    assert_eq!(first, again);
    assert!(first != other && first != elsewhere && other != elsewhere);
}
