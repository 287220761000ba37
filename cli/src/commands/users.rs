//! `linkkeeper users`: who is registered, and how many links each has.

use std::{collections::BTreeMap, io::Write};

use adapters::config::Environment;
use domain::{external_id::ExternalId, link::LinkRecord, ports::Census};
use jiff::Timestamp;
use serde::Serialize;

use crate::{args::Users, commands::say, data::existing_store, failure::Failure};

#[derive(Serialize)]
struct Row {
    external_id: ExternalId,
    created_at: Timestamp,
    connected: usize,
    links: usize,
}

/// Lists the users.
pub(crate) async fn run(
    wanted: &Users,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let book = existing_store(&wanted.place, environment).await?.book().await?;
    let mut links: BTreeMap<&ExternalId, Vec<&LinkRecord>> = BTreeMap::new();
    for record in book.links.values().flatten() {
        links.entry(&record.owner).or_default().push(record);
    }
    let row = |(user, created_at): (&ExternalId, &Timestamp)| {
        let links = links.get(user).map_or(&[][..], Vec::as_slice);
        let connected = links.iter().filter(|record| record.state.is_connected()).count();
        Row { external_id: user.clone(), created_at: *created_at, connected, links: links.len() }
    };
    let rows: Vec<Row> = book.users.iter().map(row).collect();
    if wanted.json {
        for row in &rows {
            say(out, serde_json::to_string(row).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&rows));
    }
    Ok(())
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No users yet: POST /users registers one.".to_owned();
    }
    let row = |row: &Row| {
        [
            row.external_id.as_str().to_owned(),
            format!("{:.0}", row.created_at),
            row.connected.to_string(),
            row.links.to_string(),
        ]
    };
    super::table(["external_id", "registered", "connected", "links ever"], rows.iter().map(row))
}
