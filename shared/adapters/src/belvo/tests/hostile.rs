//! A Belvo that is not Belvo, or that somebody speaks through: wherever its answers point, nothing of ours
//! goes there. The second server of these tests must see no connection at all.

use domain::ports::{Provider, TokenRequest};
use jiff::civil::date;
use serde_json::{Value, json};

use super::{
    client, link_id, other_link_id, page, plain,
    server::{Server, answer, json as json_answer},
    unknown, user,
};

/// Ways to write the second server's host, plainly and so that a careless guard takes it for the first.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::1]",
    "u:p@127.0.0.1",
    "u@127.0.0.1",
    ":p@127.0.0.1",
    "api.belvo.com@127.0.0.1",
    "api.belvo.com%40127.0.0.1",
    "api.belvo.com%2f@127.0.0.1",
    "api.belvo.com\\@127.0.0.1",
    "api.belvo.com\t@127.0.0.1",
    "api.belvo.com\n@127.0.0.1",
    "127.0.0.1.evil.example",
    "evil127.0.0.1",
    "api.belvo.com.evil.example",
    "evilapi.belvo.com",
    "xn--pi-belvo-1ya.com",
    "api.bеlvo.com",
    "169.254.169.254",
];

/// Addresses at the second server, `{host}` and `{port}` being where it listens.
const SHAPES: &[&str] = &[
    "http://{host}:{port}/api/links/?page=2",
    "HTTP://{host}:{port}/api/links/?page=2#page",
    "https://{host}:{port}/api/links/?page=2",
    "//{host}:{port}/api/links/?page=2",
    "\\\\{host}:{port}\\api\\links\\?page=2",
    "http:/\\{host}:{port}/api/links/?page=2",
    " http://{host}:{port}/api/links/?page=2",
    "ht\ttp://{host}:{port}/api/links/?page=2",
    "http://{host}:{port}",
    "ftp://{host}:{port}/api/links/?page=2",
];

/// Addresses at no server, other paths at the first one, and page numbers that lead nowhere.
const OTHERS: &[&str] = &[
    "",
    " ",
    "\t\n",
    "?",
    "#",
    "/",
    "file:///etc/passwd",
    "data:application/json,{\"count\":0}",
    "javascript:alert(1)",
    "http://",
    "http://169.254.169.254/latest/meta-data/",
    "{first}/api/webhooks/?page=2",
    "{first}/api/links/../token/?page=2",
    "{first}/api/links/%2e%2e/token/?page=2",
    "{first}/api/links/?page=2#fragment",
    "{first}/api/links/?page=1",
    "{first}/api/links/?page=0",
    "{first}/api/links/?page=-1",
    "{first}/api/links/?page=4294967296",
    "{first}/api/links/?page=18446744073709551616",
    "{first}/api/links/?page=2.5",
    "{first}/api/links/?page=2&page=7",
    "{first}/api/links/?page=",
    "{first}/api/links/?page=%32",
    "{first}/api/links/",
    "{first}/api/links/?page=2&external_id=lk_another",
];

/// Every hostile `next`, as it stands in the answer.
fn corpus(first: &str, trap: &str) -> Vec<Value> {
    let port = trap.rsplit(':').next().expect("a port");
    let aimed = SHAPES.iter().flat_map(|shape| {
        HOSTS.iter().map(move |host| shape.replace("{host}", host).replace("{port}", port))
    });
    let others = OTHERS.iter().map(|other| other.replace("{first}", first));
    let long = format!("{trap}/{}", "x".repeat(1_000_000));
    let texts = aimed.chain(others).chain([long]).map(Value::from);
    let nested = json!({"href": format!("{trap}/api/links/?page=2")});
    texts.chain([json!(7), json!(2.5), json!(true), json!([trap]), nested]).collect()
}

/// A server whose list has two pages, the first pointing to `next`.
async fn two_pages(next: &Value) -> Server {
    let first = json_answer(200, &page(&next.to_string(), &[plain(other_link_id(1))]));
    let second = json_answer(200, &page("null", &[plain(other_link_id(2))]));
    Server::start(vec![first, second]).await
}

