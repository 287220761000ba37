//! The real clock and the real randomness: the one room that may ask for them.

use domain::ports::{Ambient, Timer};
use jiff::{SignedDuration, Timestamp, Unit};

/// Time and chance as the machine has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemAmbient;

impl Ambient for SystemAmbient {
    #[expect(clippy::disallowed_methods, reason = "this is the clock's room")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.round(Unit::Microsecond).unwrap_or(now) // as fine as Belvo's own
    }

    #[expect(clippy::disallowed_methods, reason = "this is the randomness's room")]
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Ids that can be guessed would give one user another's links: better no process at all.
            std::process::abort();
        }
        bytes
    }
}

impl Timer for SystemAmbient {
    async fn sleep(&self, time: SignedDuration) {
        tokio::time::sleep(time.try_into().unwrap_or_default()).await; // a negative time is over
    }
}
