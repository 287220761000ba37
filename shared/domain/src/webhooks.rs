//! Belvo's webhooks: kept as they came, each once, and worked off later. A webhook is a hint and never a fact: what
//! it says is read back from Belvo, and goes the way of every observation.
//!
//! A webhook of a link that is not known yet waits until the link is as old as a sweep wants it: its callback, or the
//! real link beside a planted one, may still come. Several webhooks of one link are one look at Belvo. The raw body
//! is kept only until it is read: it may hold personal data, and nothing in it is needed any more.

mod batch;
mod keys;
mod letter;
mod look;
mod said;
#[cfg(test)]
mod tests;
mod work;

pub use keys::{WebhookKeys, WebhookKeysError};
pub use letter::{Body, DeadReason, Webhook, WebhookId, WebhookState};
pub use said::{Kind, Said};
pub use work::{Desk, Store, Tally};
