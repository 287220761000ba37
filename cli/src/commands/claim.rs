//! `linkkeeper claim <link> --user <user>`: an operator says whose a quarantined link is.

use std::io::Write;

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
    confirm::environment_of,
    data::{existing_store, ledger_of},
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
    let user = ledger_of(&store, &asked.user, &asked.place, environment).await?.user.external_id;
    let settings = belvo::settings(&asked.place, asked.belvo_url.as_deref(), environment).await?;
    let place = environment_of(&asked.place, &settings);
    let what = format!("give {} to the user {}", described(&store, link).await?, user.as_str());
    asked.consent.obtain(&place, &what)?;
    let provider = belvo::of_table(&store, settings, Class::Interactive, environment).await?;
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

#[cfg(test)]
mod tests {
    use belvo_simulator::NewLink;
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::*;
    use crate::{args::Place, confirm::Consent, data::Folder, engine::Engine, world::World};

    /// A local stack's folder with two users, a link in quarantine that names Ana, and one that names nobody.
    struct Stage {
        folder: TempDir,
        world: World,
        belvo: String,
        anas: String,
        nobodys: String,
    }

    async fn stage() -> Stage {
        let folder = TempDir::new().expect("a folder");
        let engine = Engine::open(&Folder::take(folder.path()).expect("free").engine()).expect("an engine");
        let world = World::on(engine, Policy::default()).await.expect("a world");
        let call = async |token, path| {
            world.call(axum::http::Method::POST, path, token, &json!({})).await.expect("an answer").json
        };
        let ana = call("dev:ana", "/users").await;
        call("dev:bia", "/users").await;
        let hosted = call("dev:bia", "/users/me/link-sessions").await;
        let (belvo, _) =
            hosted["widget"]["hosted_url"].as_str().expect("a URL").split_once("/widget/").expect("it");
        let plant = |external_id: Option<&str>| {
            let external_id = external_id.map(str::to_owned);
            world.belvo.plant(NewLink { external_id, ..NewLink::default() }).id
        };
        let (anas, nobodys) = (plant(ana["external_id"].as_str()), plant(None));
        world.pass(jiff::SignedDuration::from_mins(30));
        world.sweep().await.expect("a sweep");
        Stage { belvo: belvo.to_owned(), folder, world, anas, nobodys }
    }

    impl Stage {
        async fn told(&self, link: &str, user: &str, environment: &str) -> Result<Value, Failure> {
            let asked = Claim {
                link: link.to_owned(),
                user: user.to_owned(),
                json: true,
                belvo_url: Some(self.belvo.clone()),
                consent: Consent { yes: true, environment: Some(environment.to_owned()) },
                place: Place { data: self.folder.path().to_owned(), dynamodb_url: None },
            };
            let mut out = Vec::new();
            run(&asked, &Environment::made_of([]), &mut out).await?;
            Ok(serde_json::from_slice(&out).expect("one JSON object"))
        }
    }

    #[tokio::test]
    async fn what_is_not_to_be_given_is_told_and_stays_where_it_is() {
        let stage = stage().await;
        let (anas, nobodys) = (stage.anas.as_str(), stage.nobodys.as_str());
        let elsewhere = stage.told(nobodys, "ana", "production").await;
        assert!(matches!(elsewhere, Err(Failure::Unconfirmed { .. })), "{elsewhere:?}");
        assert!(matches!(stage.told(nobodys, "nobody", "local").await, Err(Failure::NoUser)));
        assert!(matches!(stage.told("no-link", "ana", "local").await, Err(Failure::Value(_))));
        assert!(matches!(stage.told(anas, "bia", "local").await, Err(Failure::NotToBeHad)));
        for link in [anas, nobodys] {
            let link = LinkId::parse(link).expect("an id");
            let markers = stage.world.stack.store.markers(&[link]).await.expect("an answer");
            assert!(matches!(markers.get(&link), Some(Marker::Quarantined(_))));
        }
    }

    #[tokio::test]
    async fn a_link_is_given_once_and_told_of_each_time() {
        let stage = stage().await;
        for link in [&stage.anas, &stage.nobodys] {
            let given = stage.told(link, "ana", "local").await.expect("given");
            assert_eq!(
                (given["link_id"].as_str(), given["state"].as_str()),
                (Some(link.as_str()), Some("active"))
            );
            assert_eq!(stage.told(link, "ana", "local").await.expect("known"), given);
            assert!(matches!(stage.told(link, "bia", "local").await, Err(Failure::NotToBeHad)));
        }
    }

    #[tokio::test]
    async fn the_operator_is_shown_what_a_link_can_be_told_by() {
        let stage = stage().await;
        for (link, names) in [(&stage.anas, "names lk_"), (&stage.nobodys, "names nobody")] {
            let link = LinkId::parse(link).expect("an id");
            let shown = described(&stage.world.stack.store, link).await.expect("an answer");
            assert!(shown.contains("erebor_mx_retail, valid, made 20") && shown.contains(names), "{shown}");
        }
    }
}
