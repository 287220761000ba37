//! `linkkeeper audit <user|link>`: what happened, when, by whom, and on what evidence.

use std::io::Write;

use adapters::{config::Environment, dynamo::DynamoStore};
use domain::{
    change::{Actor, AuditEvent, Evidence, Filed},
    link::LinkState,
    ports::{Place, Stretch, Subject, Trail},
    values::LinkId,
};
use serde::Serialize;

use super::reconcile::word;
use crate::{
    args::Audit,
    commands::say,
    data::{existing_store, ids_of},
    failure::Failure,
};

/// An event for a machine.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    actor: Actor,
    #[serde(flatten)]
    event: &'a AuditEvent,
}

/// Tells one trail, or a part of it.
pub(crate) async fn run(
    wanted: &Audit,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let most = usize::try_from(wanted.most).unwrap_or(usize::MAX);
    let stretch =
        Stretch { from: wanted.from, until: wanted.to, behind: wanted.behind.clone(), most: most + 1 };
    let mut events = trail(&store, wanted, environment, &stretch).await?;
    let cut = events.len() > most;
    events.truncate(most);
    if wanted.json {
        for Filed { id, event } in &events {
            let line = Line { id: id.to_string(), actor: event.actor(), event };
            say(out, serde_json::to_string(&line).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&events));
    }
    if let Some(last) = events.last().filter(|_| cut && !wanted.json) {
        say(out, format_args!("… and more: go on with --behind {}", told(last)));
    }
    Ok(())
}

/// The trail of whatever the operator's word names, the first that there is one of.
async fn trail(
    store: &DynamoStore,
    wanted: &Audit,
    environment: &Environment,
    stretch: &Stretch,
) -> Result<Vec<Filed>, Failure> {
    let link = LinkId::parse(&wanted.subject).ok().map(Subject::Link);
    let users = ids_of(store, &wanted.subject, &wanted.place, environment).await?;
    for subject in link.into_iter().chain(users.into_iter().map(Subject::User)) {
        let events = store.trail(&subject, stretch).await?;
        if !events.is_empty() {
            return Ok(events);
        }
    }
    Ok(Vec::new())
}

fn told(filed: &Filed) -> String {
    let Place { at, id } = Place::of(filed);
    format!("{at}/{id}")
}

fn table(events: &[Filed]) -> String {
    if events.is_empty() {
        return "Nothing happened to a user or link of that name in this time.".to_owned();
    }
    let row = |Filed { event, .. }: &Filed| {
        let concerns = event.link_id.map(|link| link.to_string());
        let session = event.session_id.as_ref().map(ToString::to_string);
        [
            format!("{:.0}", event.at),
            word(event.action),
            concerns.or(session).unwrap_or_else(|| "-".to_owned()),
            step(event.before, event.after),
            format!("{}, {}", word(event.actor()), word(event.source)),
            because(event),
        ]
    };
    super::table(["when", "what", "link or session", "state", "who, how", "because"], events.iter().map(row))
}

fn step(before: Option<LinkState>, after: Option<LinkState>) -> String {
    match (before, after) {
        (None, None) => "-".to_owned(),
        (None, Some(after)) => word(after),
        (Some(before), None) => word(before),
        (Some(before), Some(after)) if before == after => word(after),
        (Some(before), Some(after)) => format!("{} → {}", word(before), word(after)),
    }
}

fn because(event: &AuditEvent) -> String {
    let evidence = match event.evidence {
        Some(Evidence::DuplicateOf(link)) => format!("duplicate of {link}"),
        Some(Evidence::Unexplained(reason)) => word(reason),
        Some(
            plain @ (Evidence::Request
            | Evidence::Session
            | Evidence::ExternalId
            | Evidence::UsersWord
            | Evidence::OperatorsWord
            | Evidence::WidgetsWord
            | Evidence::Record
            | Evidence::NotFound
            | Evidence::NotFoundTwice
            | Evidence::Webhook),
        ) => word(plain),
        None => "-".to_owned(),
    };
    match &event.plan_id {
        Some(plan) => format!("{evidence}, {plan}"),
        None => evidence,
    }
}
