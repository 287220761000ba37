//! Small words for a screen of a hundred columns.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// No line is longer.
pub(super) const WIDTH: usize = 100;

/// What stands for a secret.
const CUT: &str = "…";

/// The answer without what must not be shown: whoever has one of these can open the widget.
pub(super) fn redacted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let cut = |key: &str| matches!(key, "access_token" | "hosted_url" | "institution_user_id");
            let field = |(key, value): (String, Value)| {
                let value = if cut(&key) { CUT.into() } else { redacted(value) };
                (key, value)
            };
            fields.into_iter().map(field).collect()
        }
        Value::Array(values) => values.into_iter().map(redacted).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// The text with link ids and session ids cut to what tells them apart.
pub(super) fn short(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut shortened = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_part(c) != is_part(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        shortened.push_str(&short_id(piece));
        rest = after;
    }
    shortened
}

/// A link id keeps eight digits, a session id six letters; anything else is kept whole.
fn short_id(piece: &str) -> String {
    let keep = match piece.len() {
        36 if domain::values::LinkId::parse(piece).is_ok() => 8,
        31 if piece.starts_with("ls_") => 9,
        _ => return piece.to_owned(),
    };
    piece.chars().take(keep).chain(CUT.chars()).collect()
}

/// Words in lines of at most `width`. A longer word has a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The word that a value is in JSON.
pub(super) fn word_of(value: &impl Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// A moment of the story's one day.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

/// One of two words: a check reads better with them than with true and false.
pub(super) fn either(is_so: bool, so: &'static str, otherwise: &'static str) -> &'static str {
    if is_so { so } else { otherwise }
}

/// A text in an answer, or "".
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A list in an answer, or nothing.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The links of a list as a check compares them: id and state, or the way out where there is one.
pub(super) fn links(list: &[Value]) -> String {
    let word = |link: &Value| {
        let way_out = Some(text(link, "way_out")).filter(|word| !word.is_empty());
        format!("{} {}", text(link, "link_id"), way_out.unwrap_or_else(|| text(link, "state")))
    };
    let mut words: Vec<_> = list.iter().map(word).collect();
    words.sort();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_opens_the_widget_is_cut_out_at_any_depth() {
        let answer = json!({"widget": {"access_token": "t", "hosted_url": "u", "config": {}}, "links": [
            {"institution_user_id": "i", "link_id": "l"}]});
        let cut = json!({"widget": {"access_token": "…", "hosted_url": "…", "config": {}}, "links": [
            {"institution_user_id": "…", "link_id": "l"}]});
        assert_eq!(redacted(answer), cut);
    }

    #[test]
    fn ids_are_shortened_wherever_they_stand() {
        let long = r#"/ls_abcdefghijklmnopqrstuvwxyzab/x {"link":"0b6a1f3e-0000-4000-8000-00000000000a"}"#;
        assert_eq!(short(long), r#"/ls_abcdef…/x {"link":"0b6a1f3e…"}"#);
        assert_eq!(short("a plain - sentence, of_words… 36"), "a plain - sentence, of_words… 36");
    }

    #[test]
    fn lines_are_filled_and_words_stay_whole() {
        assert_eq!(wrapped("one two  three\nfour", 8), ["one two", "three", "four"]);
        assert_eq!(wrapped("a verylongword b", 4), ["a", "verylongword", "b"]);
    }
}
