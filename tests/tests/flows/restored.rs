//! After a restore from a backup: nobody loses a link, nothing is deleted, and what came after the backup is found again
//! (the operators' command line over a real table that is put back in time).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cli::world::TABLE;
use domain::ports::Sweeps;
use serde_json::json;
use tests::{Office, person::is};

type Item = HashMap<String, AttributeValue>;

async fn items(office: &Office) -> Vec<Item> {
    let client = office.story.world.engine.client();
    let scan = client.scan().table_name(TABLE).consistent_read(true).into_paginator().items().send();
    scan.collect::<Result<_, _>>().await.expect("the engine answers")
}

/// Puts the table back to what a backup held.
async fn put_back(office: &Office, backup: &[Item]) {
    let client = office.story.world.engine.client();
    for item in items(office).await {
        let delete = client.delete_item().table_name(TABLE).key("pk", item["pk"].clone());
        delete.key("sk", item["sk"].clone()).send().await.expect("deleted");
    }
    for item in backup {
        let put = client.put_item().table_name(TABLE).set_item(Some(item.clone()));
        put.send().await.expect("put");
    }
}

#[tokio::test]
async fn a_restored_table_adopts_what_it_missed_and_takes_nothing_away_until_an_operator_says_so() {
    let office = Office::open().await;
    let story = &office.story;
    let ana = story.registered("ana").await;
    let (first, kept) = (ana.has_connected("bnk100").await, ana.has_connected("bnk101").await);
    story.minutes(30);
    story.sweep().await;
    let backup = items(&office).await;
    let late = ana.has_connected("bnk102").await;
    assert!(story.world.belvo.remove(&first), "deleted after the backup");
    put_back(&office, &backup).await;
    assert_eq!(ana.links().await.len(), 2, "the table is behind");

    let told = office.told("restore begin").await.expect("begun");
    assert!(told.contains("only adopts") && told.contains("linkkeeper reconcile"), "{told}");
    assert!(office.told("deletions").await.expect("shown").contains("stopped"));
    assert!(office.refused("restore end --yes --environment local").await.contains("no full sweep"));
    story.minutes(30);
    for _ in 0..2 {
        story.sweep().await; // the first is the full one; a link that is gone wants a second, and does not get it
        story.minutes(30);
    }
    let links = ana.links().await;
    assert!(links.contains(&is(&late, "active")), "adopted: {links:?}");
    assert!(links.contains(&is(&first, "active")) && links.contains(&is(&kept, "active")), "{links:?}");
    assert_eq!((story.table().await.events("note_missing"), story.table().await.events("retire")), (0, 0));

    assert!(office.told("restore").await.expect("shown").contains("only adopts"));
    office.told("restore end --yes --environment local").await.expect("over");
    assert!(office.refused("restore end --yes --environment local").await.contains("nothing to end"));
    story.minutes(24 * 60);
    for _ in 0..2 {
        story.sweep().await;
        story.minutes(24 * 60);
    }
    assert_eq!(story.table().await.events("note_missing"), 1, "{:?}", json!(ana.links().await));
    let state = story.world.stack.store.state().await.expect("up");
    assert_eq!(state.adopting_since, None);
}
