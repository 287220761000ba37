//! What `linkkeeper backfill` takes.

use std::path::PathBuf;

use clap::Args;

use super::Place;
use crate::backfill::Format;

/// Bring in accounts from before, from a file.
#[derive(Args, Debug)]
#[command(after_help = r#"The file has a line for each link, or for a user without one:
  reference,external_id,link_id                the columns of CSV, in any order
  {"reference":…,"external_id":…,"link_id":…}  a line of JSON lines
reference is the app's own key for the user (the subject of its tokens), external_id their
name at Belvo; one of the two is needed. A bad line is told by its number and the reason, and
nothing of it is brought in.

Examples:
  linkkeeper backfill accounts.csv --dry-run   what it would come to; nothing is written
  linkkeeper backfill accounts.csv             bring it in; after an interruption it goes on
  linkkeeper backfill accounts.csv --json      for a machine: bad lines, then the counts
  zcat accounts.jsonl.gz | linkkeeper backfill - --format jsonl

On local data Belvo is the simulated one on port 9100, unless BELVO_API_URL, BELVO_SECRET_ID and
BELVO_SECRET_PASSWORD name another. On a table elsewhere these three and REFERENCE_KEY must be
set."#)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Backfill {
    /// The file; - for standard input
    pub file: PathBuf,
    /// Ask Belvo and the table, tell the counts and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How the file is written [default: by its ending, .csv or .jsonl]
    #[arg(long)]
    pub format: Option<Format>,
    /// Begin with the first line, however far an earlier run came
    #[arg(long)]
    pub from_start: bool,
    /// End with exit code 2 when any line is bad
    #[arg(long)]
    pub strict: bool,
    /// For a machine: one JSON object for each bad line, and one for the counts
    #[arg(long)]
    pub json: bool,
    /// Address of Belvo
    #[arg(long, value_name = "URL")]
    pub belvo_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
