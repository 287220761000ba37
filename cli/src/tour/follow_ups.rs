//! What is followed up within minutes: a webhook of Belvo's, and a session whose callback never came.

use belvo_simulator::Status;
use serde_json::Value;

use super::{
    story::{Login, Story},
    words::either,
};
use crate::failure::Failure;

const ANA_AT_IRON_BANK: Login = Login { institution: "ironbank_br_retail", name: "ana" };

/// Belvo says that a link needs a new login, and then that it works again.
pub(super) async fn told_by_a_webhook(story: &mut Story<'_>, link: &str) -> Result<(), Failure> {
    story.begin(
        "Belvo tells of it by a webhook",
        "Sweeps come every few minutes; Belvo's webhooks come at once. One is kept as it comes, and within a \
         minute the follow-up reads back what it hints at. A webhook that nobody agreed on with Belvo is \
         refused, and costs nothing.",
    );
    story.follow_up().await?; // sessions of earlier steps, whose tokens are over
    let forged = story.webhook(false, "LINK", "invalid_credentials", link).await?;
    story.check("a forged webhook", 401, forged)?;
    for (status, kind, code, state) in [
        (Status::Invalid, "LINK", "invalid_credentials", "needs_update"),
        (Status::Valid, "ACCOUNTS", "historical_update", "active"),
    ] {
        let word = status.as_str();
        let changed = story.world.belvo.set_status(link, status);
        story.unseen(format!("link {link} turns {word}"));
        story.demand("the link at Belvo", word, either(changed, word, "not there"))?;
        let taken = story.webhook(true, kind, code, link).await?;
        story.check(format!("the webhook {code}"), 200, taken)?;
        let told = story.follow_up().await?;
        story.check(format!("links refreshed by {code}"), 1, told.webhooks.refreshed)?;
        let accounts = story.accounts("bruno").await?;
        let shown = accounts.contains(&format!("{link} {state}"));
        story.check(format!("Bruno's account after {code}"), state, either(shown, state, "otherwise"))?;
    }
    story.end_with_links(&["bruno"]).await
}

/// The person closes the app too early and never comes back.
pub(super) async fn looked_up_when_its_token_was_over(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "A session without a callback is looked up",
        "Once more Ana closes the app too early. Her session made a link, but nobody told. When the widget's \
         token is over, the session is due: Belvo is asked once what it may have made.",
    );
    let opened = story.session("ana", Value::Null).await?;
    let link = story.connect_and_leave(&opened, ANA_AT_IRON_BANK)?;
    let early = story.follow_up().await?;
    story.check("links found right after", 0, early.sessions.bound)?;
    story.pass(13);
    let told = story.follow_up().await?;
    story.check("links found when the token was over", 1, told.sessions.bound)?;
    let accounts = story.accounts("ana").await?;
    let shown = accounts.contains(&format!("{link} active"));
    story.check("the link in Ana's accounts", "active", either(shown, "active", "missing"))?;
    let again = story.follow_up().await?;
    story.check("sessions looked up again", 0, again.sessions.sessions)?;
    story.end_with_links(&["ana"]).await
}
