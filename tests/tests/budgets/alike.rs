//! What is another's costs what is nobody's: neither the table nor Belvo is asked more for the one than for the
//! other, so the time of an answer tells no more than its words (T3).

use axum::http::Method;
use serde_json::{Value, json};
use tests::Story;

use super::spent::spent;

const NOBODYS: &str = "0b6a1f3e-0000-4000-8000-00000000000a";
const NO_SESSION: &str = "ls_aaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn another_users_objects_cost_the_same_requests_and_calls_as_nobodys() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, herself) = (ana.has_connected("bnk100").await, ana.opens().await);
    let orphan = ana.connects_and_closes_the_app(&herself, "bnk101");
    let mine = bia.opens().await;
    let success = |link: &str| json!({"type": "success", "link": link, "institution": "erebor_mx_retail"});
    let to = |session: &str| format!("/users/me/link-sessions/{session}/callbacks");
    let of = |link: &str| format!("/users/me/links/{link}");
    let asks: [(Method, String, Value, String, Value); 5] = [
        (Method::POST, to(&mine.id), success(&hers), to(&mine.id), success(NOBODYS)),
        (Method::POST, to(&herself.id), success(&orphan), to(NO_SESSION), success(&orphan)),
        (Method::POST, of(&hers) + "/claim", Value::Null, of(NOBODYS) + "/claim", Value::Null),
        (Method::DELETE, of(&hers), Value::Null, of(NOBODYS), Value::Null),
        (
            Method::POST,
            "/users/me/link-sessions".to_owned(),
            json!({"link_id": hers}),
            "/users/me/link-sessions".to_owned(),
            json!({"link_id": NOBODYS}),
        ),
    ];
    for (method, path, body, other_path, other_body) in asks {
        let (there, cost) = spent(&story, story.call(method.clone(), &path, bia.token(), &body)).await;
        let (nowhere, other) = spent(&story, story.call(method, &other_path, bia.token(), &other_body)).await;
        assert_eq!(there.refusal(), (404, "not_found"), "{path}");
        assert_eq!(nowhere.refusal(), (404, "not_found"), "{other_path}");
        assert_eq!(cost.requests(), other.requests(), "{path}");
        assert_eq!(cost.belvo(), other.belvo(), "{path}");
    }
}
