//! A whole account of thousands of links, swept by the very program in processes of its own, which are killed,
//! run at once, and set on a table that is nearly right. In the end it stands as the simulator knows it to be true.

use std::time::Duration;

use belvo_simulator::Population;
use domain::{census::Holder, ports::Census};
use serde_json::Value;
use tests::WholeAccount;

const PROGRAM: &str = env!("CARGO_BIN_EXE_linkkeeper-under-test");

fn population(links: u32) -> Population {
    Population {
        links,
        users: links * 3 / 10,
        seed: 11,
        orphans: 3,
        duplicates: 2,
        planted: 1,
        unusable: 4,
        from: None,
    }
}

async fn registered(links: u32) -> WholeAccount {
    let account = WholeAccount::of(population(links)).await;
    account.register().await;
    account
}

/// Runs a sweep to its end, off the threads that serve it.
async fn swept(account: &WholeAccount) -> Value {
    swept_with(account, &[]).await
}

async fn swept_with(account: &WholeAccount, more: &[&str]) -> Value {
    let child = account.sweep_in(PROGRAM, more);
    tokio::task::spawn_blocking(|| child.ended().0).await.expect("a process")
}

async fn stands_as_it_should(account: &WholeAccount) {
    let differences = account.differences().await;
    assert!(differences.is_empty(), "{} differ, such as {:#?}", differences.len(), &differences[..1]);
}

/// How often something was written, the sweep's own checkpoints and the counters of calls aside.
fn writes(account: &WholeAccount) -> u64 {
    let meter = account.engine.meter();
    meter.of("TransactWriteItems") + meter.of("BatchWriteItem") + meter.of("DeleteItem")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_table_one_sweep_makes_all_true_and_a_second_writes_only_its_report() {
    let account = registered(3_000).await;
    let first = swept(&account).await;
    stands_as_it_should(&account).await;
    let calls = first["spent"]["belvo_calls"].as_u64().expect("a count");
    assert!(calls * 100 <= 105 * (3 + 365), "{calls}");

    account.engine.reset_meter();
    let before = account.items().await;
    let second = swept(&account).await;
    assert_eq!(second["actions"], serde_json::json!({}), "{second}");
    assert_eq!(writes(&account), 2, "the lease, and the report with the state that says so");
    assert_eq!(account.items().await, before);
    assert!(second["spent"]["belvo_calls"].as_u64() < Some(calls), "it knows the first day: {second}");
    let quiet = swept_with(&account, &["--recent"]).await;
    assert!(quiet["spent"]["belvo_calls"].as_u64() <= Some(5), "{quiet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_nearly_right_is_made_right() {
    let account = registered(3_000).await;
    swept(&account).await;
    assert!(account.damage().await > 20);
    assert!(account.differences().await.len() > 20);
    let report = swept(&account).await;
    assert_eq!((&report["withheld"], &report["conflicts"]), (&Value::from(0), &Value::from(0)), "{report}");
    stands_as_it_should(&account).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_two_hundred_moments_it_ends_as_if_it_had_never_been() {
    let account = registered(20_000).await;
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    let mut kills = 0;
    while kills < 200 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let upto = account.engine.meter().total() + 1 + (chance >> 33) % 300;
        let mut child = account.sweep_in(PROGRAM, &[]);
        while account.engine.meter().total() < upto && !child.has_ended() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!child.has_ended() || kills > 50, "it was to be killed on its way");
        child.kill();
        kills += 1;
    }
    swept(&account).await;
    stands_as_it_should(&account).await;
    let second = swept(&account).await;
    assert_eq!(second["actions"], serde_json::json!({}), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_sweepers_at_once_and_apps_that_report_their_links_end_the_same() {
    let account = registered(3_000).await;
    let sweepers = [(); 3].map(|()| account.sweep_in(PROGRAM, &[]));
    let waiting = tokio::task::spawn_blocking(|| sweepers.map(|child| child.ended().0));
    let told = account.report_orphans().await;
    waiting.await.expect("three processes");
    assert!(told > 60);
    swept(&account).await;
    stands_as_it_should(&account).await;
    let second = swept(&account).await;
    assert_eq!(second["actions"], serde_json::json!({}), "{second}");
}

/// The three ways to read our side of a full comparison, by the read units that the engine counts.
#[tokio::test(flavor = "multi_thread")]
async fn the_indexes_are_the_cheapest_way_to_read_what_we_hold() {
    let account = registered(2_000).await;
    swept(&account).await;
    let count = async |reading: &str, links: f64| {
        let units = account.engine.meter().units.read;
        account.engine.reset_meter();
        println!("{reading}: {:.0} read units a million links", units * 1e6 / links);
        units
    };
    account.engine.reset_meter();
    let (first, last) = account.days();
    let held = account.store.made_between(first, last).await.expect("read");
    let links = f64::from(u32::try_from(held.len()).expect("few"));
    let by_time = count("the index by time, a range a window", links).await;
    let mut behind = None;
    while let Some(last) = account.store.grouped(behind.as_ref()).await.expect("read").pop() {
        behind = Some(last);
    }
    let by_group = count("the index by group, once through", links).await;
    let owned = held.iter().filter_map(|entry| match &entry.holder {
        Holder::User(owner) => Some((owner.clone(), entry.link_id)),
        Holder::Nobody => None,
    });
    account.store.standing(&owned.collect::<Vec<_>>()).await.expect("read");
    let batches = count("batch reads of each page's links", links).await;
    account.differences().await;
    let scan = count("a scan of the table", links).await;
    assert!(by_time + by_group < scan && scan < batches, "{by_time} {by_group} {scan} {batches}");
}
