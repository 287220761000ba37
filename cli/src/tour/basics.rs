//! How it goes when nothing goes wrong: registering, connecting, and the same message twice.

use axum::http::Method;
use serde_json::Value;

use super::{
    stored::PEOPLE,
    story::{Login, Story, outcome},
    words::{either, text},
};
use crate::failure::Failure;

/// Ana's account at her first bank.
pub(super) const ANA_AT_EREBOR: Login = Login { institution: "erebor_mx_retail", name: "ana" };

/// Users exist before any link does.
pub(super) async fn two_people_register(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "Two people register",
        "A person is registered before any link exists, so that every link has somebody to belong to. The \
         answer is an external_id, the name that Belvo will know the person by: random-looking letters, \
         because Belvo silently drops ids that look personal. Registering again gives the same answer.",
    );
    for user in PEOPLE {
        let id = story.world.external_id(user)?;
        let first = story.call(user, Method::POST, "/users", Value::Null).await?;
        let answered = format!("{} {}", first.status, text(&first.json, "external_id"));
        story.check(format!("{user} registers"), format!("201 {}", id.as_str()), answered)?;
        let again = story.call(user, Method::POST, "/users", Value::Null).await?;
        let answered = format!("{} {}", again.status, text(&again.json, "external_id"));
        story.check(format!("{user} registers again"), format!("200 {}", id.as_str()), answered)?;
    }
    let users = story.everything().await?.users();
    story.check("users stored", PEOPLE.len(), users.len())?;
    story.end(users)
}

/// The basic flow. Hands on the link's id.
pub(super) async fn ana_connects(story: &mut Story<'_>) -> Result<String, Failure> {
    story.begin(
        "Ana connects an account",
        "The app opens a link session for Ana and starts the widget with the session's token. Ana logs in \
         at her bank. The widget tells the app of the new link, and the app passes that on as a callback. A \
         callback is only a hint: the link is read back from Belvo, and bound to Ana because it was made \
         while this session of hers was open.",
    );
    let opened = story.session("ana", Value::Null).await?;
    let said = story.connect(&opened, ANA_AT_EREBOR)?;
    let link = text(&said, "link").to_owned();
    let bound = story.callback(&opened, &said).await?;
    story.check("the callback", "201 active", outcome(&bound))?;
    let accounts = story.accounts("ana").await?;
    story.check("Ana's accounts", format!("{link} active"), accounts)?;

    story.explain("Networks deliver twice. The second delivery is answered, and changes nothing.");
    let before = story.everything().await?;
    let again = story.callback(&opened, &said).await?;
    story.check("the callback, delivered again", "200 active", outcome(&again))?;
    let unchanged = before == story.everything().await?;
    story.check("what is stored", "unchanged", either(unchanged, "unchanged", "changed"))?;
    story.end_with_links(&["ana"]).await?;
    Ok(link)
}
