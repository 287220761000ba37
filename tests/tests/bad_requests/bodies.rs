//! Bad bodies: no JSON, JSON of another shape, too much of it, or ids of nobody.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use super::broken::{Route, Stage};

const LIMIT: usize = 4096;

/// A body that the route refuses.
pub(super) fn bad(route: Route, stage: &Stage) -> impl Strategy<Value = Vec<u8>> + use<> {
    let good = route.body(stage);
    let shapes = misshapen(route, stage);
    let padded = shapes.clone();
    prop_oneof![
        2 => truncated(good.clone()),
        1 => not_text(good.clone()),
        1 => garbage(),
        1 => nested(),
        2 => select(NO_OBJECTS).prop_map(|text| text.as_bytes().to_vec()),
        6 => select(shapes).prop_map(String::into_bytes),
        1 => (select(padded), LIMIT - 1..=LIMIT).prop_map(|(body, length)| padded_to(&body, length)),
        1 => (Just(good), oversize()).prop_map(|(body, length)| padded_to(&body, length)),
        1 => unknown_link(route),
    ]
}

/// JSON that is no object. Some would be taken for one, field by field.
const NO_OBJECTS: &[&str] = &[
    "null",
    "true",
    "3",
    "-0.0",
    "1e5",
    "\"text\"",
    "\"{}\"",
    "[]",
    "[{}]",
    "[null]",
    "[null,null]",
    "[null,null,null,null,null]",
    "[\"ana\",null]",
    "[null,\"ana\"]",
    "[\"success\"]",
    "  []  ",
    "[[]]",
];

fn oversize() -> impl Strategy<Value = usize> {
    prop_oneof![Just(LIMIT + 1), LIMIT + 1..40_000]
}

fn padded_to(body: &str, length: usize) -> Vec<u8> {
    let missing = length.saturating_sub(body.len());
    [body.as_bytes(), &b" ".repeat(missing)].concat()
}

/// The beginning of an object is never JSON.
fn truncated(good: String) -> impl Strategy<Value = Vec<u8>> {
    let last = good.len().max(2) - 1;
    (1..=last).prop_map(move |cut| good.as_bytes().get(..cut).unwrap_or(b"{").to_vec())
}

