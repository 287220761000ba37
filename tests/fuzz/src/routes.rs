//! Requests to the real routers, as API Gateway hands them over: no input makes a failure of ours, what is too long is
//! refused before it is read, nobody without claims gets in, no request of one user's touches another's records or tells
//! of them, and a refusal says the same whatever was sent.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use adapters::{belvo::wire, http::request_context};
use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::external_id::ExternalId;
use faults::{stage::WEBHOOK_KEYS, table::Records, world::Who};
use lambda_http::{
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    request::{LambdaRequest, RequestContext},
};
use serde_json::{Value, json};

use crate::scene::{Answer, Scene};

/// The id of every request.
const REQUEST_ID: &str = "the-request-id";
/// Routes: method, and path with places for what is asked for.
const ROUTES: [(&str, &str); 10] = [
    ("POST", "/users"),
    ("DELETE", "/users/{}"),
    ("GET", "/users/{}/links"),
    ("DELETE", "/users/{}/links/{}"),
    ("POST", "/users/{}/links/{}/claim"),
    ("POST", "/users/{}/link-sessions"),
    ("POST", "/users/{}/link-sessions/{}/callbacks"),
    ("POST", "/webhooks/belvo"),
    ("GET", "/openapi.json"),
    ("", "/"),
];
const METHODS: [&str; 5] = ["GET", "POST", "DELETE", "PUT", "HEAD"];

thread_local! {
    static SCENE: OnceCell<Scene> = const { OnceCell::new() };
    /// What refusals were said, by route and code.
    static DETAILS: RefCell<BTreeMap<(usize, String), BTreeSet<String>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What is asked, by whom.
struct Asked {
    route: usize,
    method: Method,
    path: String,
    claims: Option<Value>,
    presented: Option<HeaderValue>,
    json: bool,
    encoded: bool,
    body: Vec<u8>,
}

/// Three bytes that choose the route, the caller and what is odd; then, between zeros, what stands in the path, a header,
/// a record that Belvo has, and the body.
pub fn check(data: &[u8]) {
    SCENE.with(|scene| {
        let scene = scene.get_or_init(Scene::set);
        let [route, caller, odd, rest @ ..] = data else { return };
        let parts: Vec<_> = rest.splitn(4, |byte| *byte == 0).map(|part| named(part, scene)).collect();
        let part = |at: usize| parts.get(at).map(Vec::as_slice).unwrap_or_default();
        let asked = Asked::of([*route, *caller, *odd], [part(0), part(1), part(3)]);
        let who = if caller % 6 == 2 { Who::Operator } else { Who::Person(0) };
        scene.begin(who);
        let shown = wire::link(part(2)).ok();
        let words = shown.as_ref().map(|link| format!("{} {}", link.status.as_str(), link.institution));
        if let Some(link) = shown {
            scene.shows(link);
        }
        let answer = scene.answer(scene.router(&asked.path), asked.request());
        answered(&asked, &answer, scene, &words.unwrap_or_default());
    });
}

/// Ids that nobody could guess stand for `$` and their letter.
fn named(part: &[u8], scene: &Scene) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.len());
    let mut bytes = part.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let name = bytes.peek().filter(|_| byte == b'$').and_then(|name| scene.names.get(name));
        match name {
            Some(id) => {
                bytes.next();
                out.extend(id.as_bytes());
            }
            None => out.push(byte),
        }
    }
    out
}

impl Asked {
    fn of([route, caller, odd]: [u8; 3], [places, presented, body]: [&[u8]; 3]) -> Self {
        let route = usize::from(route) % ROUTES.len();
        let text = String::from_utf8_lossy(presented).into_owned();
        let claims = match caller % 6 {
            0 => None,
            1 => Some(json!({"sub": "ana", "scope": "links"})),
            2 => Some(json!({"sub": "admin", "scope": "links links:admin"})),
            3 => Some(json!({"scope": "links:admin"})),
            4 => Some(json!({"sub": "ana", "scope": text})),
            _ => Some(json!({"sub": text})),
        };
        let (method, template) = ROUTES[route];
        let method = if method.is_empty() { METHODS[usize::from(odd >> 4) % METHODS.len()] } else { method };
        let limit = limit(route);
        let body = if odd & 4 == 4 && limit > 0 && !body.is_empty() {
            body.iter().copied().cycle().take(limit + 1 + usize::from(odd >> 4)).collect()
        } else {
            body.to_vec()
        };
        Self {
            route,
            method: method.parse().expect("a method"),
            path: path(template, places),
            claims,
            presented: HeaderValue::from_bytes(presented).ok().filter(|value| !value.is_empty()),
            json: odd & 1 == 0,
            encoded: odd & 2 == 2 || std::str::from_utf8(&body).is_err(),
            body,
        }
    }

    fn request(&self) -> Request<lambda_http::Body> {
        let mut event = ApiGatewayV2httpRequest::default();
        let context = request_context(&self.method, &self.path, REQUEST_ID, self.claims.clone());
        let RequestContext::ApiGatewayV2(context) = context.expect("a context") else {
            panic!("a context of another kind");
        };
        event.request_context = context;
        event.raw_path = Some(self.path.clone());
        event.headers = self.headers();
        event.is_base64_encoded = self.encoded;
        let text = if self.encoded { STANDARD.encode(&self.body) } else { self.text() };
        event.body = (!self.body.is_empty()).then_some(text);
        LambdaRequest::ApiGatewayV2(event).into()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("api.example"));
        if self.json {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(presented) = &self.presented {
            headers.insert(header::AUTHORIZATION, presented.clone());
        }
        headers
    }

