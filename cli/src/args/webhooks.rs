//! The command line of webhooks and of sessions.

use clap::{Args, Subcommand};

use super::Place;
use crate::confirm::Consent;

/// List and count the webhooks that Belvo sent, or have some worked again.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  linkkeeper webhooks                        those that wait and those that died, and how many there are
  linkkeeper webhooks --day 2026-03-02       all that came on this day (UTC)
  linkkeeper webhooks --user ana --json      all about the links of one user, for a machine
  linkkeeper webhooks replay --id wh_a...    have one worked again

Webhooks are kept for 30 days. Of what Belvo wrote only type, code and ids are kept once a webhook is read."
)]
pub struct Webhooks {
    /// What to do with them; they are listed when nothing is said
    #[command(subcommand)]
    pub what: Option<Doing>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub which: Which,
    /// How many at most, of each state
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// For a machine: one JSON object per webhook
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub enum Doing {
    /// Have webhooks worked again, by the next follow-up
    Replay(Replay),
}

/// Which webhooks.
#[derive(Args, Clone, Debug, Default)]
pub struct Which {
    /// Only those that came on this day, such as 2026-03-02 (UTC)
    #[arg(long, value_name = "DATE", conflicts_with_all = ["user", "link"])]
    pub day: Option<String>,
    /// Only those about links of this user: the app's own key, or an `external_id`
    #[arg(long, conflicts_with = "link")]
    pub user: Option<String>,
    /// Only those about this link
    #[arg(long)]
    pub link: Option<String>,
}

/// Have webhooks worked again.
///
/// What a webhook asks for is done as if it had just come: it is a hint, and everything is read back from Belvo. Those
/// that could not be read have nothing left to work with.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper webhooks replay --id wh_a...              one that waits or died; asks before it changes anything
  linkkeeper webhooks replay --day 2026-03-02          all of one day
  linkkeeper webhooks replay --user ana --yes --environment local     does not ask
  linkkeeper webhooks replay --link 0b6a1f3e-... --id wh_a...         one that was worked

The local stack works them off at its next tick, the cloud within a minute.")]
pub struct Replay {
    /// Only this one. Without a day, user or link it is looked for among those that wait or died
    #[arg(long, value_name = "WEBHOOK", required_unless_present_any = ["day", "user", "link"])]
    pub id: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub which: Which,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub consent: Consent,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// List the link sessions of one user, the latest first.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper sessions ana          by the app's own key for the user
  linkkeeper sessions lk_a... --json

A session that ended without a callback is looked up at Belvo once, some minutes after its token is over. Sessions are
kept for 90 days.")]
pub struct Sessions {
    /// The user: the app's own key, or an `external_id`
    pub user: String,
    /// For a machine: one JSON object per session
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
