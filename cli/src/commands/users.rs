//! `linkkeeper users`: who is registered, and how many links each has.

use std::io::Write;

use adapters::{config::Environment, dynamo::DynamoStore};
use domain::{external_id::ExternalId, ports::Ledgers, user::User};
use jiff::Timestamp;
use serde::Serialize;

use crate::{args::Users, commands::say, data::existing_store, failure::Failure};

/// A table is for reading: longer ones are cut.
const MOST_ROWS: usize = 200;

#[derive(Serialize)]
struct Row {
    external_id: ExternalId,
    created_at: Timestamp,
    connected: usize,
    links: usize,
}

/// Lists the users: all of them for a machine, page by page as they are read.
pub(crate) async fn run(
    wanted: &Users,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let mut rows = Vec::new();
    let mut behind = None;
    loop {
        let (users, next) = store.users_page(behind).await?;
        for user in users {
            let row = row(&store, user).await?;
            if wanted.json {
                say(out, serde_json::to_string(&row).map_err(Failure::request)?);
            } else {
                rows.push(row);
            }
        }
        let enough = rows.len() > MOST_ROWS;
        behind = next.filter(|_| !enough);
        if behind.is_none() {
            break;
        }
    }
    if !wanted.json {
        say(out, table(&rows));
    }
    Ok(())
}

async fn row(store: &DynamoStore, user: User) -> Result<Row, Failure> {
    let links = store.links(&user.external_id).await?.unwrap_or_default();
    let connected = links.iter().filter(|record| record.state.is_connected()).count();
    Ok(Row { external_id: user.external_id, created_at: user.created_at, connected, links: links.len() })
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No users yet: POST /users registers one.".to_owned();
    }
    let cells = |row: &Row| {
        [
            row.external_id.as_str().to_owned(),
            format!("{:.0}", row.created_at),
            row.connected.to_string(),
            row.links.to_string(),
        ]
    };
    let shown = rows.iter().take(MOST_ROWS).map(cells);
    let table = super::table(["external_id", "registered", "connected", "links ever"], shown);
    if rows.len() > MOST_ROWS { format!("{table}\n… and more: --json lists all.") } else { table }
}
