//! Explores the model, and prints what holds: `cargo run --profile bench -p model`.

use std::process::ExitCode;

fn main() -> ExitCode {
    model::run::main()
}
