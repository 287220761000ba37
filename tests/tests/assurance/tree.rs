//! The files that rows may name, with their text.

use std::{collections::BTreeMap, fs, path::Path};

/// Rooms whose files are read.
const ROOMS: &[&str] = &["cli", "docs", "functions", "shared", "simulator", "tests"];

pub(super) const CI: &str = ".ci/run";

#[derive(Clone, Default)]
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    pub(super) fn of_the_repository() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut tree = Self::default();
        tree.add(CI, fs::read_to_string(root.join(CI)).expect(CI));
        for room in ROOMS {
            tree.collect(&root, Path::new(room));
        }
        assert!(tree.0.len() > 300, "the search finds the sources");
        tree
    }

    fn collect(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = folder.join(entry.expect("readable").file_name());
            let read = path.extension().is_some_and(|ending| ["rs", "py", "md"].iter().any(|e| ending == *e));
            if root.join(&path).is_dir() {
                self.collect(root, &path);
            } else if read {
                let text = fs::read_to_string(root.join(&path)).expect("text");
                self.add(path.to_str().expect("a plain name"), text);
            }
        }
    }

    pub(super) fn add(&mut self, path: &str, text: impl Into<String>) {
        self.0.insert(path.to_owned(), text.into());
    }

    pub(super) fn find(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(super) fn text(&self, path: &str) -> &str {
        self.find(path).unwrap_or_else(|| panic!("{path} is missing"))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }
}
