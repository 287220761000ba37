//! The end: everything is in its place, and another sweep finds nothing to do.

use super::{
    stored::PEOPLE,
    story::{Story, actions},
    words::either,
};
use crate::failure::Failure;

/// The fixpoint, and where every link ended up.
pub(super) async fn nothing_left_to_do(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "One more sweep changes nothing",
        "Every link at Belvo is now bound to its owner, parked as a duplicate, or in quarantine. None is \
         lost. However often the schedule runs from here, it finds nothing to do.",
    );
    story.pass(25);
    let before = story.everything().await?;
    let report = story.sweep().await?;
    story.check("the sweep", "nothing", actions(&report))?;
    story.check("changes that it held back", 0, report.withheld)?;
    let after = story.everything().await?;
    story.check("what is stored", "unchanged", either(before == after, "unchanged", "changed"))?;
    let at_belvo = story.world.belvo.links().len();
    story.check("links at Belvo with a place here", at_belvo, after.markers.len())?;
    story.end_with_links(&PEOPLE).await
}
