//! The program: explores, prints, and says by its exit code whether all is as it should be.

use std::{fmt::Write, process::ExitCode};

use clap::Parser;

use crate::{
    explore::{Explored, whole},
    guards::Guards,
    properties,
    table::{BREAKING, MASKED, Row},
    worlds::{Name, Size, game},
};

/// Explores every interleaving of small worlds in which links are superseded, marked, armed, deleted, taken back and
/// swept, while processes die, answers are lost and the lease is stolen.
///
/// The processes are the production's own code (`domain::deletion`, `domain::sweep`, `domain::link_sessions`); the
/// table, Belvo and the clock are the model's. Prints Markdown: states and time by world, what holds, and which guard
/// carries what. Ends with 1 if a property breaks, if CI's
/// worlds have less than a million states, or if the table of guards is not as
/// `src/table.rs` has it.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  cargo run --profile bench -p model\n  \
                        cargo run --profile bench -p model -- --world keys --small")]
struct Args {
    /// Only this world, and not the table of guards.
    #[arg(long)]
    world: Option<Name>,
    /// The sizes that `cargo test` explores, in place of CI's.
    #[arg(long)]
    small: bool,
    /// Threads that explore.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// CI's worlds have so many states together: fewer would mean that steps were lost.
const LEAST: usize = 1_000_000;

/// Runs it.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let (mut text, mut good) = (String::new(), true);
    let size = if args.small { Size::Small } else { Size::Large };
    let worlds: Vec<_> = args.world.map_or_else(|| Name::ALL.to_vec(), |name| vec![name]);
    good &= explored(&mut text, &worlds, size, args.threads);
    if args.world.is_none() {
        good &= guards(&mut text);
    }
    print(&text);
    ExitCode::from(u8::from(!good))
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn print(text: &str) {
    println!("{}", text.trim_end());
}

/// The table of worlds. Whether everything held.
fn explored(text: &mut String, worlds: &[Name], size: Size, threads: usize) -> bool {
    line(text, "| world | states | steps | longest way | seconds | broken |");
    line(text, "| --- | ---: | ---: | ---: | ---: | --- |");
    let mut all = Vec::new();
    for name in worlds {
        let found = whole(game(*name, size, Guards::ALL), threads);
        let Explored { states, steps, depth, took, .. } = &found;
        let broken: Vec<_> = found.broken.iter().map(|(property, _)| *property).collect();
        let broken = if broken.is_empty() { "nothing".to_owned() } else { broken.join(", ") };
        let seconds = took.as_secs_f64();
        line(text, &format!("| {name} | {states} | {steps} | {depth} | {seconds:.1} | {broken} |"));
        all.push(found);
    }
    let sum = |count: fn(&Explored) -> usize| all.iter().map(count).sum::<usize>();
    let seconds: f64 = all.iter().map(|found| found.took.as_secs_f64()).sum();
    line(text, &format!("| all | {} | {} | | {seconds:.1} | |\n", sum(|e| e.states), sum(|e| e.steps)));
    line(text, "| property | holds when |\n| --- | --- |");
    for (name, meaning) in properties::ALL {
        line(text, &format!("| {name} | {meaning} |"));
    }
    line(text, "");
    for found in &all {
        ways(text, found);
    }
    let enough = worlds.len() < Name::ALL.len() || size == Size::Small || sum(|e| e.states) >= LEAST;
    enough && all.iter().all(|found| found.broken.is_empty())
}

/// The table of guards. Whether it is as expected.
fn guards(text: &mut String) -> bool {
    line(
        text,
        "| taken away | world | breaks first | steps of the shortest way |\n| --- | --- | --- | ---: |",
    );
    let mut good = true;
    for row in BREAKING.iter().chain(&MASKED) {
        let found = row.play();
        line(text, &row.told(&found));
        if Row::first(&found) != row.breaks {
            line(text, &format!("| not as src/table.rs has it: {:?} | | | |", row.breaks));
            good = false;
        }
    }
    good
}

fn ways(text: &mut String, found: &Explored) {
    for (property, way) in &found.broken {
        line(text, &format!("{property}: broken in {} steps", way.len()));
        for step in way {
            line(text, &format!("    {step}"));
        }
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing into a String does not fail");
}
