//! What the functions' release binaries cost to start and to run: `cargo bench -p tests --bench cold_start -- --help`.
//!
//! Each start is a process of its own under Lambda's runtime API, beside a bare hello of the same profile in the same
//! round. The table, Belvo and the event bus are in this process; what a function waited for them is told apart.

mod args;
mod cost;
mod prepare;
mod start;
mod table;
mod throttle;

use std::{path::PathBuf, process::Command};

use adapters::ambient::SystemAmbient;
use args::Args;
use clap::Parser;
use domain::ports::Ambient;
use prepare::{Stage, Target};
use start::Start;
use tests::Cloud;

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let folder = args.binaries.clone().unwrap_or_else(built);
    let mut cloud = if args.plain { Cloud::in_clear().await } else { Cloud::new().await };
    cloud.plain = true; // secrets by ARN add a call to Secrets Manager to the init of those that have one
    let mut stage = Stage::set(cloud, &folder).await;
    let mut starts: Vec<Vec<Start>> = Target::ALL.iter().map(|_| Vec::new()).collect();
    for round in 1..=args.starts {
        eprintln!("round {round} of {}", args.starts);
        for target in shuffled() {
            let measured = start::measured(&mut stage, &folder, Target::ALL[target], &args).await;
            starts[target].push(measured);
        }
    }
    println!("{}", table::of(&folder, &starts, &args));
}

/// Builds the binaries, in one go so that they share what they can; gives their folder.
fn built() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--locked", "--release"]);
    for target in Target::ALL {
        build.args(["--package", target.binary()]);
    }
    assert!(build.status().is_ok_and(|status| status.success()), "the release binaries can be built");
    let own = std::env::current_exe().expect("a path");
    own.ancestors().nth(2).expect("target/release/deps/this").to_owned()
}

/// The targets in another order each time, so that none has the others' warmth to itself.
fn shuffled() -> Vec<usize> {
    let mut order: Vec<_> = (0..Target::ALL.len()).map(|target| (SystemAmbient.random(), target)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, target)| target).collect()
}
