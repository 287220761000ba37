//! The table of costs in ARCHITECTURE.md, made anew from the engine's own accounting: what is published is
//! what is measured.

use std::{fmt::Write, fs, io::ErrorKind};

use belvo_simulator::{NewLink, Status};
use domain::backfill::Tally;
use serde_json::json;
use tests::{
    Session, Story,
    accounts::{Told, file, lines},
    mail::webhook,
};

use crate::spent::{Spent, spent};

const BEGIN: &str = "<!-- capacity:begin -->";
const END: &str = "<!-- capacity:end -->";
const ARCHITECTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md");

/// One operation and what it cost.
pub(crate) type Row = (&'static str, Spent);

#[tokio::test]
async fn each_operation_costs_what_architecture_md_says() {
    let table = table(&rows().await);
    println!("{table}");
    insta::assert_snapshot!(table);
    published(&table);
}

/// Every operation, with what it has just cost.
pub(crate) async fn rows() -> Vec<Row> {
    let mut rows = of_users().await;
    rows.extend(of_sessions().await);
    rows.extend(of_callbacks().await);
    rows.push(of_a_claim().await);
    rows.extend(of_a_file().await);
    rows.extend(of_webhooks().await);
    rows.extend(of_due_sessions().await);
    rows.push(of_a_quiet_sweep().await);
    rows
}

async fn of_users() -> Vec<Row> {
    let story = Story::begin().await;
    let ana = story.unregistered("ana");
    let (_, new) = spent(&story, ana.registers()).await;
    let (_, known) = spent(&story, ana.registers()).await;
    ana.has_connected("bnk100").await;
    ana.has_connected("bnk101").await;
    let (links, list) = spent(&story, ana.links()).await;
    assert_eq!(links.len(), 2);
    vec![("register, new", new), ("register, again ¹", known), ("list links (2 links)", list)]
}

async fn of_sessions() -> Vec<Row> {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("bnk100").await;
    let (_, learning) = spent(&story, ana.opens()).await;
    let (session, quiet) = spent(&story, ana.opens()).await;
    assert_eq!(session.told("connected").len(), 1);
    ana.connects_and_closes_the_app(&session, "bnk101");
    let (session, recovering) = spent(&story, ana.opens()).await;
    assert_eq!(session.told("recovered").len(), 1);
    vec![
        ("session start, the first after a new link", learning),
        ("session start, nothing changed", quiet),
        ("session start, recovering an orphan", recovering),
    ]
}

async fn of_callbacks() -> Vec<Row> {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    let (first, new) = spent(&story, ana.reports(&session, &link)).await;
    let (second, again) = spent(&story, ana.reports(&session, &link)).await;
    let other: Session = ana.opens().await;
    let duplicate = ana.connects(&other, "bnk100");
    let (third, superseding) = spent(&story, ana.reports(&other, &duplicate)).await;
    let last = ana.opens().await;
    let said = json!({"type": "exit", "meta_data": {"step": "abandon-survey"}});
    let (fourth, exit) = spent(&story, ana.forwards(&last, &said)).await;
    assert_eq!([first.status, second.status, third.status, fourth.status], [201, 200, 201, 200]);
    assert_eq!(story.table().await.events("supersede"), 1);
    vec![
        ("success callback, new", new),
        ("success callback, again", again),
        ("success callback, a duplicate supersedes", superseding),
        ("exit callback", exit),
    ]
}

async fn of_a_claim() -> Row {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.gets_planted("bnk100");
    story.minutes(30);
    story.sweep().await;
    let (claimed, cost) = spent(&story, ana.claims(&link)).await;
    assert_eq!(claimed.status, 201);
    ("claim of a quarantined link", cost)
}

async fn of_a_file() -> Vec<Row> {
    let story = Story::begin().await;
    let link = story.plant(NewLink { external_id: Some("user_ana".to_owned()), ..NewLink::default() });
    let text = file([format!("ana,user_ana,{link}").as_str()]);
    let bring_in = async || {
        let run = story.backfill();
        run.run(&mut lines(&text), None, Tally::default(), &mut Told::default()).await.expect("up")
    };
    let (first, new) = spent(&story, bring_in()).await;
    let (second, known) = spent(&story, bring_in()).await;
    assert_eq!((first.adopted, second.known), (1, 1));
    vec![
        ("backfill of a line with user, reference and link", new),
        ("backfill of the same line again", known),
    ]
}

async fn of_webhooks() -> Vec<Row> {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.minutes(13);
    story.follow_up().await; // reads the consents of the day
    let (reply, taken) =
        spent(&story, story.gets_webhook(&webhook("ACCOUNTS", "historical_update", &link))).await;
    let (routine, worked) = spent(&story, story.follow_up()).await;
    story.world.belvo.set_status(&link, Status::Invalid);
    story.gets_webhook(&webhook("LINK", "invalid_credentials", &link)).await;
    let (changed, refreshing) = spent(&story, story.follow_up()).await;
    assert_eq!((reply.status, routine.webhooks.worked, changed.webhooks.refreshed), (200, 1, 1));
    vec![
        ("webhook, taken in", taken),
        ("follow-up, a webhook of a visit to a known link", worked),
        ("follow-up, a webhook of a link that needs a new login", refreshing),
    ]
}

async fn of_due_sessions() -> Vec<Row> {
    let story = Story::begin().await;
    story.follow_up().await; // reads the consents of the day
    let ana = story.registered("ana").await;
    ana.opens().await;
    story.minutes(13);
    let (first, abandoned) = spent(&story, story.follow_up()).await;
    let session = ana.opens().await;
    ana.connects_and_closes_the_app(&session, "bnk100");
    story.minutes(13);
    let (second, repaired) = spent(&story, story.follow_up()).await;
    let (third, idle) = spent(&story, story.follow_up()).await;
    let looked_up = (first.sessions.sessions, second.sessions.bound, third.sessions.calls);
    assert_eq!(looked_up, (1, 1, 0));
    vec![
        ("follow-up, an abandoned session", abandoned),
        ("follow-up, a session that lost its callback", repaired),
        ("follow-up, nothing due", idle),
    ]
}

async fn of_a_quiet_sweep() -> Row {
    let story = Story::begin().await;
    for number in 0..10 {
        let person = story.registered(&format!("person-{number}")).await;
        for login in ["one", "two"] {
            person.has_connected(&format!("{login}-{number}")).await;
        }
    }
    story.minutes(60);
    story.sweep().await; // learns which day is the first
    let (report, cost) = spent(&story, story.sweep()).await;
    assert_eq!((report.counts.known, report.counts.actions.len()), (20, 0));
    ("sweep, nothing to change (10 users, 20 links)", cost)
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| operation | calls to Belvo | requests to DynamoDB | read units | write units |\n\
         | --- | ---: | --- | ---: | ---: |\n",
    );
    for (operation, cost) in rows {
        let requests = cost.requests();
        let requests: Vec<_> = requests.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let (belvo, requests, units) = (cost.belvo(), requests.join(", "), cost.units());
        writeln!(table, "| {operation} | {belvo} | {requests} | {} | {} |", units.read, units.write)
            .expect("text grows");
    }
    table.push_str(
        "\n¹ The transaction is cancelled. The engine reports no units for that; AWS bills failed conditions too.\n",
    );
    table
}

/// The page quotes the table between its markers, word for word.
fn published(table: &str) {
    let page = match fs::read_to_string(ARCHITECTURE) {
        Ok(page) => page,
        Err(error) if error.kind() == ErrorKind::NotFound => return, // not written yet
        Err(error) => panic!("ARCHITECTURE.md cannot be read: {error}"),
    };
    let quoted = page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(quoted, _)| quoted);
    assert!(
        quoted.map(str::trim) == Some(table.trim()),
        "ARCHITECTURE.md does not quote the measured costs: put this between {BEGIN} and {END}\n\n{table}"
    );
}
