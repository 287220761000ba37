//! The command line of `linkkeeper doctor`.

use clap::Args;

use super::Place;

/// Look at everything that an environment needs: what is wrong, and how to mend it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper doctor                                  the local data
  linkkeeper doctor --dynamodb-url https://dynamodb.sa-east-1.amazonaws.com      a deployed table, with the variables
                                                     of the functions and your own AWS identity
  linkkeeper doctor --json                           one JSON object per check

It changes nothing, asks Belvo for one link, and reads some thousand items at most. It ends with 0 unless there is a
problem.")]
pub struct Doctor {
    /// For a machine: one JSON object per check
    #[arg(long)]
    pub json: bool,
    /// Address of Belvo
    #[arg(long, value_name = "URL")]
    pub belvo_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
