//! That what is said of a refusal, and what `Debug` says of a secret, repeats nothing of it. Looking for the input in the words
//! would not do: a fuzzer soon sends what the words say anyway. So it is asked that there are few sayings, whatever is sent.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
    panic::Location,
};

/// As many sayings as a door may have. What quotes has more within moments.
const MOST: usize = 200;

thread_local! {
    static SAID: RefCell<BTreeMap<(&'static str, u32), BTreeSet<String>>> = const { RefCell::new(BTreeMap::new()) };
}

/// That this error is told, to people and to the log, in one of few sayings.
#[track_caller]
pub fn tells_nothing<E: Debug + Display>(error: &E) {
    says_nothing(&format!("{error} {error:?}"));
}

/// That these words are one of few sayings. Numbers aside: they count lines and bytes.
#[track_caller]
pub fn says_nothing(words: &str) {
    let at = Location::caller();
    SAID.with_borrow_mut(|said| {
        let sayings = said.entry((at.file(), at.line())).or_default();
        if sayings.contains(words) {
            return;
        }
        let saying = words.split(|c: char| c.is_ascii_digit()).filter(|words| !words.is_empty());
        sayings.insert(saying.collect::<Vec<_>>().join("#"));
        let repeats = sayings.len() > MOST;
        assert!(!repeats, "what was sent is repeated: {:?}", sayings.iter().take(20).collect::<Vec<_>>());
    });
}
