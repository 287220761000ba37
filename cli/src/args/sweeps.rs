//! The command line of everything about sweeps: one now, what they came to, what they withheld, whom nobody owns.

use clap::Args;

use super::Place;
use crate::confirm::Consent;

/// Compare everything at Belvo with everything here, and repair what can be repaired safely.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper reconcile --dry-run          what would change, as a table; nothing is changed
  linkkeeper reconcile --dry-run --json   the same for a machine
  linkkeeper reconcile                    everything, from the first day on
  linkkeeper reconcile --recent           the last days, and links that need a new login
  linkkeeper reconcile --from 2026-03-01 --to 2026-03-02
  linkkeeper reconcile --user ana         the links of one user

It may be stopped at any moment, with Ctrl-C, kill or the plug: every write is conditional, and the same command goes
on from the last checkpoint. While another sweep is at work, such as the schedule's, this one waits for its end; one that
was killed counts as at work for three minutes, unless --take-over is given.

On local data Belvo is the simulated one on port 9100, unless BELVO_API_URL, BELVO_SECRET_ID and
BELVO_SECRET_PASSWORD name another. On a table elsewhere these three must be set.")]
pub struct Reconcile {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub part: Part,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// For a machine: one JSON object per change, and the report as the last
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub haste: Haste,
    /// Seconds that a new link is left to its callback, as with `local` [default: 60 on local data, else
    /// 20 minutes]
    #[arg(long)]
    pub grace: Option<u32>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub sight: Sight,
}

/// The part of the account to look at; all of it when nothing is said.
#[derive(Args, Clone, Debug)]
pub struct Part {
    /// Only the last days, and links whose status is pending or unusable
    #[arg(long, conflicts_with_all = ["from", "user"])]
    pub recent: bool,
    /// Only links made from this day on, such as 2026-03-01 (UTC)
    #[arg(long, value_name = "DATE", requires = "to", conflicts_with = "user")]
    pub from: Option<String>,
    /// Only links made up to this day, included
    #[arg(long, value_name = "DATE", requires = "from")]
    pub to: Option<String>,
    /// Only links of this user: the app's own key, or an `external_id`
    #[arg(long)]
    pub user: Option<String>,
}

/// For whoever cannot wait: for another sweep, or for Belvo.
#[derive(Args, Clone, Debug)]
pub struct Haste {
    /// Begin although another sweep is at work. Safe, but Belvo is asked twice
    #[arg(long)]
    pub take_over: bool,
    /// Call Belvo as often as it goes, to measure; only with a --belvo-url on this machine
    #[arg(long, requires = "belvo_url")]
    pub no_call_limit: bool,
}

/// Where the data and Belvo are.
#[derive(Args, Clone, Debug)]
pub struct Sight {
    /// Address of Belvo
    #[arg(long, value_name = "URL")]
    pub belvo_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// Show what the latest sweeps came to, the latest first.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper report               the last ten sweeps as a table
  linkkeeper report --last 100 --csv > sweeps.csv
  linkkeeper report --last 1 --json

A sweep that is still under way has no report yet. Reports are kept for 90 days.")]
pub struct Report {
    /// How many sweeps
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: u32,
    /// For a machine: one JSON object per sweep
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// For a spreadsheet: comma-separated, with a header
    #[arg(long)]
    pub csv: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// Show a plan: changes that would take something away, which a sweep withheld because they looked too dangerous.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper plan                          the plans of the latest sweeps
  linkkeeper plan plan_0123456789abcdef    what this one would change, and why it was withheld

Nothing is changed; `linkkeeper apply` carries a plan out.")]
pub struct Plan {
    /// Its id, as `report` and `reconcile` tell it; without one the plans of the latest sweeps are listed
    #[arg(value_name = "PLAN")]
    pub id: Option<String>,
    /// For a machine: the plan as one JSON object; without an id one object per plan
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// Carry out a plan that a sweep withheld: exactly what it lists, or nothing.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper apply plan_0123456789abcdef          shows the plan, and asks before it changes anything
  linkkeeper apply plan_0123456789abcdef --yes --environment local     does not ask

A plan is refused when it is more than a day old, was applied or altered, or when anything that it lists has changed
since; Belvo is asked once more for each link that it takes for gone. An apply that breaks off is gone on with by the
same command.

Belvo is found as with `reconcile`.")]
pub struct Apply {
    /// The plan's id
    #[arg(value_name = "PLAN")]
    pub id: String,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub consent: Consent,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub sight: Sight,
}

/// List the links at Belvo that nobody here owns, the longest waiting first.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper quarantine
  linkkeeper quarantine --most 1000 --json

`linkkeeper claim LINK --user USER` gives one to its user.")]
pub struct Quarantine {
    /// How many at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// For a machine: one JSON object per link
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
