//! `belvo-simulator`: a Belvo on this machine.

mod args;
mod program;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let outcome = program::run(args::Args::parse()).await;
    outcome.map_or_else(|failure| program::tell(&failure), |()| ExitCode::SUCCESS)
}
