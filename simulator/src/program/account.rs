//! Makes up the account that was asked for, with a bar for those who wait.

use belvo_simulator::{Belvo, Population, system_clock};
use indicatif::{ProgressBar, ProgressDrawTarget};

/// Makes it up. `Err`: one sentence for the person who started it.
pub(crate) fn make(belvo: &Belvo, population: &Population) -> Result<(), String> {
    let bar = ProgressBar::with_draw_target(Some(population.links.into()), ProgressDrawTarget::hidden());
    bar.set_message("links made up");
    let clock = system_clock();
    let start = clock();
    let tell = |made: u32| {
        if !made.is_multiple_of(1_000) {
            return;
        }
        // Who waits for less than a second needs no bar.
        if bar.is_hidden() && clock().duration_since(start).as_secs() >= 1 {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(made.into());
    };
    let made = belvo.populate_telling(population, tell).map_err(|error| error.to_string());
    bar.finish_and_clear();
    made
}

/// What was made, in a line.
pub(crate) fn said(population: &Population) -> String {
    let Population { links, users, seed, .. } = population;
    format!("{links} made up for {users} users from seed {seed}")
}

#[cfg(test)]
mod tests {
    use belvo_simulator::{Settings, system_entropy};

    use super::*;

    #[test]
    fn an_impossible_account_is_told_in_a_sentence_and_a_possible_one_is_made() {
        let belvo = Belvo::new(Settings::default(), system_clock(), system_entropy());
        let wrong = make(&belvo, &Population { orphans: 100, ..Population::default() });
        assert!(wrong.unwrap_err().contains("100 percent"));
        assert_eq!(make(&belvo, &Population::default()), Ok(()));
        assert_eq!(belvo.links().len(), 1_000);
        assert!(said(&Population::default()).contains("1000 made up for 300 users from seed 7"));
    }
}
