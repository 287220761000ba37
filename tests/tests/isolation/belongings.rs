//! What each of the users in the matrix has: a session of every purpose and a link in every state.

use belvo_simulator::{Mode, NewLink, Status};
use jiff::SignedDuration;
use tests::{Person, Story};

/// The states that a user's link can be in, with the word that the table has for it.
pub(crate) const STATES: [&str; 7] =
    ["active", "needs_update", "superseded", "gone", "pending", "no_session", "no_external_id"];

/// Everything that a user has. Links are in the order of [`STATES`].
pub(crate) struct Belongings {
    pub(crate) name: &'static str,
    pub(crate) external_id: String,
    pub(crate) sessions: Vec<String>,
    pub(crate) links: Vec<String>,
}

/// Gives each of them everything, and turns the clock until it is settled.
pub(crate) async fn furnished(story: &Story, names: [&'static str; 3]) -> Vec<Belongings> {
    story.switch(|switches| switches.rate_limit = None);
    let mut all = Vec::new();
    for name in names {
        all.push(settled(story, name).await);
    }
    for has in &all {
        story.world.belvo.remove(&has.links[3]);
    }
    for _ in 0..2 {
        story.minutes(30);
        story.sweep().await;
    }
    for has in &mut all {
        waiting(story, has).await;
    }
    assert_settled(story, &all).await;
    all
}

/// All that needs a sweep before it is what it shall be.
async fn settled(story: &Story, name: &'static str) -> Belongings {
    let person = story.registered(name).await;
    let login = |what: &str| format!("{name}-{what}");
    let superseded = person.has_connected(&login("twice")).await;
    let active = person.has_connected(&login("twice")).await;
    let needs_update = person.has_connected(&login("broken")).await;
    let gone = person.has_connected(&login("ghost")).await;
    let long_ago = story.now() - SignedDuration::from_hours(24);
    let planted = |external_id| NewLink { external_id, created_at: Some(long_ago), ..NewLink::default() };
    let unproven = story.plant(planted(Some(person.external_id.clone())));
    let nameless = nulled(story, &person).await;
    let pending = String::new();
    let links = vec![active, needs_update, superseded, gone, pending, unproven, nameless];
    let spent = person.opens().await;
    person.reports(&spent, &person.connects(&spent, &login("other"))).await;
    story.world.belvo.set_status(&links[1], Status::TokenRequired);
    let update = person.opens_update_mode(&links[1]).await;
    Belongings { name, external_id: person.external_id, sessions: vec![spent.id, update.id], links }
}

/// A link of this person's that Belvo keeps without its `external_id`.
async fn nulled(story: &Story, person: &Person<'_>) -> String {
    let mut session = person.opens().await;
    session.config["external_id"] = "ana@example.com".into();
    let link = person.connects(&session, "nulled");
    assert_eq!(person.reports(&session, &link).await.status, 202);
    assert!(story.at_belvo(&link).is_some_and(|link| link.external_id.is_none()));
    link
}

/// A link that waits for Belvo, and an open session.
async fn waiting(story: &Story, has: &mut Belongings) {
    let person = story.unregistered(has.name);
    let (session, open) = (person.opens().await, person.opens().await);
    has.links[4] = person.connects(&session, &format!("{}-waiting", has.name));
    story.switch(|switches| switches.mode = Mode::Down);
    assert_eq!(person.reports(&session, &has.links[4]).await.status, 202);
    story.switch(|switches| switches.mode = Mode::Up);
    has.sessions.extend([session.id, open.id]);
}

async fn assert_settled(story: &Story, all: &[Belongings]) {
    let table = story.table().await;
    for has in all {
        for (link, state) in has.links.iter().zip(STATES) {
            let record = table.link(&has.external_id, link);
            let is = record["state"].as_str().unwrap_or_else(|| table.quarantine(link));
            assert_eq!(is, state, "{}", has.name);
        }
    }
}
