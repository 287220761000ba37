//! The options of a made-up account.

use belvo_simulator::Population;
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// An account to make up.
#[derive(Debug, Args)]
#[command(next_help_heading = "A made-up account (it lives in memory)")]
pub(crate) struct Account {
    /// Make up an account of this many links at the start
    #[arg(long, value_name = "N")]
    links: Option<u32>,

    /// How many registered users own them [default: three for ten links]
    #[arg(long, value_name = "N", requires = "links", value_parser = clap::value_parser!(u32).range(1..))]
    users: Option<u32>,

    /// The same seed makes the same account
    #[arg(long, default_value_t = 7, value_name = "N")]
    seed: u64,

    /// Percent of links that Linkkeeper has heard nothing of
    #[arg(long, default_value_t = 3, value_name = "PERCENT", value_parser = percent())]
    orphans: u8,

    /// Percent of links that are somebody's second at the same institution
    #[arg(long, default_value_t = 2, value_name = "PERCENT", value_parser = percent())]
    duplicates: u8,

    /// Percent of links that no session explains
    #[arg(long, default_value_t = 1, value_name = "PERCENT", value_parser = percent())]
    planted: u8,

    /// Percent of links that are `token_required`, invalid or unconfirmed
    #[arg(long, default_value_t = 4, value_name = "PERCENT", value_parser = percent())]
    unusable: u8,

    /// The UTC day of the first link; the others follow over 365 days [default: a year ago]
    #[arg(long, value_name = "DATE", requires = "links")]
    from: Option<Date>,
}

fn percent() -> clap::builder::RangedI64ValueParser<u8> {
    clap::value_parser!(u8).range(0..=100)
}

impl Account {
    /// The account, if one is asked for.
    pub(crate) fn population(&self) -> Option<Population> {
        let links = self.links?;
        Some(Population {
            links,
            users: self.users.unwrap_or_else(|| (links / 10 * 3).max(1)),
            seed: self.seed,
            orphans: self.orphans,
            duplicates: self.duplicates,
            planted: self.planted,
            unusable: self.unusable,
            from: self.from.map(midnight),
        })
    }
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}
