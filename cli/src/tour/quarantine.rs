//! Quarantine: links that name a user and are proved by nothing.

use axum::http::Method;
use belvo_simulator::NewLink;
use serde_json::Value;

use super::{
    story::{Story, actions, outcome},
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

/// Ana has made a link that no session explains, and says so.
pub(super) async fn claimed(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "A link that Ana made without a session",
        "An older version of the app opens the widget with tokens of its own. Ana connects an account there, and \
         no session explains the link, so it goes where the planted one went. This one Ana recognises, and claims. \
         Bruno tries before her: the link does not name him, so for him it is not there.",
    );
    story.pass(60); // her last session is over
    let of_ana = story.world.external_id("ana")?;
    let made = story.world.belvo.plant(NewLink {
        external_id: Some(of_ana.as_str().to_owned()),
        institution: Some("ironbank_br_retail".to_owned()),
        username: Some("ana-at-ironbank".to_owned()),
        ..NewLink::default()
    });
    story.unseen(format!("Ana connects link {} without a session", made.id));
    story.pass(25);
    let report = story.sweep().await?;
    story.check("the sweep", "quarantine 1", actions(&report))?;
    let opened = story.session("ana", Value::Null).await?;
    let told = links(list(&opened.answer.json, "needs_attention"));
    let way_out = told.contains(&format!("{} claim", made.id));
    story.check("its way out", "claim", either(way_out, "claim", "none"))?;

    let path = format!("/users/me/links/{}/claim", made.id);
    for (what, user, expected) in [
        ("Bruno claims it", "bruno", "404 not_found"),
        ("Ana claims it", "ana", "201 active"),
        ("Ana claims it again", "ana", "200 active"),
    ] {
        let answer = story.call(user, Method::POST, &path, Value::Null).await?;
        story.check(what, expected, outcome(&answer))?;
    }
    story.check("the link as stored", "active, without a session", story.record(&made.id).await?)?;
    story.end_with_links(&["ana"]).await
}
