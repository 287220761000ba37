//! Orphans: links at Belvo that nobody here knows of, because the app was closed too early.

use serde_json::Value;

use super::{
    story::{Login, Story, actions},
    words::{either, links, list},
};
use crate::failure::Failure;

const BRUNO_AT_GRINGOTTS: Login = Login { institution: "gringotts_mx_retail", name: "bruno" };
const ANA_AT_GRINGOTTS: Login = Login { institution: "gringotts_mx_retail", name: "ana" };

/// The person comes back. Hands on the link's id.
pub(super) async fn found_at_the_next_session(story: &mut Story<'_>) -> Result<String, Failure> {
    story.begin(
        "An orphan, found when its owner comes back",
        "Bruno connects an account and closes the app a moment too early. Belvo has the link, but the \
         callback never arrives. Such a link is an orphan: nobody here knows it.",
    );
    let opened = story.session("bruno", Value::Null).await?;
    let link = story.connect_and_leave(&opened, BRUNO_AT_GRINGOTTS)?;
    let both = story.both_sides("bruno").await?;
    story.check("Bruno's links before he comes back", "1 at Belvo, 0 here", both)?;
    story.look(&["bruno"]).await?;

    story.explain(
        "Bruno opens the app again. Before a new session is issued, Belvo is asked for all links that carry \
         his external_id, and one of them is unknown here. It was made while his earlier session was open, \
         and that session made no other link. So it is his, and his app can tell him that it worked.",
    );
    let next = story.session("bruno", Value::Null).await?;
    let told = |field| links(list(&next.answer.json, field));
    story.check("recovered at the session start", format!("{link} active"), told("recovered"))?;
    story.check("connected at the session start", format!("{link} active"), told("connected"))?;
    let both = story.both_sides("bruno").await?;
    story.check("Bruno's links now", "1 at Belvo, 1 here", both)?;
    story.end_with_links(&["bruno"]).await?;
    Ok(link)
}

/// The person stays away. Hands on the link's id.
pub(super) async fn found_by_the_schedule(story: &mut Story<'_>) -> Result<String, Failure> {
    story.begin(
        "An orphan, found by the schedule",
        "The same happens to Ana at her second bank, and she does not come back. Now the schedule helps: a \
         sweep compares all links at Belvo with all records here. It leaves a young link alone, because its \
         callback may still be on the way.",
    );
    let opened = story.session("ana", Value::Null).await?;
    let link = story.connect_and_leave(&opened, ANA_AT_GRINGOTTS)?;
    let early = story.sweep().await?;
    story.check("the sweep right after", "nothing", actions(&early))?;
    let both = story.both_sides("ana").await?;
    story.check("Ana's links then", "2 at Belvo, 1 here", both)?;

    story.explain(
        "After twenty minutes the callback is no longer waited for. The next sweep binds the orphan.",
    );
    story.pass(25);
    let report = story.sweep().await?;
    story.check("the sweep later", "bind 1", actions(&report))?;
    let accounts = story.accounts("ana").await?;
    let shown = accounts.contains(&format!("{link} active"));
    story.check("the link in Ana's accounts", "active", either(shown, "active", "missing"))?;
    let both = story.both_sides("ana").await?;
    story.check("Ana's links now", "2 at Belvo, 2 here", both)?;
    story.end_with_links(&["ana"]).await?;
    Ok(link)
}
