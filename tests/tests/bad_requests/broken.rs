//! A good request of each route, and the same with one or more of its parts made bad.

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, header},
};
use proptest::prelude::*;

use super::{bodies, values};

/// What the requests are about, made before the first of them.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// A session of the caller.
    pub(crate) session: String,
    /// A link of the caller, connected.
    pub(crate) link: String,
    /// A session of somebody else.
    pub(crate) others_session: String,
    /// A link of somebody else.
    pub(crate) others_link: String,
}

/// The routes, with who calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Register,
    RegisterAsAdmin,
    Open,
    Success,
    Exit,
    Event,
    List,
    Claim,
}

impl Route {
    const ALL: [Self; 8] = [
        Self::Register,
        Self::RegisterAsAdmin,
        Self::Open,
        Self::Success,
        Self::Exit,
        Self::Event,
        Self::List,
        Self::Claim,
    ];

    fn method(self) -> &'static str {
        if self == Self::List { "GET" } else { "POST" }
    }

    fn token(self) -> &'static str {
        if self == Self::RegisterAsAdmin { "Bearer dev:ops:links:admin" } else { "Bearer dev:ana" }
    }

    /// What the path names beside the user, of the caller's own: a link, or a session.
    pub(crate) fn own(self, stage: &Stage) -> &str {
        if self == Self::Claim { &stage.link } else { &stage.session }
    }

    /// The path, with these words for the user and what it names besides.
    pub(crate) fn path(self, user: &str, named: &str) -> String {
        match self {
            Self::Register | Self::RegisterAsAdmin => "/users".to_owned(),
            Self::Open => format!("/users/{user}/link-sessions"),
            Self::Success | Self::Exit | Self::Event => {
                format!("/users/{user}/link-sessions/{named}/callbacks")
            }
            Self::List => format!("/users/{user}/links"),
            Self::Claim => format!("/users/{user}/links/{named}/claim"),
        }
    }

    /// A body that the route takes.
    pub(crate) fn body(self, stage: &Stage) -> String {
        match self {
            Self::Register => "{}".to_owned(),
            Self::RegisterAsAdmin => r#"{"reference":"somebody-new"}"#.to_owned(),
            Self::Open => r#"{"locale":"es","country_codes":["MX"]}"#.to_owned(),
            Self::Success => {
                format!(r#"{{"type":"success","link":"{}","institution":"erebor_mx_retail"}}"#, stage.link)
            }
            Self::Exit => r#"{"type":"exit","meta_data":{"step":"abandon-survey"}}"#.to_owned(),
            Self::Event => r#"{"type":"event","eventName":"ERROR"}"#.to_owned(),
            Self::List | Self::Claim => String::new(),
        }
    }
}

/// A request whose named parts are bad, each by itself enough to be refused.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    route: Route,
    method: Option<String>,
    path: Option<String>,
    /// The values of the header `authorization`, in order.
    tokens: Option<Vec<Vec<u8>>>,
    /// The values of the header `content-type`, in order.
    types: Option<Vec<&'static str>>,
    body: Option<Vec<u8>>,
}

impl Broken {
    pub(crate) fn request(&self, stage: &Stage) -> Request<Body> {
        let method = self.method.as_deref().unwrap_or(self.route.method());
        let path = self.path.clone().unwrap_or_else(|| self.route.path("me", self.route.own(stage)));
        let mut request = Request::builder().method(method).uri(path);
        let good = || vec![self.route.token().as_bytes().to_vec()];
        for token in self.tokens.clone().unwrap_or_else(good) {
            let value = HeaderValue::from_bytes(&token).expect("generated so");
            request = request.header(header::AUTHORIZATION, value);
        }
        for declared in self.types.clone().unwrap_or_else(|| vec!["application/json"]) {
            request = request.header(header::CONTENT_TYPE, declared);
        }
        let body = self.body.clone().unwrap_or_else(|| self.route.body(stage).into_bytes());
        request.body(Body::from(body)).expect("generated so")
    }

    /// Whether its answer has headers only.
    pub(crate) fn asks_for_no_body(&self) -> bool {
        self.method.as_deref() == Some("HEAD")
    }

    /// A path that is wrong for its route may be the right one to delete something.
    fn is_bad(&self) -> bool {
        if self.method.as_deref() == Some("DELETE") && self.path.is_some() {
            return false;
        }
        self.method.is_some()
            || self.path.is_some()
            || self.tokens.is_some()
            || self.types.is_some()
            || self.body.is_some()
    }
}

/// Bad requests to all routes.
pub(crate) fn broken(stage: &Stage) -> impl Strategy<Value = Broken> + use<> {
    let stage = stage.clone();
    proptest::sample::select(&Route::ALL[..]).prop_flat_map(move |route| of_route(route, &stage))
}

fn of_route(route: Route, stage: &Stage) -> impl Strategy<Value = Broken> + use<> {
    // what a route without a body gets as one is not looked at, so it is not bad
    let (of_type, of_body) = match route {
        Route::List | Route::Claim => (Just(None).boxed(), Just(None).boxed()),
        Route::Register
        | Route::RegisterAsAdmin
        | Route::Open
        | Route::Success
        | Route::Exit
        | Route::Event => (
            proptest::option::weighted(0.15, values::bad_types()).boxed(),
            proptest::option::weighted(0.6, bodies::bad(route, stage)).boxed(),
        ),
    };
    let parts = (
        proptest::option::weighted(0.15, bad_method(route)),
        proptest::option::weighted(0.3, values::bad_path(route, stage)),
        proptest::option::weighted(0.2, values::bad_tokens(route.token())),
        of_type,
        of_body,
    );
    let made = parts.prop_map(move |(method, path, tokens, types, body)| Broken {
        route,
        method,
        path,
        tokens,
        types,
        body,
    });
    made.prop_filter("it must be bad", Broken::is_bad)
}

/// A method that the route does not have.
fn bad_method(route: Route) -> impl Strategy<Value = String> {
    let known =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HEAD", "BREW", "post"];
    let method = prop_oneof![
        4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[A-Za-z!#$%&'*+.^_`|~0-9-]{1,40}",
    ];
    method.prop_filter("the route has it", move |method| {
        let has = method == route.method() || (route == Route::List && method == "HEAD");
        !has && Method::from_bytes(method.as_bytes()).is_ok()
    })
}
