//! Where the functions' binaries are: a folder that somebody names, or the debug build, which is made when it is asked for.

use std::{path::PathBuf, process::Command};

/// Names a folder of binaries, such as `target/release`.
pub const FOLDER_VARIABLE: &str = "LINKKEEPER_TEST_BINARIES";

/// What `cargo test` says to a test about its package. ring's build script looks at these: were they handed on, ring and all
/// that depends on it would be built once more here, and again by whoever builds next.
const OF_THIS_PACKAGE: [&str; 6] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// The folder. `cargo test` builds no binaries of other packages, so the debug ones are built here; with the features of
/// the whole workspace, so that hardly anything is left to be compiled.
#[must_use]
pub fn folder() -> PathBuf {
    if let Some(named) = named() {
        // A test runs in the folder of its package, and who names a folder is in the root of the workspace.
        return PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(named);
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--workspace", "--bins"]);
    for name in OF_THIS_PACKAGE {
        cargo.env_remove(name);
    }
    let built = cargo.status();
    assert!(built.is_ok_and(|status| status.success()), "the binaries can be built");
    let own = std::env::current_exe().expect("a path");
    own.ancestors().nth(2).expect("target/debug/deps/this").to_owned()
}

#[expect(clippy::disallowed_methods, reason = "which binaries are tested is said from outside")]
fn named() -> Option<PathBuf> {
    std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}
