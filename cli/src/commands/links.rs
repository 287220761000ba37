//! `linkkeeper links <user>`: what we hold of one user's links.

use std::io::Write;

use adapters::{config::Environment, http::LinkView};
use domain::{link::LinkRecord, masked::MaskedAccount};

use super::reconcile::word;
use crate::{
    args::Links,
    commands::say,
    data::{existing_store, ledger_of},
    failure::Failure,
};

/// Lists the links of one user.
pub(crate) async fn run(
    wanted: &Links,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let links = ledger_of(&store, &wanted.user, &wanted.place, environment).await?.links;
    if wanted.json {
        for record in &links {
            say(out, serde_json::to_string(&LinkView::from(record)).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&links));
    }
    Ok(())
}

/// A table of them for a person.
pub(crate) fn table(links: &[LinkRecord]) -> String {
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
            accounts(record),
            note(record),
        ]
    };
    super::table(
        ["link", "institution", "status", "state", "created", "accounts", "note"],
        links.iter().map(row),
    )
}

/// What a person recognises the link by, as far as it is known.
fn accounts(record: &LinkRecord) -> String {
    let account = |account: &MaskedAccount| {
        let name = account.name.as_ref().map_or("•••", |name| name.as_str());
        format!("{name}{}", account.number.as_ref().map_or("", |ending| ending.as_str()))
    };
    record.accounts.iter().flatten().map(account).collect::<Vec<_>>().join(", ")
}

fn note(record: &LinkRecord) -> String {
    match (record.superseded_by, record.missing_since) {
        (Some(survivor), _) => format!("superseded by {survivor}"),
        (None, Some(since)) => format!("not found at Belvo since {since:.0}"),
        (None, None) => String::new(),
    }
}
