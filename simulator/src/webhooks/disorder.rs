//! What can go wrong with deliveries, on request, and always the same way for the same seed.

use serde::{Deserialize, Deserializer, Serialize};

use crate::encoding::digest;

/// How deliveries go wrong. In JSON, what is left out does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disorder {
    /// The share of events of which no attempt is ever made, from 0 to 1.
    #[serde(deserialize_with = "rate")]
    pub lost: f64,
    /// The share of events that are delivered twice, from 0 to 1.
    #[serde(deserialize_with = "rate")]
    pub doubled: f64,
    /// Whether deliveries that are due together leave in an order drawn by lot.
    pub reordered: bool,
    /// How long the first attempt waits.
    pub delay_seconds: u32,
    /// Whether the webhooks of a link made in the widget arrive before the widget's answer leaves.
    /// They are not delayed then.
    pub before_callback: bool,
    /// What the lots are drawn by.
    pub seed: u64,
}

fn rate<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(from)?;
    let right = (0.0..=1.0).contains(&rate);
    right.then_some(rate).ok_or_else(|| serde::de::Error::custom("a share lies between 0 and 1"))
}

impl Disorder {
    pub(super) fn loses(&self, number: u64) -> bool {
        self.draw("lost", number, self.lost)
    }

    pub(super) fn doubles(&self, number: u64) -> bool {
        self.draw("doubled", number, self.doubled)
    }

    /// Where a delivery stands among those that are due with it.
    pub(super) fn place(&self, number: u64) -> u32 {
        if self.reordered { self.lot("place", number) } else { 0 }
    }

    fn draw(&self, what: &str, number: u64, share: f64) -> bool {
        f64::from(self.lot(what, number)) < share * 4_294_967_296.0
    }

    fn lot(&self, what: &str, number: u64) -> u32 {
        let drawn = digest(&["disorder", &self.seed.to_string(), what, &number.to_string()]);
        drawn.first_chunk().copied().map(u32::from_be_bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_outside_0_to_1_is_refused() {
        for json in [r#"{"lost":1.1}"#, r#"{"doubled":-0.1}"#, r#"{"lots":1}"#] {
            assert!(serde_json::from_str::<Disorder>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_share_of_0_hits_nobody_and_a_share_of_1_everybody() {
        let (none, all) = (Disorder::default(), Disorder { lost: 1.0, doubled: 1.0, ..Disorder::default() });
        for number in 0..100 {
            assert!(!none.loses(number) && !none.doubles(number));
            assert!(all.loses(number) && all.doubles(number));
        }
    }
}
