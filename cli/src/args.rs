//! The command line: what can be asked for, and the help that teaches it.

mod audit;
mod backfill;
mod deletions;
mod doctor;
mod events;
mod restore;
mod sweeps;
mod webhooks;

use std::path::PathBuf;

pub use audit::Audit;
pub use backfill::Backfill;
use clap::{Args, Parser, Subcommand};
pub use deletions::{Deletions, Erasures, Turn};
pub use doctor::Doctor;

use crate::confirm::Consent;
pub use events::Events;
pub use restore::{Restore, Step};
pub use sweeps::{Apply, Haste, Part, Plan, Quarantine, Reconcile, Report, Sight};
pub use webhooks::{Doing, Replay, Sessions, Webhooks, Which};

const API_PORT: u16 = 9000;
const BELVO_PORT: u16 = 9100;
const SWEEP_EVERY: u64 = 60;
/// Seconds of grace on local data.
pub const GRACE: u32 = 60;
const FOLDER: &str = ".linkkeeper";

/// Linkkeeper: the back end that a fintech app runs around its Belvo links.
///
/// Without a command it starts the whole system on this machine: the API, a simulated Belvo with its Connect
/// Widget, the schedule, and a DynamoDB engine on a file. No account anywhere, nothing to configure.
#[derive(Debug, Parser)]
#[command(name = "linkkeeper", version, after_help = EXAMPLES)]
pub struct Program {
    /// What to do; `local` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  linkkeeper                            start everything, data in .linkkeeper/
  linkkeeper tour                       play the whole story once, in memory
  linkkeeper reconcile --dry-run        what a sweep would change right now
  linkkeeper doctor                     what is wrong here, and how to mend it
  linkkeeper report                     what the latest sweeps came to
  linkkeeper links ana                  the links of the user whom the app calls ana
  linkkeeper audit ana                  what happened to them, by whom and why
  linkkeeper events --follow            what the rest of the company is told, as it happens
  linkkeeper backfill accounts.csv      bring in users and links from before

With cargo, write `cargo run --` in place of `linkkeeper`.";

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the whole system on this machine (default)
    Local(Local),
    /// Play the whole story step by step, in memory, and check every outcome
    Tour(Tour),
    /// Sweep now: compare everything at Belvo with everything here
    Reconcile(Reconcile),
    /// Show what the latest sweeps came to
    Report(Report),
    /// Show a plan that a sweep withheld
    Plan(Plan),
    /// Carry out a plan that a sweep withheld
    Apply(Apply),
    /// List the links that nobody owns
    Quarantine(Quarantine),
    /// Look at everything that this environment needs: what is wrong, and how to mend it
    Doctor(Doctor),
    /// Bring in accounts from before, from a file
    Backfill(Backfill),
    /// List the users
    Users(Users),
    /// List the links of one user
    Links(Links),
    /// Give a quarantined link to the user whose it is
    Claim(Claim),
    /// Show what happened to a user or a link, by whom and why
    Audit(Audit),
    /// Print the description of the HTTP API (OpenAPI)
    Openapi,
    /// Show the events that go out, as they go
    Events(Events),
    /// Show deletions at Belvo that are under way; stop them, let them go on, take one back
    Deletions(Deletions),
    /// List the certificates of erasures
    Erasures(Erasures),
    /// After a restore from a backup: adopt only, until everything was seen
    Restore(Restore),
    /// List the link sessions of one user
    Sessions(Sessions),
    /// List the webhooks that Belvo sent, or have some worked again
    Webhooks(Webhooks),
}

/// Start the whole system on this machine.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper local
  linkkeeper local --port 0 --belvo-port 0       free ports, printed at the start
  linkkeeper local --dynamodb-port 9200          open the table to cargo lambda and the AWS CLI
  linkkeeper local --dynamodb-url http://127.0.0.1:8000   keep the data in another DynamoDB")]
