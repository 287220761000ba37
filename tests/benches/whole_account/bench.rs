//! A whole account swept by the very program, and what that takes: `cargo bench -p tests`.
//!
//! The simulator and the engine live in this process; the program that sweeps is one of its own, so that its
//! processor time and memory are told apart from theirs by the system. `--links N` makes the account smaller; `--right` begins with a table that
//! is right, and leaves out the sweep from an empty one, which takes most of the time.

mod limited;
mod naive;
mod row;

use belvo_simulator::Population;
use row::Row;
use serde_json::Value;
use tests::{WholeAccount, whole_account::Cost};

const PROGRAM: &str = env!("CARGO_BIN_EXE_linkkeeper-under-test");

#[tokio::main]
async fn main() {
    let links = links();
    let population = Population {
        links,
        users: links * 3 / 10,
        seed: 7,
        orphans: 3,
        duplicates: 2,
        planted: 1,
        unusable: 4,
        from: None,
    };
    say(&format!("making up {links} links of {} users", population.users));
    let account = WholeAccount::of(population).await;
    say("registering them, with the sessions that explain their links");
    account.register().await;

    let mut rows = Vec::new();
    if std::env::args().any(|argument| argument == "--right") {
        say("filling the table with what is true");
        account.fill().await;
    } else {
        rows.push(swept("from an empty table", &account).await);
    }
    rows.push(swept_again(&account).await);
    say("damaging one record in a hundred");
    let damaged = account.damage().await;
    say(&format!("{damaged} records are wrong now"));
    rows.push(swept("from a table that is 99 % right", &account).await);
    rows.push(swept_again(&account).await);
    rows.push(limited::swept(&account).await);
    rows.push(naive::swept(&account).await);
    println!("{}", row::table(links, rows));
}

/// How many links were asked for.
fn links() -> u32 {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.windows(2).find(|pair| pair[0] == "--links").map(|pair| pair[1].parse());
    given.map_or(1_000_000, |links| links.expect("a number of links"))
}

/// Sweeps in a process of its own, and holds the table against the truth.
async fn swept(what: &str, account: &WholeAccount) -> Row {
    let (report, cost) = run(what, account).await;
    say("comparing the table with the truth");
    let wrong = account.differences().await;
    say(&format!("{} links stand otherwise", wrong.len()));
    if let Some(first) = wrong.first() {
        say(&format!("such as {first:#?}"));
    }
    Row::of(what, &report, Some(cost), Some(wrong.len()))
}

/// Sweeps a table that is right: nothing is to be changed.
async fn swept_again(account: &WholeAccount) -> Row {
    let what = "again: all is right";
    let (report, cost) = run(what, account).await;
    assert_eq!(report["actions"], serde_json::json!({}), "nothing is changed");
    Row::of(what, &report, Some(cost), None)
}

async fn run(what: &str, account: &WholeAccount) -> (Value, Cost) {
    say(&format!("sweeping {what}"));
    let child = account.sweep_in(PROGRAM, &[]);
    let ended = tokio::task::spawn_blocking(|| child.ended()).await.expect("a process");
    say(&format!("{:.0} s; {}", ended.1.wall, ended.0["actions"]));
    ended
}

/// Tells a person how far it is.
fn say(what: &str) {
    eprintln!("{what}");
}
