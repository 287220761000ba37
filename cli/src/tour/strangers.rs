//! Strangers: somebody names a link that is not theirs.

use serde_json::{Value, json};

use super::{
    basics::ANA_AT_EREBOR,
    story::{Story, outcome},
    words::either,
};
use crate::{failure::Failure, world::Answer};

/// A well-formed id that no link has.
const NO_LINK: &str = "00000000-0000-4000-8000-000000000000";

/// Bruno claims Ana's link.
pub(super) async fn a_link_of_somebody_else(story: &mut Story<'_>, of_ana: &str) -> Result<(), Failure> {
    story.begin(
        "A link that belongs to somebody else",
        "Bruno has got hold of the id of Ana's link and sends it as a callback of a session of his own. At \
         Belvo the link carries Ana's external_id, so he is refused. For comparison he sends an id that no \
         link has. Both answers are the same, so he does not even learn that Ana's link exists.",
    );
    let opened = story.session("bruno", Value::Null).await?;
    let before = story.everything().await?;
    let claim = |link| json!({"type": "success", "link": link, "institution": ANA_AT_EREBOR.institution});
    let hers = story.callback(&opened, &claim(of_ana)).await?;
    story.check("Ana's link, sent by Bruno", "404 not_found", outcome(&hers))?;
    let nobodys = story.callback(&opened, &claim(NO_LINK)).await?;
    story.check("an id that no link has", "404 not_found", outcome(&nobodys))?;
    let same = without_request_id(&hers) == without_request_id(&nobodys);
    story.check("the two answers but for request_id", "the same", either(same, "the same", "different"))?;
    let unchanged = before == story.everything().await?;
    story.check("what is stored", "unchanged", either(unchanged, "unchanged", "changed"))?;
    story.end_with_links(&["ana", "bruno"]).await
}

/// Each request has an id of its own; nothing else may differ.
fn without_request_id(answer: &Answer) -> Value {
    let mut body = answer.json.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    body
}
