//! What each operation may cost: calls to Belvo, counted at the simulator, and requests to DynamoDB, counted
//! at the engine. Provider calls are the scarcest thing there is (I13), and requests are what users wait for.
//! Every call to Belvo is counted in the table by one `UpdateItem`; a sweep looks before it counts.

#[path = "budgets/alike.rs"]
mod alike;
#[path = "budgets/capacity.rs"]
mod capacity;
#[path = "budgets/cost.rs"]
mod cost;
#[path = "budgets/month.rs"]
mod month;
#[path = "budgets/spent.rs"]
mod spent;

use std::collections::BTreeMap;

use serde_json::json;
use tests::Story;

use spent::spent;

const SUCCESS: [&str; 3] = ["Query", "UpdateItem", "TransactWriteItems"];

#[tokio::test]
async fn registering_costs_one_request_whether_new_or_known() {
    let story = Story::begin().await;
    let ana = story.unregistered("ana");
    for status in [201, 200] {
        let (reply, cost) = spent(&story, ana.registers()).await;
        assert_eq!(reply.status, status);
        assert_eq!(cost.requests(), [("TransactWriteItems", 1)]);
        assert_eq!(cost.belvo(), 0);
    }
}

#[tokio::test]
async fn listing_the_links_costs_one_request() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    for login in ["bnk100", "bnk101"] {
        ana.has_connected(login).await;
        let (links, cost) = spent(&story, ana.links()).await;
        assert!(!links.is_empty());
        assert_eq!((cost.requests(), cost.belvo()), (vec![("Query", 1)], 0));
    }
}

#[tokio::test]
async fn a_success_callback_costs_one_call_to_belvo_and_at_most_three_requests_each_time() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    for (status, requests) in [(201, &SUCCESS[..]), (200, &SUCCESS[..2]), (200, &SUCCESS[..2])] {
        let (reply, cost) = spent(&story, ana.reports(&session, &link)).await;
        assert_eq!(reply.status, status);
        assert_eq!((cost.belvo(), cost.belvo_of("GET /api/links/{id}/")), (1, 1));
        let mut expected: Vec<_> = requests.iter().map(|name| (*name, 1)).collect();
        expected.sort_unstable();
        assert_eq!(cost.requests(), expected);
    }
}

#[tokio::test]
async fn a_callback_whose_link_changed_at_belvo_costs_no_more() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    story.world.belvo.set_status(&link, belvo_simulator::Status::Invalid);
    let (reply, cost) = spent(&story, ana.reports(&session, &link)).await;
    assert_eq!((reply.status, reply.state()), (200, "needs_update"));
    assert_eq!((cost.belvo(), cost.total()), (1, 3));
}

#[tokio::test]
async fn a_callback_that_supersedes_a_duplicate_costs_no_more() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("bnk100").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    let (reply, cost) = spent(&story, ana.reports(&session, &link)).await;
    assert_eq!(reply.status, 201);
    assert_eq!(cost.requests(), [("Query", 1), ("TransactWriteItems", 1), ("UpdateItem", 1)]);
    assert_eq!(cost.belvo(), 1);
}

#[tokio::test]
async fn an_exit_or_event_callback_costs_no_call_to_belvo_and_at_most_two_requests() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let event = json!({"type": "event", "eventName": "ERROR", "meta_data": {"error_code": "login_error"}});
    let exit = json!({"type": "exit", "meta_data": {"step": "abandon-survey"}});
    for (said, requests) in [(&event, 2), (&event, 1), (&exit, 2), (&exit, 1)] {
        let (reply, cost) = spent(&story, ana.forwards(&session, said)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!((cost.belvo(), cost.total()), (0, requests), "{said}");
    }
}

#[tokio::test]
async fn a_prevented_duplicate_costs_a_call_to_belvo_only_where_we_hold_no_such_link() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    ana.has_connected("bnk100").await;
    let said = json!({"type": "exit", "last_encountered_error": {"code": "duplicated"},
        "meta_data": {"institution_name": "erebor_mx_retail"}});
    for (person, calls) in [(&ana, 0), (&bia, 1)] {
        let session = person.opens().await;
        for calls in [calls, 0] {
            let (reply, cost) = spent(&story, person.forwards(&session, &said)).await;
            assert_eq!((reply.status, cost.belvo()), (200, calls));
            assert!(cost.total() <= 4, "{:?}", cost.requests());
        }
    }
}

#[tokio::test]
async fn a_session_start_with_nothing_changed_costs_two_calls_to_belvo_and_at_most_five_requests() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    for connected in 0..3 {
        ana.opens().await; // learns what a person recognises the newest link by
        let (session, cost) = spent(&story, ana.opens()).await;
        assert_eq!(session.told("connected").len(), connected);
        assert_eq!((cost.belvo_of("GET /api/links/"), cost.belvo_of("POST /api/token/")), (1, 1));
        assert_eq!(cost.belvo(), 2);
        assert!(cost.total() <= 5, "{:?}", cost.requests());
        let link = ana.connects(&session, &format!("bnk10{connected}"));
        assert_eq!(ana.reports(&session, &link).await.status, 201);
    }
}

