//! What happened, in the words of whoever did it.

use serde_json::Value;

use super::{
    step::Event,
    words::{list, text},
};

/// Who speaks, and what is said.
pub(super) type Line = (&'static str, String);

/// An event as lines to be spoken. What is explained or looked at is no line: it is a paragraph or a table.
pub(super) fn spoken(event: &Event) -> Vec<Line> {
    match event {
        Event::Explained { .. } | Event::Looked { .. } => Vec::new(),
        Event::Called { user, method, path, body, status, answer } => {
            let sent = sent(body);
            let mut answered = answered(answer).into_iter();
            let first = format!("{status}  {}", answered.next().unwrap_or_default());
            let rest = answered.map(|words| ("", words));
            [(*user, format!("{method} {path} {sent}")), ("answer", first)].into_iter().chain(rest).collect()
        }
        Event::Connected { user, did, said } => {
            vec![(*user, format!("in the widget: {did}")), ("widget", widget(said))]
        }
        Event::Unseen { what } => vec![("Belvo", what.clone())],
        Event::Passed { minutes, clock } => vec![("clock", format!("{minutes} minutes pass; it is {clock}"))],
        Event::Heard { webhook, status } => {
            vec![("Belvo", format!("sends the webhook {webhook}")), ("answer", status.to_string())]
        }
        Event::Swept { report } => sweep(report),
        Event::FollowedUp { counts } => vec![("schedule", followed_up(counts))],
        Event::Deleted { minutes, asked, confirmed, erased } => {
            let erasures = if *erased > 0 { format!(", {erased} erasure complete") } else { String::new() };
            let done = format!("{asked} deletions asked for, {confirmed} confirmed{erasures}");
            vec![("deleter", format!("{done}, in {minutes} minutes"))]
        }
    }
}

/// A body as it was sent. What the widget says of an error is long, and is told where the widget says it.
fn sent(body: &Value) -> String {
    match text(body, "type") {
        _ if body.is_null() => String::new(),
        "event" => format!(r#"{{"type":"event","eventName":"{}",…}}"#, text(body, "eventName")),
        _ => body.to_string(),
    }
}

/// An answer of the API by what it holds.
fn answered(answer: &Value) -> Vec<String> {
    let has = |field| answer.get(field).is_some();
    if has("code") {
        return vec![format!("{}: {}", text(answer, "code"), text(answer, "detail"))];
    }
    if has("existing") {
        return vec![format!("existing: {}", links(list(answer, "existing")))];
    }
    if has("session_id") {
        let links = |field: &str| format!("{field}: {}", links(list(answer, field)));
        let session = format!("session {}, with a widget token", text(answer, "session_id"));
        return vec![session, links("connected"), links("recovered"), links("needs_attention")];
    }
    if has("erasure_id") {
        return vec![format!("erasure {}", text(answer, "erasure_id"))];
    }
    if has("links") {
        return vec![format!("links: {}", links(list(answer, "links")))];
    }
    if has("link_id") {
        return vec![link(answer)];
    }
    vec![format!("external_id {}", text(answer, "external_id"))]
}

fn links(list: &[Value]) -> String {
    let words: Vec<_> = list.iter().map(link).collect();
    if words.is_empty() { "none".to_owned() } else { words.join("; ") }
}

fn link(link: &Value) -> String {
    let accounts = accounts(list(link, "accounts"));
    let (institution, state) = (text(link, "institution"), text(link, "state"));
    let words = [text(link, "link_id"), institution, accounts.as_str(), state, text(link, "way_out")];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Masked accounts, as an app would show them.
pub(super) fn accounts(list: &[Value]) -> String {
    let account = |account: &Value| format!("{}{}", text(account, "name"), text(account, "number"));
    let words: Vec<_> = list.iter().map(account).collect();
    if words.is_empty() { String::new() } else { format!("({})", words.join(", ")) }
}

fn widget(said: &Value) -> String {
    match text(said, "type") {
        "success" => format!("success: link {} at {}", text(said, "link"), text(said, "institution")),
        "event" => {
            let meta = said.get("meta_data").cloned().unwrap_or_default();
            format!("{}: {}", text(said, "eventName"), text(&meta, "error_code"))
        }
        "lost" => "says success, but nobody is there to hear it".to_owned(),
        _ => said.to_string(),
    }
}

/// Only what was done.
fn followed_up(counts: &Value) -> String {
    let counts = counts.as_object().into_iter().flatten();
    let done: Vec<_> =
        counts.filter(|(_, count)| **count != 0).map(|(name, count)| format!("{name} {count}")).collect();
    let done = if done.is_empty() { "nothing was due".to_owned() } else { done.join(", ") };
    format!("a follow-up: {done}")
}

fn sweep(report: &Value) -> Vec<Line> {
    let count = |field| report.get(field).and_then(Value::as_u64).unwrap_or_default();
    let actions = report.get("actions").and_then(Value::as_object);
    let done: Vec<_> =
        actions.into_iter().flatten().map(|(action, times)| format!("{action} {times}")).collect();
    let done =
        if done.is_empty() { "nothing to do".to_owned() } else { format!("done: {}", done.join(", ")) };
    let absent = match count("absent") {
        0 => String::new(),
        absent => format!(", {absent} of them not listed; canary {}", text(report, "canary")),
    };
    let seen =
        format!("a sweep: {} links at Belvo, {} records here{absent}", count("listed"), count("known"));
    vec![("schedule", seen), ("", done)]
}
