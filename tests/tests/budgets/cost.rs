//! docs/cost.md, made anew: what a month of a hundred thousand links costs, from what each operation has just cost.

use std::fs;

use tests::{Story, mail::webhook};

use crate::{
    capacity::{Row, rows},
    month::{Counted, Line, Standing, Way, bill},
    spent::{Spent, spent},
};

const BEGIN: &str = "<!-- cost:begin -->";
const END: &str = "<!-- cost:end -->";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cost.md");
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Links that stand all month.
const LINKS: f64 = 100_000.0;
/// Their users.
const USERS: f64 = 60_000.0;
/// Links that are new in the month, and users.
const NEW_LINKS: f64 = 10_000.0;
const NEW_USERS: f64 = 6_000.0;
/// Sessions that lead to no link, for one that does.
const ABANDONED: f64 = 0.5;
/// Of those, the ones whose end the widget tells.
const SAID: f64 = 0.5;
/// Of new links, those whose callback is lost; of all links, those that need a new login in the month.
const LOST: f64 = 0.03;
const UPDATED: f64 = 0.05;
/// How often a user's app asks for the links in a month, and how often Belvo tells of a link.
const LISTED: f64 = 10.0;
const TOLD: f64 = 30.0;
/// Minutes of a month of thirty days.
const MINUTES: f64 = 43_200.0;
/// Environments of functions that are warm all month and read two versions of a secret each five minutes.
const WARM: f64 = 8.0;
/// Metrics of our own, each function's counted for itself.
const METRICS: f64 = 30.0;
/// What a full sweep of a million links cost when nothing had changed (ARCHITECTURE.md, "The sweep").
const FULL_SWEEP: Counted = Counted { belvo: 1_122.0, requests: 8_779.0, read: 40_438.0, write: 962.0 };
/// Webhooks that are worked off together, to learn what one of many costs.
const TOGETHER: u32 = 50;

#[tokio::test]
async fn a_month_costs_what_cost_md_says() {
    let rows = rows().await;
    let (visit, bytes_a_link) = (of_a_visit_among_many().await, bytes_of_a_link().await);
    let idle = of_an_idle_deleter().await;
    let lines = [of_users(&rows), of_webhooks(&rows, visit), of_ticks(&rows, idle)].concat();
    let alarms = TEMPLATE.matches("Type: AWS::CloudWatch::Alarm").count();
    let standing = Standing {
        links: LINKS,
        bytes_a_link,
        events: told(),
        alarms: f64::from(u32::try_from(alarms).expect("few")),
        metrics: METRICS,
        secrets: 3.0,
        secret_reads: WARM * 2.0 * MINUTES / 5.0,
    };
    let bill = bill(&lines, &standing);
    println!("{bill}");
    let page = fs::read_to_string(PAGE).expect("docs/cost.md");
    let quoted = page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(quoted, _)| quoted);
    assert!(
        quoted.map(str::trim) == Some(bill.trim()),
        "docs/cost.md does not quote this bill: put this between {BEGIN} and {END}\n\n{bill}"
    );
}

/// What people do.
fn of_users(rows: &[Row]) -> Vec<Line> {
    let line = |what, times| Line { what, times, each: counted(rows, what), way: Way::Gateway };
    vec![
        line("register, new", NEW_USERS),
        line("session start, the first after a new link", NEW_LINKS),
        line("session start, nothing changed", NEW_LINKS * ABANDONED + LINKS * UPDATED),
        line("success callback, new", NEW_LINKS * (1.0 - LOST)),
        line("success callback, again", LINKS * UPDATED),
        line("exit callback", NEW_LINKS * ABANDONED * SAID),
        line("list links (2 links)", USERS * LISTED),
    ]
}

/// What Belvo tells.
fn of_webhooks(rows: &[Row], visit: Counted) -> Vec<Line> {
    let login = "follow-up, a webhook of a link that needs a new login";
    let (taken, within) = ("webhook, taken in", Way::Within(256.0));
    vec![
        Line { what: taken, times: LINKS * TOLD, each: counted(rows, taken), way: Way::Gateway },
        Line { what: "follow-up, a visit among many", times: LINKS * TOLD, each: visit, way: within },
        Line { what: login, times: LINKS * UPDATED, each: counted(rows, login), way: within },
    ]
}