    /// Whether the webhook's sender is the one.
    fn is_belvo(&self) -> bool {
        let presented = self.presented.as_ref().map(HeaderValue::as_bytes);
        WEBHOOK_KEYS.iter().any(|key| presented == Some(key.as_bytes()))
    }

    fn is_admins(&self) -> bool {
        let scopes = self.claims.as_ref().and_then(|claims| claims["scope"].as_str()).unwrap_or_default();
        scopes.split(' ').any(|scope| scope == "links:admin")
    }
}

/// The most bytes that the route's body may have; 0 where none is read.
fn limit(route: usize) -> usize {
    match route {
        0 | 5 | 6 => 4_096,
        7 => 64 * 1024,
        _ => 0,
    }
}

/// What is no character of a path is escaped, as it is on its way here.
fn path(template: &str, places: &[u8]) -> String {
    let mut places = places.splitn(2, |byte| *byte == b'/');
    let mut path = String::new();
    for (at, piece) in template.split("{}").enumerate() {
        if at > 0 || template == "/" {
            let place = places.next().filter(|place| !place.is_empty()).unwrap_or(b"me");
            for byte in place {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'%' => {
                        path.push(char::from(*byte));
                    }
                    _ => write!(path, "%{byte:02X}").expect("a text takes all"),
                }
            }
        }
        if template == "/" { path.insert(0, '/') } else { path.push_str(piece) }
    }
    path
}

fn answered(asked: &Asked, answer: &Answer, scene: &Scene, words: &str) {
    let status = answer.status.as_u16();
    assert!(status < 500, "a failure of ours: {status} {:?}", answer.body);
    let refused = answer.status.is_client_error();
    let told = asked.method != Method::HEAD;
    assert!(!told || (answer.kind == "application/problem+json") == refused, "{status} as {}", answer.kind);
    assert!(!answer.kept || asked.route == 8, "somebody may keep it");
    if refused && told {
        problem(asked, status, &answer.body);
    }
    let dots =
        ["/./", "/../", "/%2e", "/%2E", "/.%2"].iter().any(|dots| format!("{}/", asked.path).contains(dots));
    let known = asked.route < 7 && !dots; // whoever hands it over takes dots out, and another route may be left
    if known && asked.claims.as_ref().is_none_or(|claims| claims["sub"].is_null()) {
        assert_eq!(status, 401, "somebody without claims");
    }
    if asked.route == 7 {
        let (long, belvo) = (asked.body.len() > limit(7), asked.is_belvo());
        assert_eq!(
            status,
            if !belvo {
                401
            } else if long {
                413
            } else {
                200
            }
        );
    } else if known && asked.body.len() > limit(asked.route) && limit(asked.route) > 0 {
        assert!(matches!(status, 401 | 404 | 413), "{status}: read although it is too long");
    }
    left(asked, answer, scene, words);
}

/// What the table is left with.
fn left(asked: &Asked, answer: &Answer, scene: &Scene, words: &str) {
    let status = answer.status.as_u16();
    scene.stage.here.with(|world| {
        assert!(world.violations.is_empty(), "{:?}", world.violations);
        let records = &world.table.records;
        if matches!(status, 400 | 401 | 403 | 405 | 413 | 415 | 422) {
            assert!(*records == scene.table.records, "{status}, and yet something was changed");
        }
        if !asked.is_admins() {
            untouched(records, scene);
            untold(asked, answer, scene, words);
        }
    });
}

/// A refusal has its form, and the same words whatever was sent.
fn problem(asked: &Asked, status: u16, body: &[u8]) {
    let told: Value = serde_json::from_slice(body).expect("a problem is JSON");
    let text = |name: &str| told[name].as_str().unwrap_or_else(|| panic!("{name}: {told}")).to_owned();
    assert_eq!((told["status"].as_u64(), text("request_id").as_str()), (Some(status.into()), REQUEST_ID));
    let code = text("code");
    assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    DETAILS.with_borrow_mut(|details| {
        let said = details.entry((asked.route, code)).or_default();
        said.insert(text("detail"));
        assert!(said.len() <= 3, "refusals tell what was sent: {said:?}");
    });
}

/// What the other user has is as it was.
fn untouched(records: &Records, scene: &Scene) {
    let other = ExternalId::parse(scene.names[&b'w'].as_str()).expect("an id");
    let before = &scene.table.records;
    assert!(records.users.get(&other) == before.users.get(&other), "the other user was changed");
    let links = |records: &Records| -> Vec<_> {
        records.links.iter().filter(|((owner, _), _)| *owner == other).map(|(_, link)| link.clone()).collect()
    };
    assert!(links(records) == links(before), "another's links were changed");
    let sessions = |records: &Records| -> Vec<_> {
        let theirs = records.sessions.iter().filter(|((owner, _), _)| *owner == other);
        theirs.map(|(_, session)| session.clone()).collect()
    };
    assert!(sessions(records) == sessions(before), "another's sessions were changed");
}

/// Nothing of the other user's is told to whoever did not say it first. (`words` of Belvo's about the link itself, its status and
/// institution, are handed on as they are.)
fn untold(asked: &Asked, answer: &Answer, scene: &Scene, words: &str) {
    if asked.route == 8 {
        return;
    }
    let (told, sent) = (String::from_utf8_lossy(&answer.body), asked.text());
    for id in [b'w', b'x', b'v', b'k', b'm'].map(|name| &scene.names[&name]) {
        let said = || sent.contains(id) || asked.path.contains(id) || words.contains(id);
        assert!(!told.contains(id.as_str()) || said(), "another's id is told");
    }
}
