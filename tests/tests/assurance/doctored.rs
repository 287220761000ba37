//! That the check can fail: a small repository whose page is right, and then one thing at a time that is not.

use super::{
    page::{NUMBERED, OPEN, flaws},
    tree::{CI, Tree},
};

const ERRORS: &str = r#"
/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Busy.
    #[error(
        "a long \
         sentence"
    )]
    Busy(#[source] Cause),
    /// Damaged.
    Corrupt {
        /// Of this kind.
        kind: &'static str,
    },
}

#[derive(Debug, thiserror::Error)]
pub struct Single;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    Tls,
    Http,
}

#[derive(Debug)]
pub enum Other {
    Thing,
}

pub enum Byhand {
    Written,
}

impl std::error::Error for Byhand {}
"#;

const TESTS: &str = "
#[test]
fn it_holds() {}

/// Why.
#[tokio::test]
#[expect(clippy::too_many_lines)]
async fn it_holds_later() {}

#[test]
#[ignore = \"slow\"]
fn it_is_left_out() {}

fn it_helps() {}
";

fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.add(CI, "step \"lints\"\npython3 tests/run.py\n-m unittest discover --start-directory tests/template --quiet\n");
    tree.add("shared/domain/src/failure.rs", ERRORS);
    tree.add("tests/tests/flows.rs", "mod flows {\n    mod holding;\n}\n");
    tree.add("tests/tests/flows/holding.rs", TESTS);
    tree.add("tests/tests/flows/forgotten.rs", TESTS);
    tree.add(
        "tests/tests/store.rs",
        "store committing {\n    it_is_kept,\n}\nstore other {\n    it_is_not,\n}\n",
    );
    for path in ["tests/run.py", "tests/template/test_rules.py", "tests/idle.py"] {
        tree.add(path, "def test_it(self):\n    pass\n");
    }
    tree
}

fn page() -> String {
    let numbered =
        NUMBERED.iter().flat_map(|(letter, most)| (1..=*most).map(move |n| format!("{letter}{n}")));
    let errors = ["StoreError::Busy", "StoreError::Corrupt", "Byhand::Written"].map(str::to_owned);
    let row = |id: String| format!("| `{id}` | what | `tests/tests/flows/holding.rs::it_holds` |\n");
    let rows: String = numbered.chain(errors).map(row).collect();
    let open: String = OPEN.iter().map(|id| ["| `", id, "` | what | not proven |\n"].concat()).collect();
    let said: String = OPEN.iter().map(|id| ["- `", id, "`\n"].concat()).collect();
    format!("| id | what | tests |\n| --- | --- | --- |\n{rows}{open}\n## What is not proven\n\n{said}\n")
}

/// What is told of the page once this was replaced in it.
fn told(old: &str, new: &str) -> Vec<String> {
    let page = page();
    assert!(page.contains(old), "{old} is there to be replaced");
    flaws(&page.replacen(old, new, 1), &tree())
}

/// What is told when this is what proves the first row.
fn proven_by(name: &str) -> Vec<String> {
    told("tests/tests/flows/holding.rs::it_holds", name)
}

#[test]
fn a_whole_page_is_taken() {
    assert_eq!(flaws(&page(), &tree()), Vec::<String>::new());
    for good in [
        "tests/tests/flows/holding.rs::it_holds_later",
        "tests/tests/store.rs::committing::it_is_kept",
        "tests/run.py::test_it",
        "tests/template/test_rules.py::test_it",
        ".ci/run: lints",
        ".ci/run: lints`<br>`tests/run.py::test_it",
    ] {
        assert_eq!(proven_by(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn a_row_that_is_missing_doubled_or_of_something_else_is_told() {
    assert_eq!(told("| `T7` |", "| `T8` |"), ["T7: 0 rows instead of one", "T8: 2 rows instead of one"]);
    let foreign = told("| `T7` |", "| `T22` |");
    assert_eq!(foreign, ["T22: nothing of ours has that name", "T7: 0 rows instead of one"]);
    for gone in ["StoreError::Busy", "StoreError::Corrupt", "Byhand::Written"] {
        let told = told(&format!("| `{gone}` |"), "\n|");
        assert!(told.contains(&format!("{gone}: 0 rows instead of one")), "{told:?}");
    }
    // rows of a table without the column `id` are no rows
    assert!(told("| id |", "| name |").len() > 70);
}

#[test]
fn a_test_that_was_renamed_moved_switched_off_or_is_never_run_is_told() {
    for bad in [
        "tests/tests/flows/holding.rs::it_held",
        "tests/tests/flows/holding.rs::it_hold",
        "tests/tests/flows/holding.rs::it_is_left_out",
        "tests/tests/flows/holding.rs::it_helps",
        "tests/tests/flows/moved.rs::it_holds",
        "tests/tests/flows/forgotten.rs::it_holds",
        "tests/tests/store.rs::committing::it_is_not",
        "tests/tests/store.rs::it_is_kept",
        "tests/tests/flows/holding.rs::flows::it_holds",
        "tests/run.py::test_other",
        "tests/idle.py::test_it",
        ".ci/run: lint",
        "it_holds",
        "not proven",
        ".ci/run: lints` and `.ci/run: lints",
    ] {
        assert_eq!(proven_by(bad).len(), 1, "{bad}: {:?}", proven_by(bad));
    }
    let empty = told("`tests/tests/flows/holding.rs::it_holds`", "");
    assert_eq!(empty.len(), 1, "{empty:?}");
}

#[test]
fn what_is_not_proven_is_said_in_both_places_or_told() {
    let proof = "`tests/tests/flows/holding.rs::it_holds`";
    assert_eq!(told(proof, "not proven").len(), 1, "a row more than OPEN has");
    assert_eq!(told("not proven", proof).len(), 1, "a row of OPEN that is proven");
    assert_eq!(told(&format!("- `{}`\n", OPEN[0]), "").len(), 1, "a row that its section passes over");
}

#[test]
fn an_error_that_is_new_and_a_name_that_is_given_twice_are_told() {
    let mut tree = tree();
    tree.add("functions/new/src/lib.rs", "#[derive(Debug, Error)]\nenum Late {\n    Arm,\n}\n");
    assert_eq!(flaws(&page(), &tree), ["Late::Arm: 0 rows instead of one"]);
    tree.add("functions/other/src/lib.rs", "#[derive(Debug, Error)]\nenum Late {\n    Arm,\n}\n");
    assert_eq!(flaws(&page(), &tree).len(), 1);
    tree.add("functions/other/src/lib.rs", "#[derive(Debug, Error)]\n");
    assert!(flaws(&page(), &tree)[0].contains("derives Error for nothing"));
}
