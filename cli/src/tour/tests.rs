//! The tour passes in both forms, says nothing secret, and stops where the rules are not what it tells.

use domain::policy::{BindingProof, Negatives};
use jiff::SignedDuration;
use serde_json::Value;

use super::*;

const STEPS: usize = 17;

async fn told(json: bool) -> String {
    let mut out = Vec::new();
    play(json, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

/// The tour in a world with these rules: where and why it stopped, and its lines for machines.
async fn stopped(policy: Policy) -> (usize, String, Vec<Value>) {
    let mut out = Vec::new();
    let world = World::new(policy).await.unwrap();
    let failure = play_in(world, Narrator::json(&mut out)).await.unwrap_err();
    let Failure::Tour { step, what } = failure else { panic!("{failure}") };
    let text = String::from_utf8(out).unwrap();
    (step, what, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[tokio::test]
async fn a_machine_gets_one_object_a_step_and_all_are_right() {
    let text = told(true).await;
    let steps: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(steps.len(), STEPS);
    for (before, step) in steps.iter().enumerate() {
        assert_eq!(step["step"], before + 1);
        assert_eq!(step["ok"], true, "{step}");
        assert_eq!(step["expected"], step["observed"]);
        assert!(!step["expected"].as_object().unwrap().is_empty());
        assert!(!step["title"].as_str().unwrap().is_empty());
        assert!(!step["stored"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_person_reads_lines_that_fit_and_every_step() {
    let text = told(false).await;
    for line in text.lines() {
        assert!(line.chars().count() <= words::WIDTH, "{line}");
        assert_eq!(line.trim_end(), line);
    }
    assert_eq!(text.matches("\n    checked\n").count(), STEPS);
    assert!(!text.contains("WRONG"));
}

#[tokio::test]
async fn no_check_hides_behind_another_of_the_same_name() {
    let for_people = told(false).await.matches("\n    ok        ").count();
    let checks = |line| serde_json::from_str::<Value>(line).unwrap()["expected"].as_object().unwrap().len();
    assert_eq!(told(true).await.lines().map(checks).sum::<usize>(), for_people);
}

#[tokio::test]
async fn the_same_story_is_told_every_time() {
    assert_eq!(told(true).await, told(true).await);
}

#[tokio::test]
async fn nothing_secret_is_told() {
    for json in [false, true] {
        let mut out = Vec::new();
        let world = World::new(rules()).await.unwrap();
        let belvo = world.belvo.clone();
        let narrator = if json { Narrator::json(&mut out) } else { Narrator::text(&mut out) };
        play_in(world, narrator).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        for link in belvo.links() {
            assert!(!text.contains(&link.institution_user_id.unwrap()));
        }
        for secret in [
            "sandbox-password",
            "sandbox-id",
            "dev:ana",
            "protects-nothing",
            crate::world::DEV_REFERENCE_KEY,
            "eyJ",
        ] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert_eq!(text.matches("access_token").count(), text.matches(r#""access_token":"…""#).count());
        assert_eq!(text.matches("hosted_url").count(), text.matches(r#""hosted_url":"…""#).count());
    }
}

#[tokio::test]
async fn other_rules_stop_the_tour_at_the_step_that_shows_the_rule() {
    let rules = rules();
    let hours = SignedDuration::from_hours;
    for (step, policy) in [
        (2, Policy { sessions_per_hour: 0, ..rules.clone() }),
        (2, Policy { session_window: -hours(1), ..rules.clone() }),
        (4, Policy { young: SignedDuration::ZERO, ..rules.clone() }),
        (4, Policy { young: hours(1), ..rules.clone() }),
        (5, Policy { negatives: Negatives::Since(jiff::Timestamp::MAX), ..rules.clone() }),
        (6, Policy { probes_per_sweep: 0, ..rules.clone() }),
        (6, Policy { ghost_grace: SignedDuration::ZERO, ..rules.clone() }),
        (6, Policy { ghost_grace: hours(1), ..rules.clone() }),
        (8, Policy { proof: BindingProof::ExternalId, ..rules.clone() }),
        (11, Policy { webhooks_at_once: 0, ..rules.clone() }),
        (12, Policy { look_ups_per_run: 0, ..rules.clone() }),
        (14, Policy { pending_per_user: 0, ..rules.clone() }),
    ] {
        let shown = format!("{policy:?}");
        let (stopped_at, what, steps) = stopped(policy).await;
        assert_eq!(stopped_at, step, "{what} with {shown}");
        assert_eq!(steps.len(), step, "the wrong step is told, and none after it");
        let (wrong, right) = steps.split_last().unwrap();
        assert!(right.iter().all(|step| step["ok"] == true));
        assert_eq!(wrong["ok"], false);
        assert_ne!(wrong["expected"], wrong["observed"]);
    }
}

#[tokio::test]
async fn a_wrong_observation_stops_the_tour_and_is_told_to_a_person_too() {
    let mut out = Vec::new();
    let world = World::new(Policy { sessions_per_hour: 0, ..rules() }).await.unwrap();
    let failure = play_in(world, Narrator::text(&mut out)).await.unwrap_err();
    let complaint = "a link session is opened: expected 201, observed 429 too_many_sessions";
    assert_eq!(failure.to_string(), format!("the tour stopped at step 2: {complaint}"));
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with(&format!("    WRONG     {complaint}\n")), "{text}");
}

#[tokio::test]
async fn a_step_that_cannot_be_played_counts_as_wrong() {
    let mut out = Vec::new();
    let world = World::new(rules()).await.unwrap();
    let mut story = Story::new(world, Narrator::json(&mut out));
    story.begin("A step", "Nothing works.");
    let failure = story.abandon(Failure::Belvo("the disk is full".to_owned()));
    let Failure::Tour { step: 1, what } = failure else { panic!("{failure}") };
    assert!(what.contains("the disk is full"));
    assert_eq!(serde_json::from_slice::<Value>(&out).unwrap()["ok"], false);
}

#[tokio::test]
async fn a_tour_that_cannot_be_written_fails() {
    let failure = play(false, &mut [].as_mut_slice()).await.unwrap_err();
    assert!(failure.to_string().contains("cannot be written"), "{failure}");
}

/// As `tour | head` leaves its output.
struct GoneReader;

impl Write for GoneReader {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_went_away_has_read_enough() {
    play(false, &mut GoneReader).await.unwrap();
}
