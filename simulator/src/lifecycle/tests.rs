//! Time passes and nobody does anything.

use serde_json::json;

use crate::events::Event;
use crate::link::{NewLink, Status};
use crate::switches::{LinkAfterConsent, Switches};
use crate::testing::World;

const DAY: i64 = 24 * 60 * 60;

fn with(change: impl FnOnce(&mut Switches)) -> World {
    let mut switches = Switches { rate_limit: None, ..Switches::default() };
    change(&mut switches);
    World::with(switches)
}

fn told(world: &World) -> Vec<Event> {
    world.belvo.lock().events.take().into_iter().map(|(_, event)| event).collect()
}

fn unfinished() -> NewLink {
    NewLink { status: Some(Status::Unconfirmed), ..NewLink::default() }
}

#[tokio::test]
async fn an_unfinished_link_stays_as_long_as_the_switch_says_and_a_finished_one_forever() {
    let world = with(|switches| switches.unconfirmed_kept_seconds = Some(60));
    let (_, kept) = (world.belvo.plant(unfinished()), world.belvo.plant(NewLink::default()));
    let finished = world.belvo.plant(unfinished());
    world.belvo.set_status(&finished.id, Status::Valid);
    world.hand.forward(59);
    assert_eq!(world.get("/api/links/").await.ids().len(), 3);
    world.hand.forward(1);
    let left = world.get("/api/links/").await.ids();
    assert!(left.len() == 2 && left.contains(&kept.id) && left.contains(&finished.id));
}

#[tokio::test]
async fn without_the_switch_an_unfinished_link_stays() {
    let world = World::new();
    world.belvo.plant(unfinished());
    world.hand.forward(400 * DAY);
    assert_eq!(world.get("/api/links/").await.ids().len(), 1);
}

#[tokio::test]
async fn the_first_of_the_month_wipes_everything_only_if_switched_on() {
    for (monthly_wipe, left) in [(false, 1), (true, 0)] {
        let world = with(|switches| switches.monthly_wipe = monthly_wipe);
        world.belvo.plant(NewLink::default());
        world.hand.forward(29 * DAY);
        assert_eq!(world.get("/api/links/").await.ids().len(), 1, "still March");
        world.hand.forward(DAY);
        assert_eq!(world.get("/api/links/").await.ids().len(), left);
    }
}

#[tokio::test]
async fn a_consent_is_announced_to_end_and_ends_and_the_link_follows_if_switched_so() {
    for (after, status) in
        [(LinkAfterConsent::Unchanged, Status::Valid), (LinkAfterConsent::Invalid, Status::Invalid)]
    {
        let world = with(|switches| switches.link_after_consent = after);
        let institution = Some("ofmockbank_br_retail".to_owned());
        world.belvo.plant(NewLink { institution, ..NewLink::default() });
        world.hand.forward(358 * DAY - 1);
        world.get("/api/links/").await;
        assert_eq!(told(&world), []);
        world.hand.forward(1);
        world.get("/api/links/").await;
        assert!(matches!(&told(&world)[..], [Event::ConsentExpiring { .. }]));
        world.hand.forward(7 * DAY);
        world.get("/api/links/").await;
        assert!(matches!(&told(&world)[..], [Event::ConsentExpired { .. }]));
        assert_eq!(world.belvo.links()[0].status, status);
    }
}

#[tokio::test]
async fn a_new_link_tells_of_each_resource_that_was_fetched() {
    let world = World::new();
    let body = json!({
        "institution": "erebor_mx_retail", "username": "bnk100", "password": "full",
        "fetch_resources": ["ACCOUNTS", "OWNERS"],
    });
    assert_eq!(world.call("POST", "/api/links/", &body).await.status, 201);
    let resources: Vec<String> =
        told(&world)
            .into_iter()
            .filter_map(|event| {
                if let Event::HistoricalUpdate { resource, .. } = event { Some(resource) } else { None }
            })
            .collect();
    assert_eq!(resources, ["ACCOUNTS", "OWNERS"]);
}
