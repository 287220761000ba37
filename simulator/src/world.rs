//! What the simulator needs from the world: the time and random bytes. Both are handed in, so that
//! a test owns them; the real ones are made here and nowhere else.

use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives sixteen bytes that nobody could guess: ids, request ids and token ids are made of them.
pub type Entropy = Arc<dyn Fn() -> [u8; 16] + Send + Sync>;

/// The machine's clock.
#[must_use]
pub fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    Arc::new(Timestamp::now)
}

/// The operating system's random bytes.
///
/// # Panics
/// When the operating system has none to give: there is nothing sensible to go on with.
#[must_use]
pub fn system_entropy() -> Entropy {
    Arc::new(|| {
        let mut bytes = [0_u8; 16];
        #[expect(
            clippy::disallowed_methods,
            clippy::expect_used,
            reason = "the one place that asks for randomness; without it no id is safe to give out"
        )]
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    })
}
