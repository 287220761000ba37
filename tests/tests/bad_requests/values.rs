//! Bad paths, tokens and content types.

use axum::http::{HeaderValue, Uri};
use proptest::{prelude::*, sample::select};

use super::broken::{Route, Stage};

/// Words that are no user for this caller, no session and no link.
const WORDS: &[&str] = &[
    "..",
    ".",
    "%2e%2e",
    "%2E%2E%2f",
    "%2f",
    "%5c",
    "%00",
    "me%00",
    "%0d%0aset-cookie:a=b",
    "%0a",
    "%ff",
    "%c0%ae",
    "%e0%80%80",
    "%zz",
    "%",
    "%2",
    "me%20",
    "ME",
    "Me",
    "me.json",
    "me;a=b",
    "me,me",
    "*",
    "~",
    "-",
    "@",
    "ana",
    "lk_",
    "lk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "null",
    "undefined",
    "0",
    "-1",
    "'or'1'='1",
    "USER%23ana",
    "%F0%9F%92%A9",
    "h%C3%A9",
    "\u{e9}",
    "%7B%7D",
    "ls_",
    "ls_AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// Paths that no route has.
const NOWHERE: &[&str] = &[
    "/",
    "//",
    "//users",
    "/users/",
    "/users//",
    "/users//links",
    "/users/me",
    "/users/me/",
    "/users/me/links/",
    "/users/me/links//claim",
    "/users/me/links/claim",
    "/users/me/links/x/claim/",
    "/users/me/links/x/claims",
    "/users/me/link-sessions/",
    "/users/me/link-sessions//callbacks",
    "/Users",
    "/USERS",
    "/users%2fme%2flinks",
    "/users/../users",
    "/users/me/../me/links",
    "/./users",
    "/users.json",
    "/users;a=b",
    "/.env",
    "/admin",
    "/users/me/link-sessions/x/callbacks/",
    "/users/me/link-sessions/x/callbacks/x",
    "/users/me/linksessions",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(WORDS).prop_map(str::to_owned),
        2 => "[a-z0-9_%.~-]{1,40}",
        1 => (1_000_usize..8_000).prop_map(|length| "a".repeat(length)),
        1 => "(%[0-9a-f]{2}){1,12}",
    ]
}

/// A path that is no route, names somebody else, or a session or a link that is not the caller's.
pub(super) fn bad_path(route: Route, stage: &Stage) -> BoxedStrategy<String> {
    let nowhere = prop_oneof![
        3 => select(NOWHERE).prop_map(str::to_owned),
        1 => "/[a-z%./~-]{0,40}",
        1 => "/users/me/[a-z]{1,12}",
    ];
    let own = route.own(stage).to_owned();
    let user = word().prop_map({
        let own = own.clone();
        move |user| route.path(&user, &own)
    });
    let more = "/[a-z0-9]{1,8}".prop_map({
        let own = own.clone();
        move |more| format!("{}{more}", route.path("me", &own))
    });
    let like_own = [stage.session.to_uppercase(), format!("{own}a"), own[..own.len() - 1].to_owned()];
    let of_others = [stage.others_session.clone(), stage.others_link.clone()];
    let of_another_kind = [stage.session.clone(), stage.link.clone()].into_iter().filter(|id| *id != own);
    let known = of_others.into_iter().chain(of_another_kind).chain(like_own).collect::<Vec<_>>();
    let named = prop_oneof![word(), "ls_[a-z]{28}", select(known)];
    let named = named.prop_map(move |named| route.path("me", &named));
    let path = match route {
        Route::Register | Route::RegisterAsAdmin => prop_oneof![nowhere, more].boxed(),
        Route::Open | Route::List => prop_oneof![nowhere, user, more].boxed(),
        Route::Success | Route::Exit | Route::Event | Route::Claim => {
            prop_oneof![nowhere, user, named, more].boxed()
        }
    };
    let own = route.own(stage).to_owned();
    path.prop_filter("it must be a URI, and another", move |path| {
        path.parse::<Uri>().is_ok() && !means(path, &route.path("me", &own))
    })
    .boxed()
}

/// Whether the path is the good one, spelled otherwise.
fn means(path: &str, good: &str) -> bool {
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    decoded(bare) == good.as_bytes() && bare.matches('/').count() == good.matches('/').count()
}

fn decoded(path: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), path.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    out
}

/// No token, or a bad one: alone, twice, or before a good one.
pub(super) fn bad_tokens(good: &'static str) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let known = [
        "",
        "Bearer",
        "Bearer ",
        "bearer dev:ana",
        "BEARER dev:ana",
        "dev:ana",
        "Basic ZGV2OmFuYQ==",
        "Bearer dev:",
        "Bearer dev::links:admin",
        "Bearer  dev:ana",
        "Bearer null",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer DEV:ana",
        "Token dev:ana",
        "Bearer\tdev:ana",
    ];
    let bad = prop_oneof![
        4 => select(known.to_vec()).prop_map(|token| token.as_bytes().to_vec()),
        1 => "[ -~]{0,60}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(128_u8..=255, 1..20).prop_map(|bytes| [b"Bearer dev:", &bytes[..]].concat()),
        1 => (257_usize..2_000).prop_map(|length| format!("Bearer dev:{}", "a".repeat(length)).into_bytes()),
    ];
    let bad = bad.prop_filter("it must be a bad header", |token| {
        let good = token.starts_with(b"Bearer dev:") && token.is_ascii() && (12..200).contains(&token.len());
        (!good || token.starts_with(b"Bearer dev::")) && HeaderValue::from_bytes(token).is_ok()
    });
    (bad, 0_usize..4).prop_map(move |(bad, how)| match how {
        0 => Vec::new(),
        1 => vec![bad],
        2 => vec![bad.clone(), bad],
        _ => vec![bad, good.as_bytes().to_vec()],
    })
}

/// Content types that are not JSON's: none, another, or another before the right one.
pub(super) fn bad_types() -> impl Strategy<Value = Vec<&'static str>> {
    let other = select(vec![
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/json2",
        "application/jsonp",
        "json",
        "*/*",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        ";application/json",
        "application/ json",
        "application/problem+json",
        "application/json, text/plain",
        "\"application/json\"",
    ]);
    (other, 0_usize..4).prop_map(|(other, how)| match how {
        0 => Vec::new(),
        3 => vec![other, "application/json"],
        _ => vec![other],
    })
}
