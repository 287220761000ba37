//! `linkkeeper restore`: a table that came out of a backup only adopts until everything was seen.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment};
use domain::{
    ports::{Deletions as _, Sweeps as _},
    sweep::restore::{begin, end},
};

use crate::{
    args::{Restore, Step},
    commands::say,
    data::existing_store,
    failure::Failure,
};

/// Shows the mode, or changes it.
pub(crate) async fn run(
    wanted: &Restore,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    match &wanted.step {
        None => say(
            out,
            match store.state().await?.adopting_since {
                Some(since) => format!("This table only adopts, since {since:.0}."),
                None => "This table is in ordinary use: sweeps adopt and take away.".to_owned(),
            },
        ),
        Some(Step::Begin) => {
            store.stop(true).await?; // first: what is to be deleted according to a backup may be anything
            let since = begin(&store, &SystemAmbient).await?;
            say(
                out,
                format_args!("Since {since:.0} this table only adopts, and nothing is deleted at Belvo."),
            );
            say(out, "Next: `linkkeeper reconcile`, then `linkkeeper plan` for what was withheld.");
        }
        Some(Step::End(consent)) => {
            consent.obtain(wanted.place.name(), "let sweeps take things away again")?;
            end(&store).await?;
            say(out, "Over: sweeps take away again what is to be taken away.");
            say(out, "Deletions at Belvo are still stopped: `linkkeeper deletions go-on`.");
        }
    }
    Ok(())
}
