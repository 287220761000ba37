//! Parting: Ana disconnects an account, and Bruno asks for erasure.

use axum::http::Method;
use domain::ports::{Erasures, Ledgers};
use serde_json::Value;

use super::{
    stored::PEOPLE,
    story::{Story, outcome},
    words::either,
};
use crate::failure::Failure;

/// Ana disconnects the account that she connected twice.
pub(super) async fn disconnected(story: &mut Story<'_>, survivor: &str, other: &str) -> Result<(), Failure> {
    story.begin(
        "Ana disconnects an account",
        "It is parked at once, together with the older link to the same account, which would otherwise come back. \
         Belvo is not asked while Ana waits: one function of its own does that, where an operator has switched it on.",
    );
    let path = format!("/users/me/links/{survivor}");
    let answer = story.call("ana", Method::DELETE, &path, Value::Null).await?;
    story.check("the answer", "202 deleting", outcome(&answer))?;
    let accounts = story.accounts("ana").await?;
    story.check("Ana still sees it", "no", either(accounts.contains(survivor), "yes", "no"))?;
    let there = [survivor, other].iter().filter(|id| story.at_belvo(id)).count();
    story.check("its links at Belvo", 2, there)?;

    story.delete(3).await?;
    let there = [survivor, other].iter().filter(|id| story.at_belvo(id)).count();
    story.check("its links at Belvo, three minutes later", 0, there)?;
    let gone = story.record(survivor).await?.starts_with("gone,");
    story.check("the link as stored", "gone", either(gone, "gone", "not gone"))?;
    let again = story.call("ana", Method::DELETE, &path, Value::Null).await?;
    story.check("disconnected once more", "404 not_found", outcome(&again))?;
    story.end_with_links(&["ana"]).await
}

/// Bruno's data is to be deleted, and he comes back as somebody new.
pub(super) async fn erased(story: &mut Story<'_>) -> Result<(), Failure> {
    story.begin(
        "Bruno asks for erasure",
        "From this moment on nobody reads or changes anything of him. His links are deleted at Belvo. When none is \
         left and no token from before can make one any more, everything here is removed, and a certificate says \
         what was done and when, and nothing of whom.",
    );
    let before = story.world.external_id("bruno")?;
    let answer = story.call("bruno", Method::DELETE, "/users/me", Value::Null).await?;
    story.check("the answer", "202", outcome(&answer))?;
    let links = story.call("bruno", Method::GET, "/users/me/links", Value::Null).await?;
    story.check("his accounts, at once", "404 not_found", outcome(&links))?;
    story.delete(40).await?;
    let named = story
        .world
        .belvo
        .links()
        .iter()
        .filter(|l| l.external_id.as_deref() == Some(before.as_str()))
        .count();
    story.check("links at Belvo that name him", 0, named)?;
    let remains = story.world.stack.store.remains(&before).await?;
    story.check("his links here", 0, remains.links.len())?;
    let certificates = story.world.stack.store.certificates(1).await?;
    story.check("certificates", 1, certificates.len())?;

    story.explain("He may come back. The same reference of the app's then leads to somebody new.");
    let registered = story.call("bruno", Method::POST, "/users", Value::Null).await?;
    story.check("he registers again", "201", outcome(&registered))?;
    let now = story.world.stack.store.ledger(&before).await?.map(|ledger| ledger.user.external_id);
    story.check(
        "as",
        "somebody new",
        either(now.is_some_and(|id| id != before), "somebody new", "himself"),
    )?;
    story.end_with_links(&PEOPLE).await
}
