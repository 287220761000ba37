//! What may be said on the command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures the functions' release binaries: size, cold start, first and warm invocation, processor time, memory.
///
/// Every binary is started anew in each round, in random order, under a Lambda runtime API on this machine, beside a bare
/// `lambda_http` hello that is built alike. Medians are told, as ratios to the hello where that says more: times are this
/// machine's, ratios carry over. Prints a table in Markdown, which belongs into docs/performance.md.
///
/// With --throttled each process has, from its first invocation on, the processor time of a function of 128 MB: 128/1769
/// of a core in periods of 20 ms, kept by SIGSTOP and SIGCONT on the process's own processor clock.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p tests --bench cold_start --")]
pub(crate) struct Args {
    /// How often each binary is started.
    #[arg(long, default_value_t = 21)]
    pub(crate) starts: usize,

    /// How many invocations follow the first one, unless throttled.
    #[arg(long, default_value_t = 20)]
    pub(crate) warm: usize,

    /// Throttle each process to the processor time of 128 MB from its first invocation on.
    #[arg(long)]
    pub(crate) throttled: bool,

    /// A folder of binaries that are built already. Without it, they are built.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) binaries: Option<PathBuf>,

    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}
