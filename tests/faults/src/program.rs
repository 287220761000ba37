//! The program: many schedules, one again, crash points, planted bugs. What must never be is told with its seed and its
//! history.

use std::{process::ExitCode, thread};

use crate::{
    bases::{BASES, Base},
    campaign::{Campaign, Total},
    crash::{in_pairs, singly, survive},
    planted::BUGS,
    rare::RARE,
    run::{Playing, play, shrink},
    stage::Stage,
};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// Deterministic fault simulation over the real routers and handlers.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Args {
    /// How many schedules.
    #[arg(long, default_value_t = 20_000)]
    schedules: u64,
    /// The first seed; the others follow it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    jobs: u64,
    /// Play this seed alone, and tell its history.
    #[arg(long)]
    replay: Option<u64>,
    /// With --replay: leave out whatever it fails without.
    #[arg(long)]
    shrunk: bool,
    /// Stop after so many schedules failed.
    #[arg(long, default_value_t = 3)]
    enough: usize,
    /// Instead of schedules, let processes die at each request of each base story.
    #[arg(long)]
    crash_points: bool,
    /// With --crash-points: two deaths of each story.
    #[arg(long)]
    pairs: bool,
    /// Instead of schedules, plant each bug and look how soon it is noticed, within so many schedules.
    #[arg(long)]
    planted: bool,
    /// Fail when a rare event was seen less often than it must be.
    #[arg(long)]
    rare: bool,
    /// Of what failed tell where and why, and no history.
    #[arg(long)]
    brief: bool,
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    match args.replay {
        Some(seed) => replay(seed, args.shrunk),
        None if args.planted => planted(&args),
        None if args.crash_points => crash_points(args.pairs, args.brief),
        None => campaign(&args),
    }
}

fn planted(args: &Args) -> ExitCode {
    let mut missed = 0;
    for bug in BUGS {
        let Args { seed, schedules, jobs, .. } = *args;
        let total = Campaign { seed, schedules, jobs, enough: 1, bug: Some(bug) }.play(&|_| ());
        if let Some(failed) = total.failed.first() {
            let by: Vec<_> = failed.violations.iter().map(|violation| violation.invariant).collect();
            println!("{bug:?}: seed {}, by {by:?}: {}", failed.seed, failed.violations[0].what);
        } else {
            missed += 1;
            println!("{bug:?}: not noticed in {} schedules", total.schedules);
        }
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn crash_points(pairs: bool, brief: bool) -> ExitCode {
    let totals: Vec<_> = thread::scope(|scope| {
        let tell = |base: Base| {
            move || (base, if pairs { in_pairs(&Stage::new(), base) } else { singly(&Stage::new(), base, 1) })
        };
        let threads: Vec<_> = BASES.into_iter().map(|base| scope.spawn(tell(base))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let (mut played, mut operations, mut failed) = (0, 0, 0);
    for (base, points) in &totals {
        println!("{:>8} played, {:>4} requests: {}", points.played, points.requests, base.name);
        (played, operations) = (played + points.played, operations + points.operations);
        failed += points.failed.len();
        if let Some(first) = points.failed.first() {
            let told = survive(&Stage::new(), *base, &first.deaths, true);
            for line in told.history.iter().filter(|_| !brief) {
                println!("{line}");
            }
            println!("{}: {:?}: {:?}", base.name, told.deaths, told.violations);
        }
    }
    println!("{played} stories with deaths, {operations} operations, {failed} failed");
    if failed == 0 && totals.len() == BASES.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn campaign(args: &Args) -> ExitCode {
    let bar = ProgressBar::new(args.schedules);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} schedules, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let Args { seed, schedules, jobs, enough, .. } = *args;
    let total = Campaign { seed, schedules, jobs, enough, bug: None }.play(&|more| bar.inc(more));
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    tell(&total, seconds);
    let rare = if args.rare { total.seen.too_rare(total.schedules) } else { Vec::new() };
    for name in &rare {
        println!("seen too rarely: {name}");
    }
    if let Some(failed) = total.failed.first().filter(|_| !args.brief) {
        let playing = shrink(&Stage::new(), failed, None);
        history(failed.seed, &playing);
    }
    if total.failed.is_empty() && rare.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::cast_precision_loss, reason = "counts for people")]
fn tell(total: &Total, seconds: f64) {
    let Total { schedules, operations, hash, .. } = *total;
    println!(
        "{schedules} schedules, {operations} operations, {:.0} schedules/s, hash {hash:016x}",
        schedules as f64 / seconds
    );
    for (rare, name, _) in RARE {
        println!("{:>12}  {name}", total.seen.count(rare));
    }
    for failed in &total.failed {
        for violation in &failed.violations {
            println!("seed {}: {}: {}", failed.seed, violation.invariant, violation.what);
        }
    }
}

fn replay(seed: u64, shrunk: bool) -> ExitCode {
    let stage = Stage::new();
    let mut playing = Playing { told: true, ..Playing::default() };
    if shrunk {
        playing = shrink(&stage, &play(&stage, seed, &playing), None);
    }
    if history(seed, &playing) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells the history of a seed. Whether it is as it should be.
fn history(seed: u64, playing: &Playing) -> bool {
    let played = play(&Stage::new(), seed, playing);
    for line in &played.history {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} operations, hash {:016x}; left out: {:?}",
        played.operations, played.hash, playing.omitted
    );
    for violation in &played.violations {
        println!("{}: {}", violation.invariant, violation.what);
    }
    played.violations.is_empty()
}