#[tokio::test]
async fn the_first_session_start_after_a_new_link_costs_a_call_for_accounts_and_one_for_a_new_institution() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    for (links, names) in [(1, 1), (2, 0)] {
        ana.has_connected(&format!("bnk10{links}")).await;
        let (_, cost) = spent(&story, ana.opens()).await;
        let of = |route| cost.belvo_of(route);
        assert_eq!((of("GET /api/accounts/"), of("GET /api/institutions/")), (1, names));
        assert_eq!(cost.belvo(), 3 + names);
        assert_eq!(cost.requests(), [("Query", 1), ("TransactWriteItems", 1), ("UpdateItem", 3 + names)]);
        assert_eq!(spent(&story, ana.opens()).await.1.belvo(), 2, "all is known");
    }
}

#[tokio::test]
async fn update_mode_costs_three_calls_to_belvo_and_its_refusal_two_or_none() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let link = ana.has_connected("bnk100").await;
    let body = json!({"link_id": link});
    let (refused, cost) = spent(&story, ana.asks_for_a_session(&body)).await;
    assert_eq!((refused.status, cost.belvo()), (409, 2));
    assert_eq!(cost.requests(), [("Query", 1), ("UpdateItem", 2)]);
    let (refused, cost) = spent(&story, bia.asks_for_a_session(&body)).await;
    assert_eq!((refused.status, cost.belvo(), cost.requests()), (404, 0, vec![("Query", 1)]));
    story.world.belvo.set_status(&link, belvo_simulator::Status::Invalid);
    let (_, cost) = spent(&story, ana.opens_update_mode(&link)).await;
    let of = |route| cost.belvo_of(route);
    assert_eq!((of("GET /api/links/"), of("GET /api/links/{id}/"), of("POST /api/token/")), (1, 1, 1));
    assert_eq!(cost.belvo(), 3 + of("GET /api/accounts/") + of("GET /api/institutions/"));
}

#[tokio::test]
async fn a_session_start_that_recovers_orphans_costs_five_requests_however_many() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    for orphans in 1..=3 {
        let mut sessions = Vec::new();
        for _ in 0..orphans {
            sessions.push(ana.opens().await);
        }
        for (number, session) in sessions.iter().enumerate() {
            ana.connects_and_closes_the_app(session, &format!("bnk-{orphans}-{number}"));
        }
        let (session, cost) = spent(&story, ana.opens()).await;
        assert_eq!(session.told("recovered").len(), orphans);
        let calls = if orphans == 1 { 4 } else { 3 }; // accounts, and at first the institution's name
        let expected = [("BatchGetItem", 1), ("Query", 1), ("TransactWriteItems", 1), ("UpdateItem", calls)];
        assert_eq!(cost.requests(), expected);
        assert_eq!(cost.belvo(), calls);
    }
}

#[tokio::test]
async fn a_callback_to_a_strangers_session_costs_no_call_to_belvo() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    let (reply, cost) = spent(&story, bia.reports(&session, &link)).await;
    assert_eq!(reply.status, 404);
    assert_eq!((cost.requests(), cost.belvo()), (vec![("Query", 1)], 0));
}

#[tokio::test]
async fn a_claim_costs_one_call_to_belvo_and_repeated_or_a_strangers_none() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let link = ana.gets_planted("bnk100");
    story.minutes(30);
    story.sweep().await;
    let reads = [("BatchGetItem", 1), ("Query", 1)];
    let writes = [("TransactWriteItems", 1), ("UpdateItem", 1)];
    for (person, status, belvo) in [(&bia, 404, 0), (&ana, 201, 1), (&ana, 200, 0), (&bia, 404, 0)] {
        let (reply, cost) = spent(&story, person.claims(&link)).await;
        assert_eq!((reply.status, cost.belvo()), (status, belvo));
        let expected = if belvo == 0 { reads.to_vec() } else { [reads, writes].concat() };
        assert_eq!(cost.requests(), expected, "{status}");
    }
}

#[tokio::test]
async fn what_is_refused_at_the_edge_costs_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let said = json!({"type": "success", "link": "not-a-link", "institution": "erebor_mx_retail"});
    let (reply, cost) = spent(&story, ana.forwards_to("no-session", &said)).await;
    assert!((400..500).contains(&reply.status), "{}", reply.text);
    assert_eq!((cost.total(), cost.belvo()), (0, 0));
}

#[tokio::test]
async fn a_sweep_with_nothing_to_change_writes_its_report_its_checkpoints_and_the_counts_of_calls_only() {
    let story = Story::begin().await;
    for name in ["ana", "bia"] {
        let person = story.registered(name).await;
        for login in ["bnk100", "bnk101"] {
            person.has_connected(&format!("{name}-{login}")).await;
        }
    }
    story.minutes(60);
    story.sweep().await; // learns which day is the first
    for _ in 0..2 {
        let (report, cost) = spent(&story, story.sweep()).await;
        assert_eq!((report.counts.known, report.counts.actions.len()), (4, 0));
        let requests: BTreeMap<_, _> = cost.requests().into_iter().collect();
        let windows = cost.belvo_of("GET /api/links/");
        assert_eq!(requests["TransactWriteItems"], 2, "the lease, and the report");
        assert!(requests["PutItem"] <= windows + 4, "a checkpoint a step: {requests:?}");
        assert!(requests["Query"] <= 4, "only months that have links: {requests:?}");
        assert_eq!((cost.belvo(), windows), (2, 2), "the years before the first link, and the days since");
    }
}
