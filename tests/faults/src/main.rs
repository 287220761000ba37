//! `faults`: plays schedules under faults, and tells what must never be, with its seed and its history.

use std::process::ExitCode;

fn main() -> ExitCode {
    faults::program::main()
}
