//! Duplicates: the same account connected twice.

use serde_json::Value;

use super::{
    basics::ANA_AT_EREBOR,
    story::{Story, outcome},
    words::{either, text},
};
use crate::failure::Failure;

/// Ana forgets that she has connected this account. Hands on the survivor's id.
pub(super) async fn connected_twice(story: &mut Story<'_>, older: &str) -> Result<String, Failure> {
    story.begin(
        "The same account, connected twice",
        "Ana connects her first bank again, with the same login. Belvo makes a second link to the same \
         account: a duplicate. Both links carry the same institution_user_id, Belvo's mark for one login at \
         one bank. It is compared here and never shown.",
    );
    let opened = story.session("ana", Value::Null).await?;
    let said = story.connect(&opened, ANA_AT_EREBOR)?;
    let newer = text(&said, "link").to_owned();
    story.check("Belvo's second link", "another id", either(newer == older, "the same id", "another id"))?;
    let bound = story.callback(&opened, &said).await?;
    story.check("the callback", "201 active", outcome(&bound))?;

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
