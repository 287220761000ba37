//! What each function asked the table for in the stories of a run: left under `target/used`, a file for each pair, where
//! `tests/template/used.py` holds the grants of `template.yaml` against it.

use std::{fs, path::PathBuf};

use cli::engine::Usage;

/// Leaves a file for each pair of action and resource. Tests that run at the same time leave the same files.
pub fn leave(usage: &Usage) {
    for (function, pairs) in usage {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/used").join(function);
        fs::create_dir_all(&folder).expect("a folder below target");
        for (action, resource) in pairs {
            let file = folder.join(format!("{action}@{}", resource.replace('/', "+")));
            if !file.exists() {
                fs::write(&file, "").expect("a file below target");
            }
        }
    }
}
