//! `linkkeeper claim <link> --user <user>`: an operator says whose a quarantined link is.

use std::io::{IsTerminal, Write, stdin};

use adapters::{ambient::SystemAmbient, config::Environment, dynamo::DynamoStore, http::LinkView};
use domain::{
    budget::Class,
    claims::{By, Claimed, Wanted, claim},
    failure::Outage,
    link::{Claim as Named, Marker},
    policy::Policy,
    ports::Ledgers,
    values::LinkId,
};

use crate::{
    args::Claim,
    belvo,
    commands::{links, say},
    confirm::{confirm, environment_of},
    data::{existing_store, links_of},
    failure::Failure,
};

/// Asks whether it is meant, claims the link for the user, and tells what came of it.
pub(crate) async fn run(
    asked: &Claim,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let link = LinkId::parse(&asked.link)?;
    let store = existing_store(&asked.place, environment).await?;
    let (user, _) = links_of(&store, &asked.user, &asked.place, environment).await?;
    let settings = belvo::settings(&asked.place, asked.belvo_url.as_deref(), environment)?;
    let place = environment_of(&asked.place, &settings);
    let what = format!("give {} to the user {}", described(&store, link).await?, user.as_str());
    let mut lines = stdin().lock();
    let keyboard = stdin().is_terminal().then_some(&mut lines as &mut dyn std::io::BufRead);
    let consent = &asked.consent;
    confirm(&place, &what, consent.environment.as_deref(), consent.yes, keyboard, &mut std::io::stderr())?;
    let provider = belvo::through_the_budget(&store, settings, Class::Interactive, environment)?;
    let wanted = Wanted { user, link, by: By::Operator };
    let claimed = claim(&store, &provider, &SystemAmbient, &Policy::default(), &wanted).await;
    tell(&claimed.map_err(explained)?, asked.json, out)
}

/// What the operator can tell the link by.
async fn described(store: &DynamoStore, link: LinkId) -> Result<String, Failure> {
    let markers = store.markers(&[link]).await?;
    let Some(Marker::Quarantined(held)) = markers.get(&link) else { return Ok(format!("link {link}")) };
    let names = match &held.claim {
        Named::Absent => "names nobody",
        Named::Malformed => "names what is no external_id",
        Named::Named(id) => &format!("names {}", id.as_str()),
    };
    let (institution, status, made) = (&held.institution, held.status.as_str(), held.created_at);
    Ok(format!("link {link} ({institution}, {status}, made {made:.0}, {names})"))
}

fn tell(claimed: &Claimed, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let (done, record) = match claimed {
        Claimed::Bound(record) => ("The link is the user's now.", record),
        Claimed::Known(record) => ("The link was the user's already.", record),
        Claimed::NotTheirs => return Err(Failure::NotToBeHad),
    };
    if json {
        say(out, serde_json::to_string(&LinkView::from(record)).map_err(Failure::request)?);
    } else {
        say(out, links::table(std::slice::from_ref(record)));
        say(out, done);
    }
    Ok(())
}

fn explained(outage: Outage) -> Failure {
    match outage {
        Outage::Store(error) => Failure::Store(error),
        Outage::Provider(error) => belvo::explained(&error),
    }
}
