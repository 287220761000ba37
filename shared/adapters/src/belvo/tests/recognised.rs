//! What is asked beside a call that somebody waits for: little time, one page, one question a name.

use std::time::Instant;

use domain::{ports::Provider, values::Institution};
use serde_json::{Value, json};

use super::{
    client, impatient, link_id, other_link_id, page,
    server::{Answer, Server, answer, json as json_answer},
};

fn bank(name: &str) -> Institution {
    Institution::parse(name).expect("a name")
}

fn institution(name: &str, display: &Value) -> String {
    json!({"id": 1001, "name": name, "display_name": display, "type": "bank", "logo": null}).to_string()
}

fn account(link: domain::values::LinkId, change: impl FnOnce(&mut Value)) -> String {
    let mut account = json!({
        "id": "a", "link": link, "institution": {"name": "erebor_mx_retail", "type": "bank"},
        "name": "Cuenta", "number": "0123", "category": "CHECKING_ACCOUNT", "currency": "MXN",
    });
    change(&mut account);
    account.to_string()
}

#[tokio::test]
async fn failures_silence_and_nonsense_are_left_out_and_wait_for_nobody() {
    let told = || page("null", &[]);
    for answer in [
        json_answer(500, "[]"),
        json_answer(200, "{}"),
        answer(403, "", "<html>"),
        json_answer(200, &told()[..10]),
        Answer::Silence,
    ] {
        let server = Server::start(vec![answer]).await;
        #[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
        let began = Instant::now();
        let recognised = impatient(&server.url).recognised(&[bank("erebor_mx_retail")], &[]).await;
        assert!(recognised.names.is_none() && began.elapsed().as_millis() < 1_500);
        assert_eq!(recognised.accounts.map(|accounts| accounts.len()), Some(0), "nobody asked");
    }
}

#[tokio::test]
async fn nothing_wanted_costs_no_call() {
    let server = Server::start(vec![]).await;
    let recognised = client(&server.url).recognised(&[], &[]).await;
    assert!(recognised.names.is_some() && recognised.accounts.is_some());
    assert_eq!(server.lines(), [""; 0]);
}

#[tokio::test]
async fn a_name_is_asked_for_once_without_the_parameter_that_this_list_does_not_have() {
    let known = institution("erebor_mx_retail", &json!("Erebor México"));
    let pages = [page("null", &[known, institution("stranger", &json!("Stranger"))]), page("null", &[])];
    let server = Server::start(pages.iter().map(|page| json_answer(200, page)).collect()).await;
    let belvo = client(&server.url);
    let both = [bank("erebor_mx_retail"), bank("gotham_mx")];
    for _ in 0..2 {
        let names = belvo.recognised(&both, &[]).await.names.expect("told");
        let names: Vec<_> = names.iter().map(|(bank, name)| (bank.as_str(), name.as_str())).collect();
        assert_eq!(names, [("erebor_mx_retail", "Erebor México")]);
    }
    let line = |names| format!("GET /api/institutions/?name__in={names}&page_size=1000&page=1 HTTP/1.1");
    assert_eq!(server.lines(), [line("erebor_mx_retail%2Cgotham_mx"), line("gotham_mx")]);
}

#[tokio::test]
async fn a_name_that_is_none_is_set_aside() {
    let odd = [json!(null), json!(""), json!("a\nb"), json!(7), json!("x".repeat(129))];
    let records: Vec<_> = odd.iter().map(|display| institution("erebor_mx_retail", display)).collect();
    let server = Server::json(200, &page("null", &records)).await;
    let names = client(&server.url).recognised(&[bank("erebor_mx_retail")], &[]).await.names;
    assert_eq!(names, Some([].into()));
}

#[tokio::test]
async fn accounts_are_told_of_the_links_asked_for_with_what_can_be_read_of_them() {
    let records = [
        account(link_id(), |_| {}),
        account(other_link_id(1), |account| account["id"] = json!("b")),
        account(link_id(), |account| {
            account["id"] = json!("c");
            account["category"] = json!("a b");
            account["currency"] = json!("pesos");
        }),
    ];
    let server = Server::json(200, &page("null", &records)).await;
    let accounts = client(&server.url).recognised(&[], &[link_id()]).await.accounts.expect("told");
    let told: Vec<_> = accounts.iter().map(|a| (a.category.is_some(), a.currency.is_some())).collect();
    assert_eq!(told, [(true, true), (false, false)]);
}

#[tokio::test]
async fn accounts_that_do_not_fit_a_page_are_not_told_by_halves() {
    let server = Server::json(200, &page("\"more\"", &[account(link_id(), |_| {})])).await;
    assert_eq!(client(&server.url).recognised(&[], &[link_id()]).await.accounts, None);
    assert_eq!(server.lines().len(), 1);
}
