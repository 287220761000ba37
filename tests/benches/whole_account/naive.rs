//! The way that Belvo's article describes: one call for each user. Measured with some of them, and scaled up.

use adapters::{ambient::SystemAmbient, belvo::Belvo};
use cli::world::sandbox;
use domain::{
    external_id::ExternalId,
    ports::{Ambient, Ledgers, Provider},
};
use tests::WholeAccount;

use super::row::Row;

/// Users that are asked for.
const SAMPLE: u32 = 2_000;

pub(crate) async fn swept(account: &WholeAccount) -> Row {
    let users = account.users();
    let asked = SAMPLE.min(users);
    eprintln!("one call for each of {asked} users");
    let belvo = Belvo::new(sandbox(&account.belvo_url).expect("loopback")).expect("a client");
    account.engine.reset_meter();
    let began = SystemAmbient.now();
    for number in 0..asked {
        let user = ExternalId::parse(account.external_id(number)).expect("valid");
        belvo.links_of(&user).await.expect("listed");
        account.store.ledger(&user).await.expect("read");
    }
    let scale = f64::from(users) / f64::from(asked);
    let meter = account.engine.meter();
    Row {
        what: format!("naive: one call a user (scaled from {asked})"),
        links: 0.0,
        calls: f64::from(users),
        requests: f64::from(users),
        read_units: meter.units.read * scale,
        write_units: 0.0,
        seconds: SystemAmbient.now().duration_since(began).as_secs_f64() * scale,
        cost: None,
        wrong: None,
    }
}
