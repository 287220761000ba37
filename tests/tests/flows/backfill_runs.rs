//! Bringing a file in as a whole: again, after an end in the middle, and when it is long.

use std::{fs::File, io::BufReader, path::Path};

use belvo_simulator::{Mode, NewLink};
use cli::{
    backfill::{CHUNK, Format, Lines, Progress, Reached},
    failure::Failure,
};
use domain::backfill::Tally;
use tests::{
    Story,
    accounts::{Told, file, lines},
};

/// A file of this many users, each with a link at Belvo.
fn of_users(story: &Story, count: usize) -> String {
    let line = |number| {
        let external_id = format!("user_{number}x");
        let link = story.plant(NewLink { external_id: Some(external_id.clone()), ..NewLink::default() });
        format!("app-{number},{external_id},{link}")
    };
    let lines: Vec<_> = (0..count).map(line).collect();
    file(lines.iter().map(String::as_str))
}

/// Begins or goes on as the command does.
async fn goes_on(story: &Story, path: &Path, told: &mut Told) -> (Option<Reached>, Result<Tally, Failure>) {
    let progress = Progress::of(path, "this table").expect("a file");
    let mut lines =
        Lines::open(BufReader::new(File::open(path).expect("there")), Format::Csv).expect("a header");
    let reached = progress.found();
    if let Some(reached) = &reached {
        lines.resume(reached.at).expect("a place in the file");
    }
    let tally = reached.map(|reached| reached.tally).unwrap_or_default();
    (reached, story.backfill().run(&mut lines, Some(&progress), tally, told).await)
}

fn on_disk(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.csv");
    std::fs::write(&path, text).expect("writable");
    (folder, path)
}

#[tokio::test]
async fn a_file_that_comes_again_writes_nothing() {
    let story = Story::begin().await;
    let text = of_users(&story, 20);
    let text: Vec<&str> = text.lines().skip(1).collect();
    let (first, _) = story.brings_in(text.iter().copied()).await;
    let before = story.table().await;
    let (second, _) = story.brings_in(text.iter().copied()).await;
    assert_eq!(first, Tally { lines: 20, registered: 20, references: 20, adopted: 20, known: 0, bad: 0 });
    assert_eq!(second, Tally { lines: 20, known: 20, ..Tally::default() });
    assert_eq!(story.table().await, before);
}

/// Ends the run as rudely as a signal does, somewhere in its second chunk.
async fn killed_after_a_chunk(story: &Story, path: &Path) -> Reached {
    let mut told = Told::default();
    let chunk = told.chunk.clone();
    tokio::select! {
        _ = goes_on(story, path, &mut told) => panic!("it was not killed"),
        () = chunk.notified() => {}
    }
    assert_eq!((told.reached.len(), told.reached[0].at.lines), (1, 501));
    told.reached[0]
}

#[tokio::test]
async fn a_run_that_is_killed_goes_on_after_its_last_chunk() {
    let story = Story::begin().await;
    let (folder, path) = on_disk(&of_users(&story, CHUNK * 2 + 20));
    let reached = killed_after_a_chunk(&story, &path).await;

    let mut rest = Told::default();
    let (from, tally) = goes_on(&story, &path, &mut rest).await;

    assert_eq!((from, rest.reached.len()), (Some(reached), 2), "the first chunk is not read again");
    let tally = tally.expect("up");
    assert_eq!((tally.lines, tally.adopted + tally.known, tally.bad), (1020, 1020, 0));
    let table = story.table().await;
    assert_eq!((table.of_kind("user").len(), table.of_kind("alias").len()), (1020, 1020));
    assert_eq!(table.events("bind"), 1020);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no note is left");
}

#[tokio::test]
async fn an_outage_ends_the_run_and_takes_back_nothing() {
    let story = Story::begin().await;
    let (_folder, path) = on_disk(&of_users(&story, CHUNK + 20));
    let reached = killed_after_a_chunk(&story, &path).await;
    story.switch(|switches| switches.mode = Mode::Down);

    let (_, failed) = goes_on(&story, &path, &mut Told::default()).await;

    assert!(matches!(failed, Err(Failure::Belvo(_))), "{failed:?}");
    assert_eq!(Progress::of(&path, "this table").expect("a file").found(), Some(reached));
    story.switch(|switches| switches.mode = Mode::Up);
    let (_, tally) = goes_on(&story, &path, &mut Told::default()).await;
    assert_eq!(tally.expect("up").lines, 520);
    story.assert_nothing_is_lost().await;
}

/// Most lines are bad here, for speed; what is in memory is the same.
#[tokio::test]
async fn a_long_file_is_never_in_memory_but_for_one_chunk() {
    let story = Story::begin().await;
    let line =
        |number: usize| if number.is_multiple_of(200) { format!("a{number},,") } else { ",,".to_owned() };
    let all: Vec<_> = (0..20_000).map(line).collect();
    let text = file(all.iter().map(String::as_str));
    let mut told = Told::default();
    let run = story.backfill();
    let tally = run.run(&mut lines(&text), None, Tally::default(), &mut told).await.expect("up");
    assert_eq!((tally.lines, tally.registered, tally.bad), (20_000, 100, 19_900));
    let ends: Vec<_> = told.reached.iter().map(|reached| reached.at.lines).collect();
    let every: Vec<_> = (1..=40).map(|chunk| chunk * 500 + 1).collect();
    assert_eq!(ends, every, "500 lines at a time");
}