#[tokio::test]
async fn next_leads_nowhere_whatever_it_says() {
    let trap = Server::start(Vec::new()).await;
    let corpus = corpus("http://127.0.0.1:9", &trap.url);
    assert!(corpus.len() >= 300, "{}", corpus.len());
    for next in corpus {
        let server = two_pages(&next).await;
        let found = client(&server.url).links_of(&user()).await.expect("two pages");
        assert_eq!(found.len(), 2, "{next:.80}");
        let lines = server.lines();
        assert_eq!(lines.len(), 2, "{next:.80}");
        assert_eq!(lines[0].replace("page=1 ", "page=2 "), lines[1], "the second is built like the first");
    }
    assert_eq!(trap.asked(), [""; 0], "somebody followed `next`");
}

/// The second page of every list that is read page by page, and of those that the caller turns.
#[tokio::test]
async fn every_list_builds_its_own_addresses() {
    let trap = Server::start(Vec::new()).await;
    let next = json!(format!("{}/api/links/?page=2", trap.url));
    let ids = [other_link_id(1), other_link_id(2)];

    let server = two_pages(&next).await;
    assert_eq!(client(&server.url).links_by_id(&ids).await.expect("a list").len(), 2);
    let server = two_pages(&next).await;
    let belvo = client(&server.url);
    for number in [1, 2] {
        let read = belvo.made_on(date(2026, 3, 1), date(2026, 3, 2), number).await.expect("a page");
        assert_eq!(read.more, number == 1);
    }
    let server = two_pages(&next).await;
    let belvo = client(&server.url);
    assert!(belvo.unusable(1).await.expect("a page").more && !belvo.unusable(2).await.expect("a page").more);
    let account = |number| {
        let institution = json!({"name": "erebor_mx_retail"});
        json!({"id": number, "link": ids[0], "institution": institution}).to_string()
    };
    let first = json_answer(200, &page(&next.to_string(), &[account("a")]));
    let server = Server::start(vec![first, json_answer(200, &page("null", &[account("b")]))]).await;
    assert_eq!(client(&server.url).accounts_of(&ids).await.expect("a list").len(), 2);
    assert_eq!(trap.asked(), [""; 0], "somebody followed `next`");
}

#[tokio::test]
async fn two_pages_that_point_at_each_other_are_read_once_each_and_once_more_to_notice() {
    let turn = |number| json_answer(200, &page("\"the other one\"", &[plain(other_link_id(number))]));
    let server = Server::start((0..10).map(|number| turn(number % 2)).collect()).await;
    assert_eq!(client(&server.url).links_of(&user()).await.expect("a list").len(), 2);
    assert_eq!(server.asked().len(), 3);
}

/// The token request is the one that carries the keys in its body.
#[tokio::test]
async fn no_call_follows_a_redirect_and_no_key_goes_along() {
    let trap = Server::start(Vec::new()).await;
    let request = TokenRequest { external_id: user(), link_id: Some(link_id()), consent: None };
    let targets = ["{trap}/api/links/", "//127.0.0.1:{port}/", "http://u:p@127.0.0.1:{port}/", "/api/token/"];
    let port = trap.url.rsplit(':').next().expect("a port").to_owned();
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for target in targets {
            let target = target.replace("{trap}", &trap.url).replace("{port}", &port);
            let away = || answer(status, &format!("location: {target}\r\nrefresh: 0;url={target}\r\n"), "");
            let server = Server::start(vec![away(), away(), away(), away()]).await;
            let belvo = client(&server.url);
            assert_eq!(unknown(belvo.token(&request).await), "a redirect");
            assert_eq!(unknown(belvo.links_of(&user()).await), "a redirect");
            assert_eq!(unknown(belvo.link(link_id()).await), "a redirect");
            assert_eq!(unknown(belvo.check().await), "a redirect");
            assert_eq!(server.asked().len(), 4, "one call each");
        }
    }
    assert_eq!(trap.asked(), [""; 0], "keys went to another origin");
}

#[tokio::test]
async fn headers_and_bodies_that_name_another_place_are_only_headers_and_bodies() {
    let trap = Server::start(Vec::new()).await;
    let headers = format!(
        "content-type: application/json\r\nlocation: {0}\r\nlink: <{0}>; rel=next\r\nalt-svc: h2=\"{1}\"\r\n\
         content-location: {0}\r\nset-cookie: a=b\r\n",
        trap.url,
        trap.url.trim_start_matches("http://"),
    );
    let body = || answer(200, &headers, &plain(link_id()));
    let server = Server::start(vec![body(), body()]).await;
    let belvo = client(&server.url);
    for _ in 0..2 {
        belvo.link(link_id()).await.expect("an answer");
    }
    assert!(!server.asked().concat().contains("cookie"), "nothing is kept for the next call");
    assert_eq!(trap.asked(), [""; 0]);
}
