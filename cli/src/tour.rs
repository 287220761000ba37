//! The tour: the whole story of links, told step by step in one world.
//!
//! Everything goes the way it goes in earnest: the app's calls through the HTTP routers, connections
//! through the simulated widget, repairs through the scheduled handler. Each step says what it expects and
//! compares that with what it sees; the first one that is wrong stops the tour.

mod around;
mod basics;
mod closing;
mod duplicates;
mod follow_ups;
mod ghosts;
mod narrator;
mod orphans;
mod outage;
mod parting;
mod quarantine;
mod step;
mod stored;
mod story;
mod strangers;
#[cfg(test)]
mod tests;
mod told;
mod updates;
mod words;

use std::io::Write;

use domain::policy::Policy;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::{engine::Engine, failure::Failure, world::World};
use narrator::Narrator;
use story::Story;

/// Plays the story; `json`: one JSON object per step on `out`, else the narrative. Fails with
/// [`Failure::Tour`] on the first step that is wrong.
pub async fn play(json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    play_on(Engine::in_memory()?, json, out).await
}

/// The same on this engine, which holds the story afterwards.
pub async fn play_on(engine: Engine, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    // What the functions log would stand in the middle of the story; a step that fails says why.
    let silence = NoSubscriber::default();
    tell_all(engine, json, out).with_subscriber(silence).await
}

async fn tell_all(engine: Engine, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let narrator = if json { Narrator::json(out) } else { Narrator::text(out) };
    play_in(World::on(engine, rules()).await?, narrator).await
}

/// The rules of the story: the default ones, where an operator has switched deletion on.
fn rules() -> Policy {
    Policy { provider_deletion: true, ..Policy::default() }
}

/// Plays it in this world. One with other rules comes out wrong at the step that shows the rule.
async fn play_in(world: World, narrator: Narrator<'_>) -> Result<(), Failure> {
    let mut story = Story::new(world, narrator);
    story.open()?;
    match tell(&mut story).await {
        Ok(()) => story.close(),
        Err(failure) => Err(story.abandon(failure)),
    }
}

/// The steps in their order. What one leaves behind, a later one takes up.
async fn tell(story: &mut Story<'_>) -> Result<(), Failure> {
    basics::two_people_register(story).await?;
    let erebor = basics::ana_connects(story).await?;
    let of_bruno = orphans::found_at_the_next_session(story).await?;
    let gringotts = orphans::found_by_the_schedule(story).await?;
    let survivor = duplicates::connected_twice(story, &erebor).await?;
    ghosts::deleted_behind_our_back(story, &gringotts).await?;
    strangers::a_link_of_somebody_else(story, &survivor).await?;
    quarantine::planted(story).await?;
    quarantine::claimed(story).await?;
    updates::stopped_working(story, &of_bruno).await?;
    follow_ups::told_by_a_webhook(story, &of_bruno).await?;
    follow_ups::looked_up_when_its_token_was_over(story).await?;
    duplicates::prevented(story, &survivor).await?;
    outage::belvo_is_down(story).await?;
    parting::disconnected(story, &survivor, &erebor).await?;
    parting::erased(story).await?;
    closing::nothing_left_to_do(story).await
}
