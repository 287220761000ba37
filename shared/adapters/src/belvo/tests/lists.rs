//! Pages: which are asked for, and which end a list.

use domain::{
    failure::ProviderError,
    ports::{Consent, Provider},
};
use serde_json::json;

use super::{
    client, link_id, other_link_id, page, plain, record,
    server::{Answer, Server, json as json_answer},
    unknown, user,
};
use crate::belvo::{MOST_PAGES, query::PAGE_SIZE, wire};

#[tokio::test]
async fn a_list_that_goes_round_in_circles_ends() {
    let again = || json_answer(200, &page("\"x\"", &[plain(link_id())]));
    let server = Server::start(vec![again(), again(), again()]).await;
    let links = client(&server.url).links_of(&user()).await.expect("a list");
    assert_eq!((links.len(), server.asked().len()), (1, 2));
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up_without_a_conclusion() {
    let endless = |number| json_answer(200, &page("\"x\"", &[plain(other_link_id(number))]));
    let server = Server::start((0..100).map(endless).collect()).await;
    let why = unknown(client(&server.url).links_of(&user()).await);
    assert_eq!(why, "more pages than such a list can have");
    assert_eq!(server.asked().len(), usize::try_from(MOST_PAGES).expect("small"));
}

#[tokio::test]
async fn a_failed_page_fails_the_list() {
    let first = json_answer(200, &page("\"x\"", &[plain(link_id())]));
    let server = Server::start(vec![first, json_answer(500, "{}")]).await;
    assert_eq!(unknown(client(&server.url).links_of(&user()).await), "an error of Belvo's own");
}

#[tokio::test]
async fn a_page_past_the_end_is_empty_but_a_first_page_is_never_past_the_end() {
    let past = || json_answer(404, r#"[{"code":"not_found","message":"Invalid page."}]"#);
    let server = Server::start(vec![past(), past()]).await;
    let belvo = client(&server.url);
    let page = belvo.unusable(2).await.expect("the end");
    assert_eq!((page.links.len(), page.unreadable, page.count, page.more), (0, 0, 0, false));
    assert!(belvo.unusable(1).await.is_err());
}

#[tokio::test]
async fn what_is_no_page_of_a_list_is_no_empty_list() {
    let thousand_and_one: Vec<String> = (0..=1_000).map(|number| plain(other_link_id(number))).collect();
    for (body, why) in [
        ("{}".to_owned(), "no page of a list"),
        ("[]".to_owned(), "no page of a list"),
        (r#"{"count":0,"results":[]}"#.to_owned(), "no page of a list"),
        (r#"{"count":0,"next":null}"#.to_owned(), "no page of a list"),
        (r#"{"next":null,"results":[]}"#.to_owned(), "no page of a list"),
        (r#"{"count":-1,"next":null,"results":[]}"#.to_owned(), "no page of a list"),
        (r#"{"count":0,"next":null,"results":{}}"#.to_owned(), "no page of a list"),
        (page("null", &thousand_and_one), "more records than asked for"),
    ] {
        let server = Server::json(200, &body).await;
        assert_eq!(unknown(client(&server.url).unusable(1).await), why);
    }
}

#[tokio::test]
async fn the_links_of_a_user_are_those_that_name_the_user_whatever_the_server_lists() {
    let strangers = record(other_link_id(1), |record| record["external_id"] = json!("lk_another"));
    let shouted = record(other_link_id(2), |record| record["external_id"] = json!("LK_A_USER"));
    let nobodys = record(other_link_id(3), |record| record["external_id"] = json!(null));
    let server = Server::json(200, &page("null", &[strangers, shouted, nobodys, plain(link_id())])).await;
    let links = client(&server.url).links_of(&user()).await.expect("a list");
    assert_eq!(links.iter().map(|link| link.id).collect::<Vec<_>>(), [link_id()]);
}

#[tokio::test]
async fn ids_are_asked_for_in_batches_of_fifty_and_others_are_left_out() {
    let ids: Vec<_> = (0..120).map(other_link_id).collect();
    let batch = |ids: &[_]| {
        let mut records: Vec<String> = ids.iter().copied().map(plain).collect();
        records.push(plain(other_link_id(999)));
        json_answer(200, &page("null", &records))
    };
    let answers: Vec<Answer> = ids.chunks(50).map(batch).collect();
    let server = Server::start(answers).await;
    let links = client(&server.url).links_by_id(&ids).await.expect("a list");
    assert_eq!(links.iter().map(|link| link.id).collect::<Vec<_>>(), ids);
    assert_eq!(server.lines().len(), 3);
    assert!(server.lines().iter().all(|line| line.len() < 4_096 && line.contains("id__in=")));
    assert!(client(&server.url).links_by_id(&[]).await.expect("nothing").is_empty());
    assert_eq!(server.lines().len(), 3, "nothing is asked for nothing");
}

#[test]
fn a_page_holds_as_many_records_as_were_asked_for_and_no_more() {
    let of = |records: usize| wire::page::<Consent>(page("null", &vec!["{}".to_owned(); records]).as_bytes());
    let full = of(PAGE_SIZE).expect("a page");
    assert_eq!((full.records.len(), full.unreadable, full.more), (0, PAGE_SIZE, false));
    assert!(matches!(of(PAGE_SIZE + 1), Err(ProviderError::Unknown("more records than asked for"))));
}
