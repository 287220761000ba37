//! Update Mode: a link that stopped working works again under the same id.

use axum::http::Method;
use belvo_simulator::Status;
use serde_json::{Value, json};

use super::{
    story::{Story, actions, outcome},
    words::{either, links, list, text},
};
use crate::failure::Failure;

/// Bruno's bank asks for a new password.
pub(super) async fn stopped_working(story: &mut Story<'_>, link: &str) -> Result<(), Failure> {
    story.begin(
        "A link that stopped working",
        "Bruno changes his password at the bank, and his link turns invalid at Belvo. The next sweep \
         notices. His next session start tells the app the way out: Update Mode.",
    );
    let changed = story.world.belvo.set_status(link, Status::Invalid);
    story.unseen(format!("link {link} turns invalid"));
    story.demand("the link at Belvo", "invalid", either(changed, "invalid", "not there"))?;
    let report = story.sweep().await?;
    story.check("the sweep", "refresh 1", actions(&report))?;
    let accounts = story.accounts("bruno").await?;
    story.check("Bruno's accounts", format!("{link} needs_update"), accounts)?;
    let opened = story.session("bruno", Value::Null).await?;
    let attention = links(list(&opened.answer.json, "needs_attention"));
    story.check("needs_attention", format!("{link} update_mode"), attention)?;

    story.explain(
        "The app opens a session for this very link, and Bruno logs in again in the widget. No new link is \
         made: the old one works again, under its own id.",
    );
    let update = story.session("bruno", json!({"link_id": link})).await?;
    let said = story.log_in_again(&update)?;
    story.check("the link that the widget names", link, text(&said, "link"))?;
    let answer = story.callback(&update, &said).await?;
    story.check("the callback", "200 active", outcome(&answer))?;
    let stands = format!("{} {}", text(&answer.json, "link_id"), text(&answer.json, "status"));
    story.check("its link and status", format!("{link} valid"), stands)?;
    let accounts = story.accounts("bruno").await?;
    story.check("Bruno's accounts then", format!("{link} active"), accounts)?;

    story.explain(
        "Asked for once more, Update Mode is refused: Belvo says that the link works, so there is nothing to \
         update.",
    );
    let body = json!({"link_id": link});
    let refused = story.call("bruno", Method::POST, "/users/me/link-sessions", body).await?;
    story.check("Update Mode of a link that works", "409 link_valid", outcome(&refused))?;
    story.end_with_links(&["bruno"]).await
}
