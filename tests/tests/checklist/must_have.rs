//! What Belvo must have at any time, as a client sees it: each row is one request or a few, and the answer.

use belvo_simulator::{
    Belvo, DuplicatePrevention, InstitutionUserId, Limit, NewLink, Status, TimestampStyle,
};
use serde_json::{Value, json};
use tests::Story;

use super::http::{ask, get, login, refusal};

const ID: &str = "6f1c12ad-0000-4000-8000-00000000000";

/// Four links, one a day from 1 March. The second is of another institution and does not work, the third
/// has no pseudonym, the fourth is somebody else's.
async fn four() -> Story {
    let story = Story::begin().await;
    story.switch(|switches| switches.rate_limit = None);
    for digit in 1..=4 {
        let odd = digit == 2;
        story.plant(NewLink {
            id: Some(format!("{ID}{digit}")),
            external_id: Some(if digit == 4 { "Bia" } else { "Ana" }.to_owned()),
            institution: odd.then(|| "gringotts_br_retail".to_owned()),
            status: odd.then_some(Status::Invalid),
            created_at: Some(format!("2026-03-0{digit}T10:00:00.112201Z").parse().unwrap()),
            institution_user_id: match digit {
                3 => InstitutionUserId::Null,
                _ => InstitutionUserId::Is(format!("pseudonym{digit}=")),
            },
            ..NewLink::default()
        });
    }
    story
}

