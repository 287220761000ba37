//! Duplicates: the same account connected twice.

use belvo_simulator::{DuplicatePrevention, Switches};
use serde_json::Value;

use super::{
    basics::ANA_AT_EREBOR,
    story::{Login, Opened, Story, outcome},
    words::{either, links, list, text},
};
use crate::failure::Failure;

/// Ana forgets that she has connected this account. Hands on the survivor's id.
pub(super) async fn connected_twice(story: &mut Story<'_>, older: &str) -> Result<String, Failure> {
    story.begin(
        "The same account, connected twice",
        "The start of a session shows what is connected already, so that nobody need connect it again: the \
         bank's own name, two letters of each account's name, and the last digits of its number. More of an \
         account is never kept. Ana connects her first bank again all the same, with the same login. Belvo \
         makes a second link to the same account: a duplicate. Both links carry the same institution_user_id, Belvo's mark for one login at \
         one bank. It is compared here and never shown.",
    );
    let opened = story.session("ana", Value::Null).await?;
    shown_before(story, &opened, older)?;
    let said = story.connect(&opened, ANA_AT_EREBOR)?;
    let newer = text(&said, "link").to_owned();
    story.check("Belvo's second link", "another id", either(newer == older, "the same id", "another id"))?;
    let bound = story.callback(&opened, &said).await?;
    story.check("the callback", "201 active", outcome(&bound))?;
    let told = bound.json.get("duplicate").cloned().unwrap_or_default();
    let told = format!("{} instead of {}", text(&told, "survivor"), texts(list(&told, "superseded")));
    story.check("what the app is told", format!("{newer} instead of {older}"), told)?;

    story.explain(
        "One link of the group survives: a working one before a broken one, then the newest. The other one \
         is superseded: parked and no longer shown, but not deleted. Should the survivor ever break, the \
         parked one takes its place again.",
    );
    let accounts = story.accounts("ana").await?;
    let shown = |link: &str| either(accounts.contains(link), "shown", "not shown");
    story.check("the newer link", "shown", shown(&newer))?;
    story.check("the older link", "not shown", shown(older))?;
    let stored = story.record(older).await?;
    story.check("the older link as stored", format!("superseded, replaced by {newer}"), stored)?;
    story.end_with_links(&["ana"]).await?;
    Ok(newer)
}

/// What Ana sees before she opens the widget.
fn shown_before(story: &mut Story<'_>, opened: &Opened, link: &str) -> Result<(), Failure> {
    let mut connected = list(&opened.answer.json, "connected").iter();
    let shown = connected.find(|shown| text(shown, "link_id") == link).cloned().unwrap_or_default();
    let accounts = list(&shown, "accounts");
    let masked =
        !accounts.is_empty() && accounts.iter().all(|account| text(account, "name").ends_with("•••"));
    let name = text(&shown, "institution_name");
    story.check("the bank that Ana is shown", "Erebor", name)?;
    story.check("her accounts there", "masked", either(masked, "masked", "not masked"))
}

/// Belvo prevents duplicates on request: then the widget refuses the second connection.
pub(super) async fn prevented(story: &mut Story<'_>, existing: &str) -> Result<(), Failure> {
    story.begin(
        "A duplicate that Belvo prevents",
        "On request Belvo prevents duplicates: the widget refuses a login that is connected already, and tells \
         the app of an error. The app passes that on like any callback, and is answered with the link that \
         stands in the way and what to do about it. Of other people's links nothing is told.",
    );
    prevent(story, DuplicatePrevention::PerExternalId);
    let opened = story.session("ana", Value::Null).await?;
    let said = story.connect_in_vain(&opened, ANA_AT_EREBOR)?;
    let answer = story.callback(&opened, &said).await?;
    story.check("the callback", 200, answer.status)?;
    let told = links(list(&answer.json, "existing"));
    story.check("the link that is there already", format!("{existing} use_it"), told)?;

    story
        .explain("Another login at the same bank is another account, and nobody is kept from connecting it.");
    let said = story.connect(&opened, Login { name: "ana-business", ..ANA_AT_EREBOR })?;
    let bound = story.callback(&opened, &said).await?;
    story.check("the callback of another login", "201 active", outcome(&bound))?;
    prevent(story, DuplicatePrevention::Off);
    story.end_with_links(&["ana"]).await
}

fn prevent(story: &mut Story<'_>, duplicate_prevention: DuplicatePrevention) {
    let switches = story.world.belvo.switches();
    story.world.belvo.set_switches(Switches { duplicate_prevention, ..switches });
}

fn texts(list: &[Value]) -> String {
    list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