/// Bytes that are no UTF-8, in a key, in a value, before and after.
fn not_text(good: String) -> impl Strategy<Value = Vec<u8>> {
    let bytes = select(vec![
        &b"\xff"[..],
        b"\xc0\xae",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"\x80",
        b"\xe2\x28\xa1",
    ]);
    (bytes, 0..=good.len()).prop_map(move |(bytes, at)| {
        let (before, after) = good.as_bytes().split_at(at);
        [before, bytes, after].concat()
    })
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![
        vec(any::<u8>(), 1..300),
        "[{}\\[\\]\":,0-9a-z \\\\]{1,200}".prop_map(String::into_bytes),
        select(vec![
            "{}{}",
            "{},",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "\u{feff}{}",
            "{\"a\":01}",
            "{\"a\":NaN}",
            "//{}\n{}"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    bytes.prop_filter("it must not be an object", |bytes| {
        serde_json::from_slice::<Value>(bytes).map_or(true, |value| !value.is_object())
    })
}

fn nested() -> impl Strategy<Value = Vec<u8>> {
    (50_usize..2_000, any::<bool>()).prop_map(|(depth, closed)| {
        let closing = if closed { "]".repeat(depth) } else { String::new() };
        format!("{}{closing}", "[".repeat(depth)).into_bytes()
    })
}

/// A link that nobody has, and for routes without links a field that they do not have.
fn unknown_link(route: Route) -> impl Strategy<Value = Vec<u8>> {
    any::<u128>().prop_map(move |random| {
        let hex = format!("{random:032x}");
        let id =
            format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30]);
        let body = match route {
            Route::Success => {
                format!(r#"{{"type":"success","link":"{id}","institution":"erebor_mx_retail"}}"#)
            }
            Route::Open => format!(r#"{{"link_id":"{id}"}}"#),
            Route::Register | Route::RegisterAsAdmin | Route::List | Route::Claim => {
                format!(r#"{{"link":"{id}"}}"#)
            }
            Route::Exit | Route::Event => format!(r#"{{"type":"{id}"}}"#),
        };
        body.into_bytes()
    })
}

/// What an end user may not say: whom to register, or anything else.
const AS_END_USER: &[&str] = &[
    r#"{"reference":"bia"}"#,
    r#"{"external_id":"bia-1"}"#,
    r#"{"reference":5}"#,
    r#"{"external_id":[]}"#,
    r#"{"admin":true}"#,
    r#"{"":""}"#,
    r#"{"reference":null,"reference":null}"#,
    r#"{"__proto__":{}}"#,
];

/// No exits of the widget's.
const EXITS: &[&str] = &[
    r#"{"type":"exit","last_encountered_error":5}"#,
    r#"{"type":"exit","meta_data":"x"}"#,
    r#"{"type":"exit","data":{}}"#,
    r#"{"type":"exit","data":[5]}"#,
    r#"{"type":"EXIT"}"#,
    r#"{"type":null}"#,
    r#"{"type":"exit","meta_data":{"institution_name":5}}"#,
    r#"{"exit":"type"}"#,
    "{}",
    r#"{"type":"exit","type":"exit"}"#,
];

/// No events of the widget's.
const EVENTS: &[&str] = &[
    r#"{"type":"event"}"#,
    r#"{"type":"event","eventName":5}"#,
    r#"{"type":"event","eventName":null}"#,
    r#"{"type":"event","eventName":"E","meta_data":3}"#,
    r#"{"eventName":"ERROR"}"#,
    r#"{"type":["event"]}"#,
    r#"{"type":"event","eventName":"E","metadata":{},"meta_data":{}}"#,
    r#"{"type":"event","eventName":"E","eventName":"F"}"#,
];

/// Objects that break a rule of the route.
fn misshapen(route: Route, stage: &Stage) -> Vec<String> {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(300), "}".repeat(300));
    let huge = format!(r#"{{"reference":{}}}"#, "9".repeat(900));
    let anywhere =
        [deep, huge, r#"{"type":1e999}"#.to_owned(), r#"{"link_id":-1e-999,"locale":5}"#.to_owned()];
    let own: Vec<String> = match route {
        Route::Register => texts(AS_END_USER),
        Route::RegisterAsAdmin => as_admin(),
        Route::Open => opening(stage),
        Route::Success => success(stage),
        Route::Exit => texts(EXITS),
        Route::Event => texts(EVENTS),
        Route::List | Route::Claim => Vec::new(),
    };
    anywhere.into_iter().chain(own).collect()
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

fn as_admin() -> Vec<String> {
    let long = format!(r#"{{"reference":"{}"}}"#, "a".repeat(257));
    let long_id = format!(r#"{{"external_id":"{}"}}"#, "a".repeat(257));
    let more = texts(&[
        "{}",
        r#"{"reference":""}"#,
        r#"{"reference":"a\u0000b"}"#,
        r#"{"reference":"a\nb"}"#,
        r#"{"external_id":"ab"}"#,
        r#"{"reference":"a","external_id":"abc"}"#,
        r#"{"external_id":"lk_mine"}"#,
        r#"{"external_id":"a@b.example"}"#,
        r#"{"external_id":"5511912345678"}"#,
        r#"{"external_id":"GODE561231GR8"}"#,
        r#"{"reference":{"a":1}}"#,
        r#"{"reference":"a","reference":"b"}"#,
        r#"{"reference":"a","more":1}"#,
        r#"{"external_id":"joão-1"}"#,
        r#"{"reference":"\ud800"}"#,
    ]);
    [long, long_id].into_iter().chain(more).collect()
}

fn opening(stage: &Stage) -> Vec<String> {
    let others = format!(r#"{{"link_id":"{}"}}"#, stage.others_link);
    let bare = format!(r#"{{"link_id":"{}"}}"#, stage.link.replace('-', ""));
    let twice = format!(r#"{{"link_id":"{0}","link_id":"{0}"}}"#, stage.link);
    let many = format!(r#"{{"institutions":[{}"x"]}}"#, r#""erebor","#.repeat(20));
    let more = texts(&[
        r#"{"link_id":""}"#,
        r#"{"link_id":"../../users"}"#,
        r#"{"link_id":5}"#,
        r#"{"link_id":{}}"#,
        r#"{"locale":"xx"}"#,
        r#"{"locale":"ES"}"#,
        r#"{"locale":["es"]}"#,
        r#"{"country_codes":"MX"}"#,
        r#"{"country_codes":["US"]}"#,
        r#"{"country_codes":[1]}"#,
        r#"{"institutions":["a b"]}"#,
        r#"{"institutions":[""]}"#,
        r#"{"access_mode":"once"}"#,
        r#"{"access_mode":true}"#,
        r#"{"external_id":"x"}"#,
        r#"{"user":"bia"}"#,
        r#"{"locale":"es","locale":"pt"}"#,
        r#"{"Locale":"es"}"#,
    ]);
    [others, bare, twice, many].into_iter().chain(more).collect()
}

fn success(stage: &Stage) -> Vec<String> {
    let said = |link: &str, rest: &str| format!(r#"{{"type":"success","link":"{link}"{rest}}}"#);
    let bank = r#","institution":"erebor_mx_retail""#;
    let own = stage.link.as_str();
    vec![
        said(own, ""),
        said(own, r#","institution":"""#),
        said(own, r#","institution":"a b""#),
        said(own, r#","institution":null"#),
        said(own, &format!(r#"{bank},"external_id":"victim""#)),
        said(own, &format!(r#"{bank},"link":"{}""#, stage.others_link)),
        said(own, &format!("{bank}{bank}")),
        said(own, &format!(r#"{bank},"type":"success""#)),
        said("", bank),
        said("link-id-1", bank),
        said("../../../etc/passwd", bank),
        said(&own.replace('-', ""), bank),
        said(&format!("{own}\\n"), bank),
        said(&stage.others_link, bank),
        format!(r#"{{"type":"success"{bank}}}"#),
        format!(r#"{{"type":"success","link":7{bank}}}"#),
        format!(r#"{{"type":"Success","link":"{own}"{bank}}}"#),
        format!(r#"{{"type":1,"link":"{own}"{bank}}}"#),
    ]
}
