//! The doors of values: a text is taken exactly if it keeps the rule, which is written down here a second time; JSON goes
//! through the same doors; what is taken reads the same again; what is refused is not repeated.

use std::fmt::{Debug, Display};

use domain::{
    budget::Limits,
    census::Digest,
    change::WriterId,
    deletion::erasure::ErasureId,
    external_id::{ExternalId, ExternalIdError, ReferenceKey},
    masked::{Ending, MaskedName},
    sweep::PlanId,
    values::{
        Code, ConsentId, Currency, Institution, InstitutionName, InstitutionUserId, LinkId, Reference,
        SessionId,
    },
    webhooks::{WebhookId, WebhookKeys},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    documents,
    quiet::{says_nothing, tells_nothing},
};

thread_local! {
    static KEY: ReferenceKey = faults::stage::reference_key();
}

/// Tries the text at every door.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    ids(&text);
    words(&text);
    personal(&text);
    secrets(&text);
    masks(&text);
    documents::check(&text);
}

/// Tries one door, and the way through JSON.
#[track_caller]
pub fn door<T, E>(text: &str, keeps_the_rule: bool, opened: Result<T, E>) -> Option<T>
where
    T: PartialEq + Debug + Serialize + DeserializeOwned,
    E: Debug + Display,
{
    let json = serde_json::from_value::<T>(Value::from(text));
    assert_eq!(opened.is_ok(), keeps_the_rule, "the door and its rule disagree");
    assert_eq!(json.is_ok(), keeps_the_rule, "JSON and the rule disagree");
    match opened {
        Ok(value) => {
            assert_eq!(json.ok().as_ref(), Some(&value));
            let printed = serde_json::to_value(&value).expect("text");
            assert!(printed.as_str().is_some_and(|printed| printed.eq_ignore_ascii_case(text)), "{printed}");
            assert_eq!(serde_json::from_value::<T>(printed).expect("what was printed"), value);
            Some(value)
        }
        Err(error) => {
            tells_nothing(&error);
            None
        }
    }
}

fn made_of(text: &str, lengths: std::ops::RangeInclusive<usize>, more: &str) -> bool {
    lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn lettered(text: &str, prefix: &str) -> bool {
    let letters = text.strip_prefix(prefix);
    letters.is_some_and(|letters| letters.len() == 28 && letters.chars().all(|c| c.is_ascii_lowercase()))
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.concat().chars().all(|c| c.is_ascii_hexdigit())
}

fn ids(text: &str) {
    if let Some(id) = door(text, is_uuid(text), LinkId::parse(text)) {
        assert_eq!(id.to_string(), text.to_lowercase());
    }
    door(text, is_uuid(text), ConsentId::parse(text));
    door(text, lettered(text, "ls_"), SessionId::parse(text));
    door(text, lettered(text, "wh_"), WebhookId::parse(text));
    door(text, lettered(text, "er_"), ErasureId::try_from(text.to_owned()));
    assert_eq!(WriterId::parse(text).is_some(), lettered(text, ""));
    let plan = text.strip_prefix("plan_").is_some_and(|digits| digits.len() == 16 && is_hex(digits));
    door(text, plan && !text.contains(char::is_uppercase), PlanId::parse(text));
    let digest = text.get(1..).is_some_and(|digits| digits.len() == 16 && is_hex(digits));
    door(
        text,
        digest && text.starts_with(['b', 'm', 'p', 'n', 'x', 'u', 's', 'd', 'a']),
        Digest::parse(text),
    );
}

fn is_hex(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_hexdigit())
}