/// The last digits of the links listed.
async fn listed(belvo: &Belvo, query: &str) -> String {
    let reply = get(belvo, &format!("/api/links/?{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    let results = reply.json["results"].as_array().unwrap().iter();
    results.map(|link| link["id"].as_str().unwrap().strip_prefix(ID).unwrap()).collect()
}

#[tokio::test]
async fn each_filter_of_the_list_keeps_what_it_says() {
    let story = four().await;
    let us = story.world.belvo.links()[0].created_by.clone();
    for (filter, expected) in [
        ("", "4321"),
        ("id={ID}1", "1"),
        ("id__in={ID}1,{ID}3", "31"),
        ("external_id=Ana", "321"),
        ("external_id__in=Ana,Bia", "4321"),
        ("institution=gringotts_br_retail", "2"),
        ("institution__in=gringotts_br_retail,tatooine_mx_fiscal", "2"),
        ("institution_user_id=pseudonym1%3D", "1"),
        ("institution_user_id__in=pseudonym1%3D,pseudonym4%3D", "41"),
        ("status=invalid", "2"),
        ("status__in=valid,unconfirmed", "431"),
        ("access_mode=single", ""),
        ("refresh_rate=7d", "4321"),
        ("created_by__not_in={US}", ""),
        ("created_by__not_in=6f1c12ad-0000-4000-8000-000000000009", "4321"),
        ("created_at=2026-03-02", "2"),
        ("created_at__gt=2026-03-02", "43"),
        ("created_at__gte=2026-03-02", "432"),
        ("created_at__lt=2026-03-02", "1"),
        ("created_at__lte=2026-03-02", "21"),
        ("created_at__range=2026-03-02,2026-03-03", "32"),
        ("external_id=Ana&status=valid&created_at__gt=2026-03-01", "3"),
    ] {
        let query = filter.replace("{ID}", ID).replace("{US}", &us);
        assert_eq!(listed(&story.world.belvo, &query).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn fields_and_omit_choose_and_timestamps_come_in_both_styles() {
    let story = four().await;
    let belvo = &story.world.belvo;
    let first =
        async |query: &str| get(belvo, &format!("/api/links/?{query}")).await.json["results"][0].clone();
    assert_eq!(first("fields=id,status").await, json!({"id": format!("{ID}4"), "status": "valid"}));
    assert_eq!(first("omit=status").await.get("status"), None);
    for (style, expected) in [
        (TimestampStyle::MicrosecondsZ, "2026-03-04T10:00:00.112201Z"),
        (TimestampStyle::MillisecondsOffset, "2026-03-04T10:00:00.112+00:00"),
    ] {
        story.switch(|switches| switches.timestamps = style);
        assert_eq!(first("").await["created_at"], expected);
    }
}

#[tokio::test]
async fn a_page_has_10_or_100_links_unless_asked_and_never_more_than_1000() {
    let story = Story::begin().await;
    (0..1_001).for_each(|_| drop(story.plant(NewLink::default())));
    for (default, size, expected, next) in [
        (10, "", 10, "fields=id&page=2"),
        (100, "", 100, "fields=id&page=2"),
        (10, "&page_size=7", 7, "fields=id&page_size=7&page=2"),
        (10, "&page_size=5000", 1_000, "fields=id&page_size=5000&page=2"),
    ] {
        story.switch(|switches| switches.page_size_default = default);
        let page = get(&story.world.belvo, &format!("/api/links/?fields=id{size}")).await.json;
        assert_eq!((page["results"].as_array().unwrap().len(), &page["count"]), (expected, &json!(1_001)));
        let told = page["next"].as_str().unwrap();
        assert!(told.starts_with("http://") && told.ends_with(&format!("/api/links/?{next}")), "{told}");
    }
}

#[tokio::test]
async fn a_link_is_refreshed_once_in_ten_minutes() {
    let story = four().await;
    let belvo = &story.world.belvo;
    let line = format!("POST /api/links/{ID}1/refresh/");
    assert_eq!(ask(belvo, &line, &Value::Null).await.status, 202);
    story.minutes(9);
    assert_eq!(refusal(&ask(belvo, &line, &Value::Null).await), (409, "link_refreshed"));
    story.minutes(2);
    assert_eq!(ask(belvo, &line, &Value::Null).await.status, 202);
}

#[tokio::test]
async fn five_links_a_minute_are_deleted_at_once_and_any_number_later() {
    let story = Story::begin().await;
    let belvo = &story.world.belvo;
    let links: Vec<_> = (0..7).map(|_| story.plant(NewLink::default())).collect();
    let mut answers = Vec::new();
    for link in &links {
        answers.push(ask(belvo, &format!("DELETE /api/links/{link}/"), &Value::Null).await.status);
    }
    assert_eq!(answers, [204, 204, 204, 204, 204, 429, 429]);
    assert_eq!(ask(belvo, &format!("DELETE /api/links/{}/ async", links[5]), &Value::Null).await.status, 202);
    story.minutes(2);
    assert_eq!(ask(belvo, &format!("DELETE /api/links/{}/", links[6]), &Value::Null).await.status, 204);
}

#[tokio::test]
async fn duplicates_are_prevented_per_person_or_per_external_id_or_not_at_all() {
    for (prevention, same_user, other_user) in [
        (DuplicatePrevention::Off, 201, 201),
        (DuplicatePrevention::PerInstitutionUser, 400, 400),
        (DuplicatePrevention::PerExternalId, 400, 201),
    ] {
        let story = Story::begin().await;
        story.switch(|switches| switches.duplicate_prevention = prevention);
        let belvo = &story.world.belvo;
        for (user, expected) in [("Ana", 201), ("Ana", same_user), ("Bia", other_user)] {
            let reply = ask(belvo, "POST /api/links/", &login("bnk100", user)).await;
            assert_eq!(reply.status, expected, "{prevention:?} {user}: {}", reply.text);
            assert!(expected == 201 || refusal(&reply).1 == "duplicated");
        }
    }
}

#[tokio::test]
async fn an_external_id_that_looks_personal_is_null_and_nothing_is_said() {
    let story = Story::begin().await;
    for (given, stored) in [
        ("usr_8Yq2", json!("usr_8Yq2")),
        ("6f1c12ad-0000-4000-8000-000000000001", json!("6f1c12ad-0000-4000-8000-000000000001")),
        ("ana@example.com", Value::Null),
        ("user-5512345678", Value::Null),
        ("123.456.789-09", Value::Null),
    ] {
        let made = ask(&story.world.belvo, "POST /api/links/", &login("bnk100", given)).await;
        assert_eq!((made.status, &made.json["external_id"]), (201, &stored), "{given}");
    }
}

#[tokio::test]
async fn the_81st_request_in_30_seconds_is_an_html_403_and_the_limit_is_a_switch() {
    for (requests, seconds) in [(80, 30), (2, 10)] {
        let story = Story::begin().await;
        if requests != 80 {
            story.switch(|switches| switches.rate_limit = Some(Limit { requests, seconds }));
        }
        for _ in 0..requests {
            assert_eq!(get(&story.world.belvo, "/api/").await.status, 200);
        }
        let throttled = get(&story.world.belvo, "/api/").await;
        assert_eq!(
            (throttled.status, throttled.header("content-type").starts_with("text/html")),
            (403, true)
        );
        story.minutes(1);
        assert_eq!(get(&story.world.belvo, "/api/").await.status, 200);
    }
}
