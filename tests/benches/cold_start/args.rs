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
///
/// Table, Belvo and event bus are reached over TLS 1.3, with `AWS_CA_BUNDLE` naming an authority that is made for the run: it
/// signs an issuer, and that the servers' certificates, all with ECDSA P-256. A handshake so costs a function a key exchange
/// and three signatures to check, as with AWS; AWS's are mostly RSA, which is cheaper to check. Nothing is resumed from
/// one process to the next.
///
/// What is told as a function's own is the time of its invocation without the time in which a request of its was being
/// answered, or in which this process computed its end of TLS (its part of a handshake, decrypting, encrypting): the others
/// have processors of their own in the cloud. The function's end of TLS is its own, and so is the way over loopback.
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

    /// Reach table, Belvo and event bus in clear: what this differs by is what TLS costs.
    #[arg(long)]
    pub(crate) plain: bool,

    /// A folder of binaries that are built already. Without it, they are built.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) binaries: Option<PathBuf>,

    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}
