//! `linkkeeper links <user>`: what we hold of one user's links.

use std::io::Write;

use adapters::{config::Environment, dynamo::DynamoStore, http::LinkView};
use domain::{external_id::ExternalId, link::LinkRecord, ports::Ledgers, values::Reference};

use super::reconcile::word;
use crate::{
    args::Links,
    commands::say,
    data::{existing_store, reference_key},
    failure::Failure,
};

/// Lists the links of one user.
pub(crate) async fn run(
    wanted: &Links,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let links = links_of(&store, wanted, environment).await?;
    if wanted.json {
        for record in &links {
            say(out, serde_json::to_string(&LinkView::from(record)).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&links));
    }
    Ok(())
}

/// By the app's own key first, then by `external_id`.
async fn links_of(
    store: &DynamoStore,
    wanted: &Links,
    environment: &Environment,
) -> Result<Vec<LinkRecord>, Failure> {
    let reference = Reference::parse(wanted.user.as_str())?;
    let key = reference_key(&wanted.place, environment)?;
    let by_reference = key.map(|key| ExternalId::derive(&key, &reference));
    for user in [by_reference, ExternalId::parse(wanted.user.as_str()).ok()].into_iter().flatten() {
        if let Some(links) = store.links(&user).await? {
            return Ok(links);
        }
    }
    Err(Failure::NoUser)
}

fn table(links: &[LinkRecord]) -> String {
    if links.is_empty() {
        return "No links yet: the user opens a link session and connects an account.".to_owned();
    }
    let row = |record: &LinkRecord| {
        [
            record.link_id.to_string(),
            record.institution.to_string(),
            record.status.as_ref().map_or("not asked yet", |status| status.as_str()).to_owned(),
            word(record.state),
            record.created_at.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}")),
            note(record),
        ]
    };
    super::table(["link", "institution", "status", "state", "created", "note"], links.iter().map(row))
}

fn note(record: &LinkRecord) -> String {
    match (record.superseded_by, record.missing_since) {
        (Some(survivor), _) => format!("superseded by {survivor}"),
        (None, Some(since)) => format!("not found at Belvo since {since:.0}"),
        (None, None) => String::new(),
    }
}
