//! What is asked of Belvo, to the letter.

use domain::ports::Provider;
use jiff::civil::date;
use serde_json::json;

use super::{BASIC, client, link_id, other_link_id, page, plain, server::Server, user};

const FIELDS: &str =
    "fields=id%2Cinstitution%2Caccess_mode%2Cstatus%2Cexternal_id%2Ccreated_at%2Cinstitution_user_id";

#[tokio::test]
async fn the_links_of_a_user_are_one_call_for_the_fields_we_use() {
    let server = Server::json(200, &page("null", &[plain(link_id())])).await;
    client(&server.url).links_of(&user()).await.expect("a list");
    let line = format!("GET /api/links/?external_id=lk_a_user&{FIELDS}&page_size=1000&page=1 HTTP/1.1");
    assert_eq!(server.lines(), [line]);
    let head = server.asked().concat();
    assert!(head.contains(&format!("authorization: {BASIC}\r\n")), "{head}");
    assert!(head.contains("accept: application/json\r\n"), "{head}");
    for absent in ["accept-encoding", "cookie", "referer", "proxy"] {
        assert!(!head.contains(absent), "{head}");
    }
}

#[tokio::test]
async fn a_sweep_asks_for_pages_of_a_thousand() {
    let server = Server::json(200, &page("\"there is more\"", &[plain(link_id())])).await;
    let read = client(&server.url).unusable(7).await.expect("a page");
    assert_eq!((read.links.len(), read.count, read.more), (1, 1, true));
    let unusable = "status__in=invalid%2Ctoken_required";
    let line = format!("GET /api/links/?{unusable}&{FIELDS}&page_size=1000&page=7 HTTP/1.1");
    assert_eq!(server.lines(), [line]);
}

#[tokio::test]
async fn a_window_is_two_days_both_included() {
    let server = Server::json(200, &page("null", &[])).await;
    let read = client(&server.url).made_on(date(2026, 2, 28), date(2026, 3, 1), 1).await;
    assert_eq!(read.expect("a page").links.len(), 0);
    let window = "created_at__gte=2026-02-28&created_at__lte=2026-03-01";
    let line = format!("GET /api/links/?{window}&{FIELDS}&page_size=1000&page=1 HTTP/1.1");
    assert_eq!(server.lines(), [line]);
}

#[tokio::test]
async fn accounts_are_read_of_the_links_asked_for_and_no_others() {
    let account = |id: &str, link, change: fn(&mut serde_json::Value)| {
        let mut account = json!({
            "id": id, "link": link, "institution": {"name": "erebor_mx_retail", "type": "bank"},
            "name": "Cuenta", "number": "0123", "balance": {"current": 1.5},
        });
        change(&mut account);
        account.to_string()
    };
    let records = [
        account("a", link_id(), |_| {}),
        account("b", link_id(), |account| account["name"] = json!(" ")),
        account("c", link_id(), |account| account["number"] = json!(null)),
        account("d", other_link_id(1), |_| {}),
        account("e", link_id(), |account| account["link"] = json!(null)),
        account("f", link_id(), |account| account["institution"] = json!("erebor")),
    ];
    let server = Server::json(200, &page("null", &records)).await;
    let accounts = client(&server.url).accounts_of(&[link_id()]).await.expect("a list");
    let told: Vec<_> = accounts.iter().map(|a| (a.name.as_deref(), a.number.as_deref())).collect();
    assert_eq!(told, [(Some("Cuenta"), Some("0123")), (None, Some("0123")), (Some("Cuenta"), None)]);
    assert!(accounts.iter().all(|account| account.institution.as_str() == "erebor_mx_retail"));
    let query = format!(
        "link__in={}&fields=id%2Clink%2Cinstitution%2Cname%2Cnumber%2Ccategory%2Ccurrency",
        link_id()
    );
    assert_eq!(server.lines(), [format!("GET /api/accounts/?{query}&page_size=1000&page=1 HTTP/1.1")]);
}
