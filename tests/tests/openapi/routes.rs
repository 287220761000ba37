//! The routes of the routers, of the description and of the template are the same.

use std::{collections::BTreeSet, fs, path::PathBuf};

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use cli::world::World;
use domain::policy::Policy;
use serde_json::Value;
use tests::Reply;
use tower::ServiceExt;

/// Routes as `POST /users`.
type Routes = BTreeSet<String>;

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn described() -> Routes {
    let document: Value = serde_json::from_str(user_links::DOCUMENT).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = |path: &Value| path.as_object().expect("operations").keys().cloned().collect::<Vec<_>>();
    let named = |(path, item): (&String, &Value)| {
        operations(item)
            .into_iter()
            .map(|method| format!("{} {path}", method.to_uppercase()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(named).collect()
}

/// The paths that a router knows. axum tells them in its `Debug` only.
fn paths(function: &Router) -> BTreeSet<String> {
    let told = format!("{function:?}");
    let quoted = told.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| text.len() > 1 && text.starts_with('/') && !text.contains("__private"))
        .map(str::to_owned)
        .collect()
}

/// The routes that a router answers: a method is there if a stranger is not told that it is not.
async fn answered(function: &Router) -> Routes {
    let mut routes = Routes::new();
    for path in paths(function) {
        for method in METHODS {
            let request =
                Request::builder().method(&method).uri(path.replace(['{', '}'], "")).body(Body::empty());
            let answer = function.clone().oneshot(request.expect("a request")).await.expect("never fails");
            if Reply::of(answer).await.status != 405 {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    routes
}

#[tokio::test]
async fn every_route_is_described_and_every_description_has_its_route() {
    let world = World::new(Policy::default()).await.expect("a world");
    let functions = world.stack.functions();
    let mut routes = Routes::new();
    for function in functions.all() {
        routes.extend(answered(function).await);
    }
    assert!(routes.len() > 4, "the search finds the routes: {routes:?}");
    assert_eq!(routes, described());
}

#[tokio::test]
async fn each_path_is_given_to_the_function_that_has_it() {
    let world = World::new(Policy::default()).await.expect("a world");
    let functions = world.stack.functions();
    for route in described() {
        let (_, path) = route.split_once(' ').expect("a method and a path");
        assert!(paths(functions.of(&path.replace(['{', '}'], ""))).contains(path), "{route}");
    }
}

#[test]
fn the_gateway_has_the_same_routes_and_only_the_document_and_webhooks_are_without_its_tokens() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let template = fs::read_to_string(file).expect("the template");
    let resources = template.split("Type: AWS::ApiGatewayV2::Route\n").skip(1);
    let word = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name)).expect("a value");
        line.to_owned()
    };
    let routes = resources.map(|text| (word(text, "RouteKey: "), word(text, "AuthorizationType: ")));
    let routes: Vec<_> = routes.collect();
    assert_eq!(routes.iter().map(|(key, _)| key.clone()).collect::<Routes>(), described());
    let open = routes.iter().filter(|(_, authorization)| authorization == "NONE").map(|(key, _)| key);
    assert_eq!(open.collect::<Vec<_>>(), ["GET /openapi.json", "POST /webhooks/belvo"]);
}
