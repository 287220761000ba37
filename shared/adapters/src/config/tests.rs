//! What the environment may say.

use std::path::Path;

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
    let error = reader.finish(key).map(|_| ()).expect_err("both are wrong").to_string();
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

const ARN: &str = "arn:aws:secretsmanager:sa-east-1:123456789012:secret:linkkeeper-AbCdEf";

/// Everything that is wrong with the secrets.
fn about_secrets(variables: &[(&'static str, &'static str)]) -> String {
    let aws = [(AWS_REGION, "sa-east-1"), (AWS_ACCESS_KEY_ID, "id"), (AWS_SECRET_ACCESS_KEY, "key")];
    let url = [(BELVO_API_URL, "https://sandbox.belvo.com")];
    let environment = Environment::made_of(variables.iter().chain(&aws).chain(&url).copied());
    let mut reader = Reader::new(&environment);
    let read = reader.belvo().zip(reader.reference_key()).zip(reader.webhook_keys());
    reader.finish(read).map(|_| ()).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_secret_is_named_by_arn_or_given_in_plain_and_not_both() {
    let by_arn = [(BELVO_SECRET_ARN, ARN), (REFERENCE_KEY_ARN, ARN), (WEBHOOK_SECRET_ARN, ARN)];
    assert_eq!(about_secrets(&by_arn), "");
    let plain = [
        (BELVO_SECRET_ID, "hunter2"),
        (BELVO_SECRET_PASSWORD, "hunter2"),
        (REFERENCE_KEY, "a:hunter2-and-thirty-two-characters"),
        (WEBHOOK_AUTHORIZATION, "Bearer hunter2-and-more"),
    ];
    assert_eq!(about_secrets(&plain), "");
    let told = about_secrets(
        &[&by_arn[..], &plain, &[(WEBHOOK_OTHER_AUTHORIZATION, "Bearer other-hunter2")]].concat(),
    );
    for (arn, beside) in [
        (BELVO_SECRET_ARN, "BELVO_SECRET_ID, BELVO_SECRET_PASSWORD"),
        (REFERENCE_KEY_ARN, "REFERENCE_KEY"),
        (WEBHOOK_SECRET_ARN, "WEBHOOK_AUTHORIZATION, WEBHOOK_OTHER_AUTHORIZATION"),
    ] {
        assert!(told.contains(&format!("{arn} and {beside} are both set")), "{told}");
    }
    assert!(!told.contains("hunter2") && !told.contains("arn:"), "{told}");
}

#[test]
fn secrets_that_are_not_given_and_arns_that_are_none_are_told_together() {
    let told = about_secrets(&[]);
    for name in [BELVO_SECRET_ID, BELVO_SECRET_PASSWORD, REFERENCE_KEY] {
        assert!(told.contains(&format!("{name} is not set, nor is ")), "{told}");
    }
    assert!(!told.contains("WEBHOOK"), "webhooks are optional: {told}");
    let wrong =
        [(BELVO_SECRET_ARN, "hunter2"), (REFERENCE_KEY_ARN, "hunter2"), (WEBHOOK_SECRET_ARN, "hunter2")];
    let told = about_secrets(&wrong);
    assert!(wrong.iter().all(|(name, _)| told.contains(&format!("{name}: must be the whole ARN"))), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

/// Everything that is wrong with the certificate authorities in this file, for whoever reads them.
fn about_trust(path: &Path) -> String {
    let environment = Environment::made_of([
        (AWS_CA_BUNDLE, path.to_str().expect("text")),
        (TABLE_NAME, "table"),
        (AWS_REGION, "sa-east-1"),
        (AWS_ACCESS_KEY_ID, "id"),
        (AWS_SECRET_ACCESS_KEY, "key"),
        (BELVO_API_URL, "https://sandbox.belvo.com"),
        (BELVO_SECRET_ID, "id"),
        (BELVO_SECRET_PASSWORD, "password"),
    ]);
    let mut reader = Reader::new(&environment);
    let read = reader.store().zip(reader.belvo());
    reader.finish(read).map(|_| ()).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn authorities_that_cannot_be_read_are_told_once_by_the_name_of_the_variable() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (hunter2, what) in [("hunter2.pem", "cannot be read"), ("Cargo.toml", "has no certificate")] {
        let told = about_trust(&folder.join(hunter2));
        assert!(told.contains(what) && told.matches("AWS_CA_BUNDLE: ").count() == 1, "{told}");
        assert!(!told.contains(hunter2), "{told}");
    }
}

#[tokio::test]
async fn authorities_are_trusted_by_every_client_and_nobody_is_when_none_are_named() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let authority = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), authority.pem()).expect("written");
    for (path, further) in [(file.path().to_str(), 1), (None, 0)] {
        let aws = [(AWS_REGION, "sa-east-1"), (AWS_ACCESS_KEY_ID, "id"), (AWS_SECRET_ACCESS_KEY, "key")];
        let belvo = [(BELVO_SECRET_ID, "id"), (BELVO_SECRET_PASSWORD, "password")];
        let places = [(BELVO_API_URL, "https://sandbox.belvo.com"), (TABLE_NAME, "a"), (EVENT_BUS, "a")];
        let bundle = path.map(|path| (AWS_CA_BUNDLE, path));
        let environment = Environment::made_of(aws.into_iter().chain(belvo).chain(places).chain(bundle));
        let mut reader = Reader::new(&environment);
        let (store, bus, belvo) = (reader.store(), reader.bus(), reader.belvo());
        let read = reader.finish(store.zip(bus).zip(belvo)).expect("a good configuration");
        let (((store, _), (bus, _)), belvo) = read;
        for trust in [store.trust, bus.trust, belvo.await.expect("keys in plain").trust] {
            assert_eq!(format!("{trust:?}"), format!("Trust({further} further)"));
        }
    }
}
