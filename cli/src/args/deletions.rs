//! The command line of deletions at Belvo and of erasures.

use clap::{Args, Subcommand};

use super::Place;
use crate::confirm::Consent;

/// Show deletions at Belvo that are under way; stop them, let them go on, take one back.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper deletions                what is marked, asked for, or waits to be confirmed
  linkkeeper deletions stop           nothing is deleted at Belvo any more, from the next call on
  linkkeeper deletions go-on
  linkkeeper deletions cancel LINK    takes one back that Belvo was not asked for yet

Nothing is ever deleted at Belvo unless the function delete-links runs with PROVIDER_DELETION=on (locally:
`linkkeeper local --provider-deletion`).")]
pub struct Deletions {
    /// What to do; without it deletions are shown
    #[command(subcommand)]
    pub turn: Option<Turn>,
    /// For a machine: one JSON object per deletion
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// What can be done about deletions.
#[derive(Debug, Subcommand)]
pub enum Turn {
    /// Stop all deletions at Belvo, from the next call on
    Stop,
    /// Let deletions go on
    GoOn(Consent),
    /// Take the deletion of a link back, while Belvo was not asked for it
    Cancel {
        /// The link
        #[arg(value_name = "LINK")]
        link: String,
    },
}

/// List the certificates of erasures, the latest first.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper erasures
  linkkeeper erasures --most 1000 --json

`DELETE /users/{user}` asks for an erasure and answers its name. A certificate says what was done and when, and nothing
of whom. An erasure without one is still under way: see `linkkeeper deletions`.")]
pub struct Erasures {
    /// How many at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// For a machine: one JSON object per certificate
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
