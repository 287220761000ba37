//! Quarantine: links that name a user and are proved by nothing.

use belvo_simulator::NewLink;
use serde_json::Value;

use super::{
    story::{Story, actions},
    words::{either, links, list},
};
use crate::failure::Failure;

/// Somebody makes a link under Ana's name.
pub(super) async fn planted(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "A link planted under Ana's name",
        "A link's external_id is set in the browser. So somebody who knows Ana's can connect an account of \
         their own under it, and an app that believed it would show Ana an account that is not hers. But no \
         session of Ana's was open when this link was made. The sweep puts it in quarantine: it is kept on \
         record, and it is nobody's.",
    );
    let of_ana = story.world.external_id("ana")?;
    let planted = story.world.belvo.plant(NewLink {
        external_id: Some(of_ana.as_str().to_owned()),
        institution: Some("ironbank_br_retail".to_owned()),
        username: Some("somebody-else".to_owned()),
        ..NewLink::default()
    });
    story.unseen(format!("somebody connects link {} under Ana's external_id", planted.id));
    story.pass(25);
    let report = story.sweep().await?;
    story.check("the sweep", "quarantine 1", actions(&report))?;
    let accounts = story.accounts("ana").await?;
    let shown = |list: &str| either(list.contains(&planted.id), "shown", "not shown");
    story.check("the link in Ana's accounts", "not shown", shown(&accounts))?;

    story.explain(
        "Ana's next session start mentions the link, with what she can tell it by: institution, status, when it was \
         made. It is not hers, so she does not claim it, and it stays where it is.",
    );
    let opened = story.session("ana", Value::Null).await?;
    let told = |field| links(list(&opened.answer.json, field));
    story.check("needs_attention", format!("{} claim", planted.id), told("needs_attention"))?;
    story.check("the link in connected", "not shown", shown(&told("connected")))?;
    let stored = story.record(&planted.id).await?;
    story.check("the link as stored", "quarantined, names ana, but no_session", stored)?;
    story.end_with_links(&["ana"]).await
}
