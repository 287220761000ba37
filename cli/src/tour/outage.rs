//! Belvo is down just when a callback arrives.

use belvo_simulator::{Mode, Switches};
use serde_json::Value;

use super::{
    story::{Login, Story, actions, outcome},
    words::text,
};
use crate::failure::Failure;

const BRUNO_AT_EREBOR: Login = Login { institution: "erebor_mx_retail", name: "bruno" };

/// The callback is kept, and the link is bound when Belvo is back.
pub(super) async fn belvo_is_down(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "Belvo is down when a callback arrives",
        "Bruno connects another account. Just then Belvo goes down, so the link cannot be read back. The \
         callback is neither believed nor lost: the link is stored as pending, and bound to nobody yet.",
    );
    let opened = story.session("bruno", Value::Null).await?;
    let said = story.connect(&opened, BRUNO_AT_EREBOR)?;
    let link = text(&said, "link").to_owned();
    switch(story, Mode::Down, "stops answering");
    let kept = story.callback(&opened, &said).await?;
    story.check("the callback", "202 pending", outcome(&kept))?;
    let told = format!("told in session {}", opened.session);
    let stored = story.record(&link).await?;
    story.check("the link as stored", format!("pending, {told}"), stored)?;
    story.look(&["bruno"]).await?;

    story.explain("Belvo is back. The next sweep asks for the link again and binds it.");
    switch(story, Mode::Up, "answers again");
    let report = story.sweep().await?;
    story.check("the sweep", "bind 1", actions(&report))?;
    let stored = story.record(&link).await?;
    let from = format!("from session {}", opened.session);
    story.check("the link as stored then", format!("active, {from}"), stored)?;
    story.end_with_links(&["bruno"]).await
}

fn switch(story: &mut Story<'_>, mode: Mode, what: &str) {
    let belvo = &story.world.belvo;
    belvo.set_switches(Switches { mode, ..belvo.switches() });
    story.unseen(what.to_owned());
}
