//! Belvo gone for six hours, whatever the reason: everybody gets a clear answer meanwhile, nothing is lost,
//! and everything is bound once it is back.

use adapters::belvo::{BaseUrl, Settings};
use belvo_simulator::Mode;
use cli::{stack::Stack, world::metered};
use domain::sweep::Order;
use serde_json::json;
use tests::{
    Story,
    person::{Session, is},
};

/// People who had the widget open when it began: each one's session and the link that was made in it.
const PEOPLE: [&str; 6] = ["ana", "bia", "caio", "davi", "eva", "fabio"];

/// Why Belvo cannot be asked.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Belvo fails.
    Down,
    /// Our address is blocked.
    Blocked,
    /// Our keys were replaced, and nobody told us.
    WrongKeys,
    /// The address of another environment, which has keys of its own.
    WrongEnvironment,
}

/// The story in trouble, and the stack that ends it.
async fn strike(story: Story, trouble: Trouble) -> (Story, Stack<cli::clock::HandClock>) {
    let good = story.world.stack.clone();
    let story = match trouble {
        Trouble::Down => {
            story.switch(|switches| switches.mode = Mode::Down);
            story
        }
        Trouble::Blocked => {
            story.switch(|switches| switches.mode = Mode::Throttled);
            story
        }
        Trouble::WrongKeys => {
            let address = story.belvo_address().await;
            asking(story, &address, "replaced-id")
        }
        Trouble::WrongEnvironment => {
            let other = Story::begin().await;
            let address = other.belvo_address().await;
            asking(story, &address, "keys-of-this-environment")
        }
    };
    (story, good)
}

/// The same story, but Belvo is asked there and with these keys.
fn asking(story: Story, address: &str, id: &str) -> Story {
    let base_url = BaseUrl::parse(address).expect("loopback");
    let settings = Settings::new(base_url, id.into(), "a-password".into());
    let good = &story.world.stack;
    let provider = metered(&good.store, &good.ambient, settings).expect("a client");
    let stack = Stack { provider, ..story.world.stack.clone() };
    story.over(stack)
}

/// Everybody connects an account. No callback has arrived yet, and every second one never will.
async fn everybody_connects(story: &Story) -> Vec<(Session, String)> {
    let mut connected = Vec::new();
    for name in PEOPLE {
        let person = story.registered(name).await;
        let session = person.opens().await;
        let link = person.connects(&session, name);
        connected.push((session, link));
    }
    connected
}

/// A quarter of an hour of it, as an app and the schedule see it.
async fn a_quarter(story: &Story, connected: &[(Session, String)], quarter: usize) {
    for (number, (name, (session, link))) in PEOPLE.iter().zip(connected).enumerate() {
        let person = story.unregistered(name);
        if number % 2 == 0 && quarter.is_multiple_of(5) {
            let reply = person.reports(session, link).await;
            assert_eq!((reply.status, reply.state()), (202, "pending"), "{}", reply.text);
        }
        assert_eq!(person.asks_for_links().await.status, 200, "what we hold is shown");
    }
    let late = story.unregistered(PEOPLE[quarter % PEOPLE.len()]);
    let reply = late.asks_for_a_session(&json!({})).await;
    assert_eq!(reply.refusal(), (503, "belvo_unavailable"));
    let seconds: u32 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=120).contains(&seconds), "{seconds}");
    let swept = story.world.tick(&Order::default()).await;
    assert!(swept.is_err(), "a sweep that saw nothing concludes nothing");
}

#[tokio::test]
async fn six_hours_without_belvo_lose_nothing_and_end_with_everything_bound() {
    for trouble in [Trouble::Down, Trouble::Blocked, Trouble::WrongKeys, Trouble::WrongEnvironment] {
        let story = Story::begin().await;
        let connected = everybody_connects(&story).await;
        let (story, good) = strike(story, trouble).await;

        for quarter in 0..6 * 4 {
            a_quarter(&story, &connected, quarter).await;
            story.minutes(15);
        }
        for (name, (_, link)) in PEOPLE.iter().zip(&connected) {
            let links = story.unregistered(name).links().await;
            assert!(links.is_empty() || links == [is(link, "pending")], "{trouble:?}: {links:?}");
        }

        story.switch(|switches| switches.mode = Mode::Up);
        let story = story.over(good);
        story.sweep().await;
        for (name, (_, link)) in PEOPLE.iter().zip(&connected) {
            assert_eq!(story.unregistered(name).links().await, [is(link, "active")], "{trouble:?}: {name}");
        }
        story.assert_every_owner_is_proven().await;
        story.assert_nothing_is_lost().await;
        let settled = story.sweep().await;
        assert!(settled.counts.actions.is_empty(), "{trouble:?}: a second sweep finds nothing left to do");
    }
}

/// An account that takes our keys and holds other links: a link of ours is not there, which says nothing.
#[tokio::test]
async fn six_hours_at_an_empty_account_take_nothing_away() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let bound = ana.has_connected("ana").await;
    let session = ana.opens().await;
    let fresh = ana.connects(&session, "another login");
    drop(ana);
    let good = story.world.stack.clone();
    let empty = Story::begin().await;
    let story = story.over(Stack { provider: empty.world.stack.provider.clone(), ..good.clone() });

    for _ in 0..6 * 4 {
        let ana = story.unregistered("ana");
        let reply = ana.reports(&session, &fresh).await;
        assert_eq!(reply.refusal(), (404, "not_found"), "not visible there");
        let report = story.sweep().await;
        assert!(
            report.counts.actions.is_empty(),
            "an empty listing proves nothing: {:?}",
            report.counts.actions
        );
        story.minutes(15);
    }
    assert_eq!(story.unregistered("ana").links().await, [is(&bound, "active")]);

    let story = story.over(good);
    story.sweep().await;
    let mut links = story.unregistered("ana").links().await;
    links.sort();
    let mut expected = [is(&bound, "active"), is(&fresh, "active")];
    expected.sort();
    assert_eq!(links, expected);
}