pub struct Local {
    /// Port of the API; 0 picks a free one
    #[arg(long, default_value_t = API_PORT)]
    pub port: u16,
    /// Port of the simulated Belvo; 0 picks a free one
    #[arg(long, default_value_t = BELVO_PORT)]
    pub belvo_port: u16,
    /// Open the embedded DynamoDB to other processes on this port (loopback, dev credentials); 0 picks one
    #[arg(long, conflicts_with = "dynamodb_url")]
    pub dynamodb_port: Option<u16>,
    /// Seconds between two sweeps, and between two follow-ups
    #[arg(long, default_value_t = SWEEP_EVERY, value_parser = clap::value_parser!(u64).range(1..))]
    pub sweep_every: u64,
    /// Seconds that a sweep leaves a new link to its callback, and that pass before a link that Belvo no
    /// longer has is believed gone (in the cloud: 20 minutes)
    #[arg(long, default_value_t = GRACE)]
    pub grace: u32,
    /// Let links be deleted at the simulated Belvo: disconnected ones, and those of erased users. Off by default, as
    /// in the cloud
    #[arg(long)]
    pub provider_deletion: bool,
    /// Hold calls to the simulated Belvo to no limit, here and there: to try many requests in a short time
    #[arg(long)]
    pub no_rate_limit: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Folder of the local data
    #[arg(long, default_value = FOLDER, value_name = "FOLDER", global = true)]
    pub data: PathBuf,
    /// Use the DynamoDB at this address in place of the embedded engine
    #[arg(long, value_name = "URL", global = true)]
    pub dynamodb_url: Option<String>,
}

/// Play the whole story.
#[derive(Args, Debug)]
pub struct Tour {
    /// One JSON object per step
    #[arg(long)]
    pub json: bool,
}

/// List the users.
#[derive(Args, Debug)]
pub struct Users {
    /// For a machine: one JSON object per user
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// List the links of one user.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper links ana             by the app's own key for the user
  linkkeeper links lk_a…           by external_id")]
pub struct Links {
    /// The user: the app's own key, or an `external_id`
    pub user: String,
    /// For a machine: one JSON object per link
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// Give a quarantined link to the user whose it is.
///
/// The link must be in quarantine, and Belvo must still have it. It may name this user, nobody, or somebody who is
/// not registered here; a link that names another user is never given away.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper claim 0b6a1f3e-... --user ana        by the app's own key; asks before it changes anything
  linkkeeper claim 0b6a1f3e-... --user lk_a...    by external_id
  linkkeeper claim 0b6a1f3e-... --user ana --yes --environment local     does not ask

`linkkeeper quarantine` lists the links that can be claimed.
Belvo is found as with `reconcile`.")]
pub struct Claim {
    /// The link: Belvo's id of it
    pub link: String,
    /// The user: the app's own key, or an `external_id`
    #[arg(long)]
    pub user: String,
    /// For a machine: the link as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Address of Belvo
    #[arg(long, value_name = "URL")]
    pub belvo_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub consent: Consent,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

impl Place {
    /// Whether the data is this machine's own, and so invented: the published keys and the simulated Belvo
    /// are for nothing else.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.dynamodb_url.as_deref().is_none_or(crate::edge::is_local_url)
    }

    /// What an operator types to confirm what concerns the table alone.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.is_local() { "local" } else { "cloud" }
    }
}

impl Default for Local {
    /// What `linkkeeper local` is without any flag.
    fn default() -> Self {
        Self {
            port: API_PORT,
            belvo_port: BELVO_PORT,
            dynamodb_port: None,
            sweep_every: SWEEP_EVERY,
            grace: GRACE,
            provider_deletion: false,
            no_rate_limit: false,
            place: Place { data: FOLDER.into(), dynamodb_url: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Program::command().debug_assert();
    }

    #[test]
    fn nothing_said_is_local_with_its_own_defaults() {
        let said = Program::parse_from(["linkkeeper", "local"]).command;
        assert_eq!(format!("{said:?}"), format!("{:?}", Some(Command::Local(Local::default()))));
    }
}
