//! `linkkeeper events`: what the rest of the company is told, as it goes out.

use std::{io::Write, time::Duration};

use adapters::config::Environment;
use domain::{external_id::ExternalId, published::Published};

use super::reconcile::word;
use crate::{
    args::Events,
    data::{existing_store, existing_stream, ids_of},
    failure::Failure,
    stream::{Reader, Start},
};

/// How long a stream that has nothing new is left alone.
const PAUSE: Duration = Duration::from_millis(200);
/// So many looks in a row that find nothing tell that there is no more. (DynamoDB answers an empty page at times.)
const QUIET: u32 = 3;

/// Tells the events, until there are no more, or somebody or something says stop.
pub(crate) async fn run(
    wanted: &Events,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let of = match &wanted.user {
        Some(named) => Some(ids_of(&store, named, &wanted.place, environment).await?),
        None => None,
    };
    let (client, stream) = existing_stream(&wanted.place, environment).await?;
    let start = if wanted.follow && !wanted.from_start { Start::Now } else { Start::Oldest };
    let reader = Reader::open(client, stream, start).await?;
    tokio::select! {
        told = tell(reader, wanted, of.as_deref(), out) => told,
        stopped = tokio::signal::ctrl_c() => stopped.map_err(Failure::loopback),
        () = time_is_up(wanted.seconds) => Ok(()),
    }
}

async fn time_is_up(seconds: Option<u64>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => std::future::pending().await,
    }
}

async fn tell(
    mut reader: Reader,
    wanted: &Events,
    of: Option<&[ExternalId]>,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let theirs = |event: &Published| {
        of.is_none_or(|users| event.external_id.as_ref().is_some_and(|user| users.contains(user)))
    };
    let (mut left, mut quiet) = (wanted.count.unwrap_or(u64::MAX), 0);
    while wanted.follow || quiet < QUIET {
        let filed = reader.more().await?;
        quiet = if filed.is_empty() { quiet + 1 } else { 0 };
        for event in filed.iter().filter_map(Published::of).filter(theirs) {
            let line = if wanted.json { json(&event)? } else { line(&event) };
            let heard = writeln!(out, "{line}").and_then(|()| out.flush());
            left -= 1;
            if left == 0 || heard.is_err() {
                return Ok(()); // enough, or a reader that went away, such as `head`
            }
        }
        if quiet > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

fn json(event: &Published) -> Result<String, Failure> {
    serde_json::to_string(event).map_err(Failure::request)
}

/// A line for a person.
fn line(event: &Published) -> String {
    let user = event.external_id.as_ref().map_or("-", ExternalId::as_str);
    let concerns = event.link_id.map(|link| link.to_string());
    let concerns =
        concerns.or_else(|| event.session_id.as_ref().map(ToString::to_string)).unwrap_or_default();
    let (at, kind, cause) = (event.at, event.kind.as_str(), word(event.cause));
    let state = event.after.map(word).unwrap_or_default();
    format!("{at:.0}  {kind:<18}  {user}  {concerns:<36}  {state:<12}  ({cause})")
}