/// What the clock asks for, whether there is anything or not.
fn of_ticks(rows: &[Row], idle: Counted) -> Vec<Line> {
    let idle_follow_up = counted(rows, "follow-up, nothing due");
    let lost = "follow-up, a session that lost its callback";
    let abandoned = "follow-up, an abandoned session";
    let unsaid = NEW_LINKS * ABANDONED * (1.0 - SAID);
    let quiet = "sweep, nothing to change (10 users, 20 links)";
    let part = LINKS / 1e6;
    let full = Counted {
        belvo: FULL_SWEEP.belvo * part,
        requests: FULL_SWEEP.requests * part,
        read: FULL_SWEEP.read * part,
        write: FULL_SWEEP.write * part,
    };
    vec![
        Line { what: "follow-up, ticks", times: MINUTES, each: idle_follow_up, way: Way::Inside(256.0) },
        Line { what: lost, times: NEW_LINKS * LOST, each: counted(rows, lost), way: Way::Within(256.0) },
        Line { what: abandoned, times: unsaid, each: counted(rows, abandoned), way: Way::Within(256.0) },
        Line { what: "delete-links, ticks", times: MINUTES, each: idle, way: Way::Inside(128.0) },
        Line {
            what: "sweep of what is new, ticks",
            times: MINUTES / 5.0,
            each: counted(rows, quiet),
            way: Way::Inside(512.0),
        },
        Line { what: "sweep of all, a day", times: 30.0, each: full, way: Way::Inside(512.0) },
        Line {
            what: "publish-events, calls",
            times: told(),
            each: Counted::default(),
            way: Way::Inside(128.0),
        },
    ]
}

/// Events: of a new user, of a new link three (session, its end, the link), of a repair two.
fn told() -> f64 {
    NEW_USERS + NEW_LINKS * (3.0 + 2.0 * ABANDONED) + LINKS * UPDATED * 2.0
}

fn counted(rows: &[Row], operation: &str) -> Counted {
    let (_, spent) = rows.iter().find(|(name, _)| *name == operation).expect("a row of this name");
    of(spent)
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are small")]
fn of(spent: &Spent) -> Counted {
    let units = spent.units();
    Counted {
        belvo: spent.belvo() as f64,
        requests: spent.total() as f64,
        read: units.read,
        write: units.write,
    }
}

/// The part that one visit has in a run over many, the run's own requests left out.
async fn of_a_visit_among_many() -> Counted {
    let story = Story::begin().await;
    for number in 0..TOGETHER {
        let person = story.registered(&format!("person-{number}")).await;
        let link = person.has_connected("one").await;
        story.minutes(1); // Belvo's limit on calls
        story.gets_webhook(&webhook("ACCOUNTS", "historical_update", &link)).await;
    }
    let (run, cost) = spent(&story, story.follow_up()).await;
    assert_eq!(u32::try_from(run.webhooks.worked), Ok(TOGETHER));
    let (all, part) = (of(&cost), f64::from(TOGETHER));
    Counted {
        belvo: all.belvo / part,
        requests: all.requests / part,
        read: all.read / part,
        write: all.write / part,
    }
}

async fn of_an_idle_deleter() -> Counted {
    let story = Story::begin().await;
    story.delete_for(1).await; // looks once a day for what the policy deletes
    of(&spent(&story, story.world.delete()).await.1)
}

/// With everything that a new link brings with it.
#[expect(clippy::cast_precision_loss, reason = "the table of a test is small")]
async fn bytes_of_a_link() -> f64 {
    let story = Story::begin().await;
    for number in 0..TOGETHER {
        story.registered(&format!("person-{number}")).await.has_connected("one").await;
        story.minutes(1); // Belvo's limit on calls
    }
    let described = story.world.engine.client().describe_table().table_name(cli::world::TABLE).send().await;
    let bytes = described.expect("a table").table.and_then(|table| table.table_size_bytes).expect("a size");
    (bytes as f64 / f64::from(TOGETHER)).round()
}
