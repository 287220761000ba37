//! Requests that nobody would send on purpose, in great number: each gets an answer in Belvo's shape.

use axum::http::header;
use proptest::prelude::*;

use crate::encoding::base64;
use crate::link::NewLink;
use crate::testing::{Answer, World, plain};

fn send(world: &World, method: &str, path: &str, body: &str) -> Answer {
    let credentials = format!("Basic {}", base64(b"sandbox-id:sandbox-password"));
    let request = plain(method, path).header(header::AUTHORIZATION, credentials);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(world.send(request, body))
}

fn parameter() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("page"),
        Just("page_size"),
        Just("fields"),
        Just("omit"),
        Just("id"),
        Just("id__in"),
        Just("status__in"),
        Just("created_at"),
        Just("created_at__range"),
        Just("external_id__in"),
        Just("created_by__not_in"),
    ];
    (name, "[0-9a-z,%&=+-]{0,24}").prop_map(|(name, value)| format!("{name}={value}"))
}

fn body() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-z_@0-9-]{0,20}".prop_map(|text| format!("\"{text}\"")),
    ];
    let name = prop_oneof![
        Just("institution"),
        Just("username"),
        Just("password"),
        Just("external_id"),
        Just("id"),
        Just("scopes"),
        Just("link_id"),
        Just("widget"),
    ];
    let field = (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let object =
        proptest::collection::vec(field, 0..6).prop_map(|fields| format!("{{{}}}", fields.join(",")));
    prop_oneof![4 => object, 1 => ".{0,40}"]
}

proptest! {
    #[test]
    fn any_query_gets_a_page_or_a_refusal(parameters in proptest::collection::vec(parameter(), 0..4)) {
        let world = World::new();
        world.belvo.plant(NewLink::default());
        for path in ["/api/links/", "/api/accounts/"] {
            let answer = send(&world, "GET", &format!("{path}?{}", parameters.join("&")), "");
            prop_assert!(matches!(answer.status.as_u16(), 200 | 400 | 404), "{answer:?}");
            if answer.status != 200 {
                answer.code();
            }
        }
    }

    #[test]
    fn any_body_gets_an_answer(body in body()) {
        let world = World::new();
        for path in ["/api/links/", "/api/token/"] {
            let answer = send(&world, "POST", path, &body);
            prop_assert!(answer.status.is_success() || answer.status.is_client_error(), "{answer:?}");
            if answer.status.is_client_error() {
                answer.code();
            }
        }
    }
}
