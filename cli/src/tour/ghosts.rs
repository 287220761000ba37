//! Ghosts: links that we have and Belvo no longer does.

use super::{
    story::{Story, actions, canary},
    words::{either, time},
};
use crate::failure::Failure;

/// A link is deleted at Belvo by somebody who tells nobody.
pub(super) async fn deleted_behind_our_back(story: &mut Story<'_>, link: &str) -> Result<(), Failure> {
    story.begin(
        "A ghost: a link deleted behind our back",
        "Somebody deletes the link to Ana's second bank at Belvo and tells nobody. Our record is now a \
         ghost. That Belvo's list no longer has the link proves nothing, because lists have gaps. So the \
         sweep asks for this link by its id; and first, as a canary, for one link that must be there and one \
         that cannot be. If Belvo gets either of them wrong, no answer of Belvo's counts.",
    );
    let removed = story.world.belvo.remove(link);
    story.unseen(format!("link {link} is deleted"));
    story.demand("the link at Belvo", "deleted", either(removed, "deleted", "not there"))?;
    let first = story.sweep().await?;
    story.check("the first sweep", "note_missing 1", actions(&first))?;
    story.check("its canary", "passed", canary(&first))?;
    let accounts = story.accounts("ana").await?;
    let shown = accounts.contains(&format!("{link} active"));
    story.check("the link in Ana's accounts", "active", either(shown, "active", "missing"))?;
    let noted = format!("active, not found since {}", time(first.started_at));
    let stored = story.record(link).await?;
    story.check("the link as stored", noted, stored)?;
    story.look(&["ana"]).await?;
    confirmed(story, link).await
}

/// The second "not found" counts, when it comes late enough.
async fn confirmed(story: &mut Story<'_>, link: &str) -> Result<(), Failure> {
    story.explain(
        "The first \"not found\" is only noted: the account still shows as connected. It takes a second \
         one, at least twenty minutes later, to retire the record. It stays as a tombstone.",
    );
    story.pass(5);
    let early = story.sweep().await?;
    story.check("a sweep 5 minutes later", "nothing", actions(&early))?;
    story.pass(20);
    let second = story.sweep().await?;
    story.check("a sweep 25 minutes later", "retire 1", actions(&second))?;
    story.check("its canary then", "passed", canary(&second))?;
    let accounts = story.accounts("ana").await?;
    let shown = either(accounts.contains(link), "shown", "not shown");
    story.check("the link in Ana's accounts then", "not shown", shown)?;
    let stored = story.record(link).await?;
    story.check("the link as stored then", "gone", stored.split(',').next().unwrap_or_default())?;
    story.end_with_links(&["ana"]).await
}