fn words(text: &str) {
    let plain = |most| (1..=most).contains(&text.len()) && !text.contains(char::is_control);
    door(text, made_of(text, 1..=128, "_-."), Institution::parse(text));
    door(text, plain(128), InstitutionName::parse(text));
    door(text, made_of(text, 1..=64, "_-"), Code::parse(text));
    let capitals = text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase());
    door(text, capitals, Currency::parse(text));
    let calls = text.strip_prefix('+').unwrap_or(text);
    let number = !calls.is_empty() && calls.chars().all(|c| c.is_ascii_digit());
    let within =
        number && calls.trim_start_matches('0').parse().is_ok_and(|calls| (18..=80).contains(&calls));
    assert_eq!(Limits::parse(text).is_ok(), within);
}

fn personal(text: &str) {
    let visible = (1..=128).contains(&text.len()) && text.chars().all(|c| ('!'..='~').contains(&c));
    if let Some(login) = door(text, visible, InstitutionUserId::parse(text)) {
        says_nothing(&format!("{login:?}"));
    }
    let plain = (1..=256).contains(&text.len()) && !text.contains(char::is_control);
    if let Some(reference) = door(text, plain, Reference::parse(text)) {
        says_nothing(&format!("{reference:?}"));
        let derived = KEY.with(|key| ExternalId::derive(key, &reference));
        assert!(lettered(derived.as_str(), "lk_a"), "no id of ours");
        assert_eq!(ExternalId::import(derived.as_str()), Err(ExternalIdError::Reserved));
    }
    if let Some(id) = door(text, made_of(text, 3..=256, "_-"), ExternalId::parse(text)) {
        says_nothing(&format!("{id:?}"));
    }
    if let Ok(id) = ExternalId::import(text).inspect_err(tells_nothing) {
        assert_eq!(ExternalId::parse(text), Ok(id));
        assert!(!text.to_lowercase().starts_with("lk_"));
        let digits = text.replace(['-', '_'], "");
        let run = digits.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(is_uuid(text) || run < Some(8), "a number of a person's");
    }
}

fn secrets(text: &str) {
    let keyed = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase) && text[1..].starts_with(':');
    let key = ReferenceKey::parse(text).inspect_err(tells_nothing);
    assert_eq!(key.is_ok(), keyed && text.len() >= 34);
    if let Ok(key) = key {
        says_nothing(&format!("{key:?}"));
    }
    let keys = WebhookKeys::closed().accepting(text);
    let sendable = (16..=1024).contains(&text.len()) && text.chars().all(|c| (' '..='~').contains(&c));
    assert_eq!(keys.is_ok(), sendable && !text.starts_with(' ') && !text.ends_with(' '));
    if let Ok(keys) = keys.inspect_err(tells_nothing) {
        says_nothing(&format!("{keys:?}"));
        assert!(keys.admit(text.as_bytes()));
        assert!(!keys.admit(&text.as_bytes()[1..]) && !keys.admit(format!("{text}, {text}").as_bytes()));
        assert!(!keys.admit(format!(" {text}").as_bytes()) && !keys.admit(b""));
    }
}

fn masks(text: &str) {
    let named = |kept: &str| kept.chars().all(|c| c.is_alphabetic() && !c.is_numeric());
    let masked = text.strip_suffix("•••").is_some_and(|kept| kept.chars().count() <= 2 && named(kept));
    assert_eq!(MaskedName::parse(text).is_ok(), masked);
    let mask = MaskedName::of(text);
    assert_eq!(MaskedName::parse(mask.as_str()), Ok(mask.clone()));
    let letters = mask.as_str().trim_end_matches('•');
    assert!(text.trim().chars().count() > 2 || letters.is_empty(), "a whole name is kept");
    assert_eq!(
        Ending::parse(text).is_ok(),
        made_of(text, 1..=4, "") && text.chars().all(|c| c.is_ascii_digit())
    );
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match Ending::of(text) {
        Some(ending) => {
            assert!(digits.ends_with(ending.as_str()) && (1..=4).contains(&ending.as_str().len()));
        }
        None => assert!(digits.is_empty()),
    }
    says_nothing(&format!("{mask:?} {:?}", Ending::of(text)));
}
