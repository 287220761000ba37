//! Data files: what survives, what is shared, what is refused.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use dynoxide::storage::Storage;
use tempfile::TempDir;

use super::*;

fn room() -> (TempDir, PathBuf) {
    let room = tempfile::tempdir().expect("a directory");
    let path = room.path().join("not/there/yet/data.db");
    (room, path)
}

/// The whole sentence, after the checks every one of them must pass.
fn refusal(path: &Path) -> EngineError {
    let error = Engine::open(path).expect_err("refused");
    let said = error.to_string();
    assert!(said.starts_with(&path.display().to_string()), "{said}");
    assert!(said.contains(": ") && !said.contains('\n'), "what to do: {said}");
    error
}

#[tokio::test]
async fn a_restart_keeps_tables_and_items() {
    let (_room, path) = room();
    let first = Engine::open(&path).expect("new");
    create_table(&first.client()).await;
    put(&first.client(), "LINK#1", "ana").await;
    drop(first);
    let second = Engine::open(&path).expect("old");
    let kept = get(&second.client(), "LINK#1").await;
    assert_eq!(owner(kept.as_ref()), Some("ana"));
}

#[tokio::test]
async fn two_handles_on_one_file_see_each_others_writes() {
    let (_room, path) = room();
    let one = Engine::open(&path).expect("new").client();
    let two = Engine::open(&path).expect("shared").client();
    create_table(&one).await;
    put(&two, "LINK#1", "ana").await;
    put(&one, "LINK#1", "bia").await;
    assert_eq!(owner(get(&two, "LINK#1").await.as_ref()), Some("bia"));
}

#[test]
fn a_new_file_may_be_opened_by_many_at_once() {
    let (_room, path) = room();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Engine::open(&path).expect("one file, many handles"));
        }
    });
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_alone() {
    let (room, _) = room();
    let path = room.path().join("notes.txt");
    for content in ["x", "Dear diary, today I learnt of DynamoDB."] {
        fs::write(&path, content).expect("written");
        assert!(matches!(refusal(&path), EngineError::Foreign(_)));
        assert_eq!(fs::read_to_string(&path).expect("there"), content);
    }
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let (room, _) = room();
    let path = room.path().join("data.db");
    fs::write(&path, "").expect("written");
    Engine::open(&path).expect("opened");
    Engine::open(&path).expect("and again");
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    let (room, _) = room();
    let path = room.path().join("other.db");
    sqlite(&path, "CREATE TABLE given.songs (title)");
    let before = fs::read(&path).expect("there");
    assert!(matches!(refusal(&path), EngineError::Foreign(_)));
    assert_eq!(fs::read(&path).expect("there"), before);
}

#[test]
fn a_file_of_a_newer_engine_is_refused() {
    let (_room, path) = room();
    Engine::open(&path).expect("new");
    let stamp = "UPDATE given._config SET value = '9999' WHERE key = 'schema_version'";
    sqlite(&path, stamp);
    assert!(matches!(refusal(&path), EngineError::Newer(_)));
}

#[test]
fn a_locked_file_is_refused_instead_of_waited_for() {
    let (room, _) = room();
    let path = room.path().join("data.db");
    // in this mode SQLite keeps the lock that the first write took
    let _holder = sqlite(&path, "PRAGMA given.locking_mode = EXCLUSIVE; CREATE TABLE given.songs (title)");
    let error = open::database_within(&path, Duration::ZERO).map(drop);
    assert!(matches!(error, Err(EngineError::Locked(_))), "{error:?}");
}

#[test]
fn a_damaged_file_is_told_from_a_foreign_one() {
    let (_room, path) = room();
    Engine::open(&path).expect("new");
    let mut bytes = fs::read(&path).expect("there");
    bytes.iter_mut().skip(100).for_each(|byte| *byte = 0xAB);
    fs::write(&path, bytes).expect("written");
    assert!(matches!(refusal(&path), EngineError::Damaged(_)));
}

#[test]
fn a_directory_in_place_of_the_file_is_named_as_such() {
    let (room, _) = room();
    assert!(matches!(refusal(room.path()), EngineError::Directory(_)));
}

#[test]
fn a_file_in_place_of_a_directory_leaves_its_cause() {
    let (room, _) = room();
    fs::write(room.path().join("file"), "x").expect("written");
    let error = refusal(&room.path().join("file/data.db"));
    assert!(error.source().is_some(), "{error}");
}

#[test]
fn names_that_sqlite_would_interpret_are_plain_file_names() {
    let (room, _) = room();
    for name in [":memory:", "file:data.db?mode=memory"] {
        let path = room.path().join(name);
        Engine::open(&path).expect("opened");
        assert!(path.is_file(), "{name}");
    }
}

/// Runs SQL on the file, attached as `given`, and leaves it attached.
fn sqlite(path: &Path, sql: &str) -> Storage {
    let memory = Storage::memory().expect("memory");
    let name = path.to_str().expect("text");
    let look = memory.conn();
    look.execute("ATTACH DATABASE ?1 AS given", [name]).expect("attached");
    look.execute_batch(sql).expect("done");
    memory
}
