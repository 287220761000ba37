//! Records as Belvo writes them, may come to write them, and should not.

use domain::{
    link::{AccessMode, Claim, LinkStatus, ProviderLink},
    ports::{Lookup, Provider},
};
use serde_json::{Value, json};

use super::{client, link_id, other_link_id, page, plain, record, server::Server, unknown, user};

async fn read(record: String) -> Option<ProviderLink> {
    let server = Server::json(200, &page("null", &[record])).await;
    let page = client(&server.url).unusable(1).await.expect("a page");
    assert_eq!(page.links.len() + page.unreadable, 1);
    page.links.into_iter().next()
}

async fn changed(field: &str, value: Value) -> Option<ProviderLink> {
    read(record(link_id(), |record| record[field] = value)).await
}

async fn without(field: &str) -> Option<ProviderLink> {
    read(record(link_id(), |record| {
        record.as_object_mut().expect("an object").remove(field);
    }))
    .await
}

#[tokio::test]
async fn a_record_without_what_it_needs_is_set_aside() {
    for field in ["id", "institution", "status", "created_at"] {
        assert_eq!(without(field).await, None, "{field}");
        for value in [Value::Null, json!(7), json!(""), json!([]), json!({}), json!("x".repeat(200))] {
            let read = changed(field, value.clone()).await;
            let word = field == "status" && value == json!("");
            assert_eq!(read.is_some(), word, "{field}: {value}");
        }
    }
    for odd in ["null", "7", "\"link\"", "[]", "{}"] {
        assert_eq!(read(odd.to_owned()).await, None, "{odd}");
    }
    for day in ["2026-02-30T10:00:00Z", "2026-03-02T10:00:00", "2026-03-02", "yesterday", "1772445600"] {
        assert_eq!(changed("created_at", json!(day)).await, None, "{day}");
    }
}

#[tokio::test]
async fn a_bad_record_does_not_take_the_good_ones_with_it() {
    let bad = record(link_id(), |record| record["id"] = json!("../../etc/passwd"));
    let twice = plain(link_id()).replacen('{', "{\"id\":\"a\",", 1);
    let records = [plain(other_link_id(1)), bad, twice, plain(other_link_id(2))];
    let server = Server::json(200, &page("null", &records)).await;
    let page = client(&server.url).unusable(1).await.expect("a page");
    let ids: Vec<_> = page.links.iter().map(|link| link.id).collect();
    assert_eq!((ids, page.unreadable), (vec![other_link_id(1), other_link_id(2)], 2));
}

#[tokio::test]
async fn all_that_may_be_missing_may_be_missing() {
    for field in ["access_mode", "external_id", "institution_user_id"] {
        assert!(without(field).await.is_some(), "{field}");
        let null = changed(field, Value::Null).await.expect("null is a value");
        let told = (null.access_mode, null.claim, null.institution_user_id);
        let full = read(plain(link_id())).await.expect("a link");
        assert_eq!(told.0.is_none(), field == "access_mode");
        assert_eq!(told.1 == Claim::Absent, field == "external_id");
        assert_eq!(told.2.is_none(), field == "institution_user_id");
        assert!(full.access_mode.is_some() && full.claim.names(&user()));
    }
}

#[tokio::test]
async fn timestamps_have_three_to_six_digits_and_either_end() {
    let whole = "2026-03-02T10:00:00Z".parse::<jiff::Timestamp>().expect("a time");
    for (text, micros) in [
        ("2026-03-02T10:00:00.120Z", 120_000),
        ("2026-03-02T10:00:00.1200+00:00", 120_000),
        ("2026-03-02T10:00:00.12003Z", 120_030),
        ("2026-03-02T10:00:00.112201Z", 112_201),
        ("2026-03-02T10:00:00.112201+00:00", 112_201),
        ("2026-03-02T10:00:00Z", 0),
    ] {
        let link = changed("created_at", json!(text)).await.expect(text);
        assert_eq!(link.created_at.as_microsecond() - whole.as_microsecond(), micros, "{text}");
    }
}

#[tokio::test]
async fn new_fields_and_unknown_words_survive() {
    let link = changed("new_field", json!({"a": [1, {"b": null}]})).await.expect("a link");
    assert_eq!((link.access_mode, link.status), (Some(AccessMode::Recurrent), LinkStatus::Valid));
    let link = changed("status", json!("consent_expired")).await.expect("a link");
    assert_eq!(link.status, LinkStatus::Other("consent_expired".into()));
    for mode in [json!("hourly"), json!(7), json!({})] {
        assert_eq!(changed("access_mode", mode).await.expect("a link").access_mode, None);
    }
    let single = changed("access_mode", json!("single")).await.expect("a link");
    assert_eq!(single.access_mode, Some(AccessMode::Single));
}

#[tokio::test]
async fn an_external_id_that_cannot_be_ours_is_malformed_and_never_absent() {
    for odd in [json!(""), json!("ab"), json!("ana@example.com"), json!(42), json!(["lk_a_user"]), json!({})]
    {
        let link = changed("external_id", odd.clone()).await.expect("a link");
        assert_eq!(link.claim, Claim::Malformed, "{odd}");
    }
    for odd in [json!(""), json!("with space"), json!("x".repeat(129)), json!(42), json!([])] {
        let link = changed("institution_user_id", odd.clone()).await.expect("a link");
        assert_eq!(link.institution_user_id, None, "{odd}");
    }
}

#[tokio::test]
async fn the_record_of_another_link_is_no_answer() {
    let server = Server::json(200, &plain(other_link_id(1))).await;
    assert_eq!(unknown(client(&server.url).link(link_id()).await), "the record of another link");
}

#[tokio::test]
async fn an_id_is_the_same_id_in_either_case() {
    let shouted = plain(link_id()).replace("0a\"", "0A\"");
    let server = Server::json(200, &shouted).await;
    let found = client(&server.url).link(link_id()).await.expect("an answer");
    assert!(matches!(found, Lookup::Found(link) if link.id == link_id()));
    assert_eq!(server.lines(), [format!("GET /api/links/{}/ HTTP/1.1", link_id())]);
}
