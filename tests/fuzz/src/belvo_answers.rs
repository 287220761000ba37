//! Belvo's answers to single calls: what status and kind mean, what a refusal says, one link, a token, a deletion. Only a
//! clear "not found" is one, and nothing of a body gets into an error but a code that keeps its rule.

use adapters::belvo::{
    answer::{Meaning, is_not_found, keys_refused, keys_taken, meaning, refusal},
    wire::{self, Record},
};
use domain::{deletion::step::Deleted, failure::ProviderError, link::ProviderLink, values::Code};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{
    belvo_pages::written,
    quiet::{says_nothing, tells_nothing},
};

/// Two bytes for the status, one for the kind of body, then the body.
pub fn check(data: &[u8]) {
    let [high, low, kind, body @ ..] = data else { return };
    let (status, json) = (100 + (u16::from_be_bytes([*high, *low]) % 900), kind % 2 == 0);
    match meaning(status, json) {
        Meaning::Success => assert!(matches!(status, 200 | 201) && json),
        Meaning::Refusal => refused(status, json, body),
        Meaning::Throttled => assert!(status == 429 || (status == 403 && !json)),
        Meaning::Unknown(why) => {
            assert!(!(why.is_empty() || (400..500).contains(&status) && status != 408), "{status} says why");
        }
    }
    link(body);
    token(body);
    deletion(body);
}

fn refused(status: u16, json: bool, body: &[u8]) {
    assert!((400..500).contains(&status) && status != 429 && status != 408);
    let error = refusal(status, json, body);
    let code = match &error {
        ProviderError::Refused { status: told, code } => {
            assert_eq!(*told, status);
            code.as_ref()
        }
        ProviderError::Throttled => {
            assert_eq!(status, 403);
            None
        }
        ProviderError::Unsent(_) => panic!("it was sent"),
        ProviderError::Unknown(_) => None,
    };
    let word = code.map_or("", Code::as_str);
    assert!(word.is_empty() || Code::parse(word).as_ref() == Ok(code.expect("a word")));
    if word.is_empty() {
        tells_nothing(&error);
    }
    assert_eq!(is_not_found(&error), status == 404 && word == "not_found");
    assert_eq!(keys_refused(&error), status == 401 && word == "authentication_failed");
    if json && let Ok(Value::Object(said)) = serde_json::from_slice(body) {
        let said = said.get("code").and_then(Value::as_str).filter(|code| Code::parse(*code).is_ok());
        assert_eq!(said.unwrap_or_default(), word);
    }
    if !json && !body.is_empty() {
        assert!(!matches!(error, ProviderError::Refused { .. }), "Belvo refuses in JSON");
    }
    let refused = matches!(error, ProviderError::Refused { .. }) && !keys_refused(&error);
    assert_eq!(keys_taken::<()>(&Err(error)), refused);
}

fn link(body: &[u8]) {
    match wire::link(body) {
        Ok(link) => {
            assert_eq!(wire::link(written(&link).to_string().as_bytes()).expect("what was written"), link);
            assert!(std::str::from_utf8(body).ok().and_then(ProviderLink::read).is_some());
        }
        Err(error) => tells_nothing(&error),
    }
}

fn token(body: &[u8]) {
    match wire::token(body) {
        Ok(token) => {
            assert!(!token.expose_secret().is_empty());
            says_nothing(&format!("{token:?}"));
        }
        Err(error) => tells_nothing(&error),
    }
}

fn deletion(body: &[u8]) {
    match wire::deletion(body) {
        Ok(Deleted::Done) => assert!(body.is_empty()),
        Ok(Deleted::Accepted) => assert!(wire::anything(body).is_ok()),
        Ok(Deleted::NotFound) => panic!("nobody said so"),
        Err(error) => {
            assert!(!body.is_empty() && serde_json::from_slice::<Value>(body).is_err());
            tells_nothing(&error);
        }
    }
}
