//! What may go wrong in one schedule: each seed switches kinds of faults on and off and draws how often they strike,
//! so that rare mixes come about.

use fastrand::Rng;
use jiff::SignedDuration;

/// Of so many chances.
const OF: u32 = 10_000;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing was done, and the caller is told that it failed.
    Before,
    /// It was done, and the caller is told that it failed.
    After,
    /// It was done, the answer got lost on the way, and the caller's own library asked again.
    Twice,
    /// Another transaction held one of the items.
    Conflict,
    /// The process dies.
    Death,
    /// The process stands still for a while.
    Freeze,
    /// Belvo throttles.
    Throttle,
    /// Belvo refuses.
    Refusal,
    /// The indexes lag behind.
    Lag,
    /// A list lacks links that are there.
    Gap,
    /// A list is empty, and says so without an error.
    Nothing,
    /// A scheduled process has keys of another environment.
    WrongKeys,
    /// Clocks are apart, and jump.
    Clocks,
}

/// All of them.
pub const KINDS: [Kind; 13] = [
    Kind::Before,
    Kind::After,
    Kind::Twice,
    Kind::Conflict,
    Kind::Death,
    Kind::Freeze,
    Kind::Throttle,
    Kind::Refusal,
    Kind::Lag,
    Kind::Gap,
    Kind::Nothing,
    Kind::WrongKeys,
    Kind::Clocks,
];

/// How often each kind strikes.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    rates: [u32; KINDS.len()],
    /// How far a clock may be off.
    pub apart: SignedDuration,
}

impl Weather {
    /// Of a seed. Some schedules see no faults but interleaving.
    pub fn drawn(chance: &mut Rng) -> Self {
        let mut weather = Self::default();
        let calm = chance.u32(0..8) == 0;
        for (rate, kind) in weather.rates.iter_mut().zip(KINDS) {
            let most = match kind {
                Kind::Before | Kind::After | Kind::Twice | Kind::Conflict => 600,
                Kind::Death | Kind::Freeze => 300,
                Kind::Throttle | Kind::Refusal => 150,
                Kind::Lag => 3_000,
                Kind::Gap | Kind::Nothing => 800,
                Kind::WrongKeys => 1_500,
                Kind::Clocks => 5_000,
            };
            if !calm && chance.bool() {
                *rate = chance.u32(1..=most);
            }
        }
        let minutes = [0, 0, 2, 10][chance.usize(0..4)];
        weather.apart = SignedDuration::from_mins(minutes);
        weather
    }

    /// How often a kind strikes, of ten thousand.
    pub fn rate(&self, kind: Kind) -> u32 {
        self.rates[kind as usize]
    }

    /// No more of these.
    pub fn without(&mut self, kind: Kind) {
        self.rates[kind as usize] = 0;
    }

    /// Only this kind, as often as this.
    pub fn only(kind: Kind, rate: u32) -> Self {
        let mut weather = Self::default();
        weather.rates[kind as usize] = rate;
        weather
    }

    /// Whether it strikes now.
    pub fn strikes(&self, kind: Kind, chance: &mut Rng) -> bool {
        let rate = self.rate(kind);
        rate > 0 && chance.u32(0..OF) < rate
    }
}
