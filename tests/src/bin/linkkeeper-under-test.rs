//! The `linkkeeper` program once more: cargo tells a test only where the programs of its own package are.

use std::process::ExitCode;

use clap::Parser;
use cli::{args::Program, commands};

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Program::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            commands::complain(&failure);
            failure.code()
        }
    }
}
