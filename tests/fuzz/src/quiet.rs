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
/// As many of what was said to the letter as are kept, so that it need not be looked at again.
const MOST_KEPT: usize = 2_000;

/// What a door said.
#[derive(Default)]
struct Said {
    /// Numbers aside.
    sayings: BTreeSet<String>,
    /// To the letter: looked at before, and counted.
    known: BTreeSet<String>,
}

thread_local! {
    static SAID: RefCell<BTreeMap<(&'static str, u32), Said>> = const { RefCell::new(BTreeMap::new()) };
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
        let Said { sayings, known } = said.entry((at.file(), at.line())).or_default();
        if known.contains(words) {
            return;
        }
        let saying = words.split(|c: char| c.is_ascii_digit()).filter(|words| !words.is_empty());
        sayings.insert(saying.collect::<Vec<_>>().join("#"));
        let repeats = sayings.len() > MOST;
        assert!(!repeats, "what was sent is repeated: {:?}", sayings.iter().take(20).collect::<Vec<_>>());
        if known.len() < MOST_KEPT {
            known.insert(words.to_owned());
        }
    });
}
