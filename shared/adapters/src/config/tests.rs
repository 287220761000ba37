//! What the environment may say.

use super::*;

#[test]
fn all_that_is_missing_is_told_at_once() {
    let environment = Environment::made_of([]);
    let mut reader = Reader::new(&environment);
    let store = reader.store();
    let error = reader.finish(store).map(|_| ()).expect_err("nothing is set").to_string();
    for name in [TABLE_NAME, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_wrong_value_is_told_by_its_rule_and_not_repeated() {
    let environment = Environment::made_of([(REFERENCE_KEY, "hunter2"), (BINDING_PROOF, "trust-me")]);
    let mut reader = Reader::new(&environment);
    let (key, _) = (reader.reference_key(), reader.policy());
    let error = reader.finish(key).expect_err("both are wrong").to_string();
    assert!(error.contains(REFERENCE_KEY) && error.contains(BINDING_PROOF), "{error}");
    assert!(!error.contains("hunter2") && !error.contains("trust-me"), "{error}");
}

#[test]
fn half_a_pair_of_keys_and_a_budget_beyond_belvos_limit_are_refused() {
    for (name, value) in [(BELVO_OTHER_SECRET_ID, "x"), (BELVO_OTHER_SECRET_PASSWORD, "x")] {
        let environment = Environment::made_of([
            (BELVO_API_URL, "https://sandbox.belvo.com"),
            (BELVO_SECRET_ID, "id"),
            (BELVO_SECRET_PASSWORD, "password"),
            (BELVO_CALLS_PER_30_S, "81"),
            (name, value),
        ]);
        let mut reader = Reader::new(&environment);
        let (belvo, limits) = (reader.belvo(), reader.limits());
        let error = reader.finish(belvo.zip(limits)).map(|_| ()).expect_err("both are wrong").to_string();
        assert!(error.contains("or neither") && error.contains(BELVO_CALLS_PER_30_S), "{error}");
    }
}

#[test]
fn both_binding_proofs_are_understood_and_session_is_the_default() {
    let proof = |value: Option<&str>| {
        let environment = Environment::made_of(value.map(|value| (BINDING_PROOF, value)));
        Reader::new(&environment).policy().proof
    };
    assert_eq!(proof(None), BindingProof::Session);
    assert_eq!(proof(Some("session")), BindingProof::Session);
    assert_eq!(proof(Some("external_id")), BindingProof::ExternalId);
}

#[test]
fn nothing_is_deleted_at_belvo_unless_the_word_is_on() {
    let policy = |pairs: &[(&'static str, &'static str)]| {
        Reader::new(&Environment::made_of(pairs.iter().copied())).policy()
    };
    let ordinary = policy(&[]);
    assert_eq!((ordinary.provider_deletion, ordinary.superseded_kept), (false, None));
    assert!(policy(&[(PROVIDER_DELETION, "on")]).provider_deletion);
    for word in ["ON", "true", "1", "off"] {
        assert!(!policy(&[(PROVIDER_DELETION, word)]).provider_deletion, "{word}");
    }
    let kept = policy(&[(DELETE_SUPERSEDED_AFTER_DAYS, "30")]).superseded_kept;
    assert_eq!(kept, Some(SignedDuration::from_hours(720)));
}

#[test]
fn a_wrong_word_about_deletion_is_told() {
    let wrong =
        [(PROVIDER_DELETION, "yes"), (BELVO_DELETION_MODE, "later"), (DELETE_SUPERSEDED_AFTER_DAYS, "6")];
    let environment = Environment::made_of(wrong);
    let mut reader = Reader::new(&environment);
    reader.policy();
    let error = reader.finish(Some(())).expect_err("all are wrong").to_string();
    assert!(wrong.iter().all(|(name, _)| error.contains(name)), "{error}");
}
