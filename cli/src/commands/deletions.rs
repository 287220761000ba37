//! `linkkeeper deletions`: what is on its way to be deleted at Belvo, and the hand on the switch.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment, dynamo::DynamoStore};
use domain::{
    deletion::{
        Intent, Stage, Why,
        cancel::{Cancelled, cancel},
    },
    policy::Policy,
    ports::{Ambient, Deletions as _},
    values::LinkId,
};
use jiff::Timestamp;

use crate::{
    args::{Deletions, Turn},
    commands::say,
    data::existing_store,
    failure::Failure,
};

/// Shows them, or does what was asked for.
pub(crate) async fn run(
    wanted: &Deletions,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    match &wanted.turn {
        None => show(&store, wanted.json, out).await,
        Some(Turn::Stop) => {
            store.stop(true).await?;
            say(out, "Stopped: nothing is deleted at Belvo until `linkkeeper deletions go-on`.");
            Ok(())
        }
        Some(Turn::GoOn(consent)) => {
            consent.obtain(wanted.place.name(), "let links be deleted at Belvo again")?;
            store.stop(false).await?;
            say(out, "Deletions go on, where PROVIDER_DELETION is on.");
            Ok(())
        }
        Some(Turn::Cancel { link }) => take_back(&store, &LinkId::parse(link)?, out).await,
    }
}

async fn show(store: &DynamoStore, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let intents = store.due(Timestamp::MAX, usize::MAX).await?;
    if json {
        for intent in &intents {
            say(out, serde_json::to_string(intent).map_err(Failure::request)?);
        }
        return Ok(());
    }
    if store.stopped().await? {
        say(out, "Deletions are stopped; `linkkeeper deletions go-on` lets them go on.");
    }
    say(out, table(&intents, SystemAmbient.now()));
    Ok(())
}

async fn take_back(store: &DynamoStore, link: &LinkId, out: &mut dyn Write) -> Result<(), Failure> {
    match cancel(store, &SystemAmbient, *link).await? {
        Cancelled::Done(record) => {
            let user = record.owner.as_str();
            say(out, format_args!("Taken back: link {link} stays with user {user}."));
            Ok(())
        }
        Cancelled::NotMarked => Err(Failure::NotMarked),
        Cancelled::TooLate => Err(Failure::TooLate),
    }
}

fn table(intents: &[Intent], now: Timestamp) -> String {
    if intents.is_empty() {
        return "No link is on its way to be deleted at Belvo.".to_owned();
    }
    let policy = Policy::default();
    let row = |intent: &Intent| {
        let late = if intent.is_overdue(now, &policy) { " (overdue)" } else { "" };
        [
            intent.link_id.to_string(),
            why(intent.why),
            format!("{}{late}", stage(intent.stage)),
            intent.asked.to_string(),
            format!("{:.0}", intent.marked_at),
            intent.due_at.map_or_else(String::new, |at| format!("{at:.0}")),
        ]
    };
    super::table(["link", "why", "stage", "asked", "since", "next"], intents.iter().map(row))
}

fn why(why: Why) -> String {
    match why {
        Why::Disconnect => "disconnected".to_owned(),
        Why::Erasure => "its user is erased".to_owned(),
        Why::SupersededBy(survivor) => format!("gave way to {survivor}"),
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Marked => "marked",
        Stage::Armed => "about to be asked for",
        Stage::Requested => "asked for, not confirmed",
        Stage::Unknown => "not found, not confirmed",
        Stage::Done => "done",
        Stage::Cancelled => "taken back",
    }
}

#[cfg(test)]
mod tests {
    use domain::external_id::ExternalId;

    use super::*;

    #[test]
    fn a_deletion_is_told_with_its_reason_and_stage_and_when_it_is_overdue() {
        let (link, owner) = (LinkId::nil(), ExternalId::parse("user_ana").expect("an id"));
        let intent = Intent::mark(link, owner, Why::SupersededBy(link), Timestamp::UNIX_EPOCH);
        let told = table(std::slice::from_ref(&intent), Timestamp::UNIX_EPOCH);
        assert!(
            told.contains("gave way to") && told.contains("marked") && !told.contains("overdue"),
            "{told}"
        );
        let late = Intent { why: Why::Disconnect, stage: Stage::Requested, asked: 3, ..intent };
        let told = table(&[late], Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(2));
        assert!(told.contains("not confirmed (overdue)") && told.contains("disconnected"), "{told}");
        assert!(table(&[], Timestamp::UNIX_EPOCH).contains("No link"));
    }
}
