//! A small run of the simulation with every `cargo test`; the large one is `cargo run --profile bench -p faults`.

use faults::{
    bases::BASES,
    campaign::Campaign,
    crash::singly,
    run::{Playing, play},
    stage::Stage,
};

/// The first few seeds.
const SEEDS: std::ops::Range<u64> = 1..31;

/// An unoptimised build plays every so many deaths; `--crash-points` plays all.
const EVERY: usize = 5;

#[test]
fn whatever_goes_wrong_the_invariants_hold() {
    let campaign = Campaign { seed: 1, schedules: 300, jobs: 1, enough: 1, bug: None };
    let total = campaign.play(&|_| ());
    let told = total.failed.iter().map(|failed| (failed.seed, &failed.violations));
    assert!(total.failed.is_empty(), "cargo run -p faults -- --replay SEED: {:?}", told.collect::<Vec<_>>());
    assert!(total.operations > 100_000, "something is done: {}", total.operations);
}

#[test]
fn a_seed_always_tells_the_same_story() {
    let (one, other) = (Stage::new(), Stage::new());
    for seed in SEEDS {
        let hash = |stage: &Stage, told| play(stage, seed, &Playing { told, ..Playing::default() }).hash;
        assert_eq!(hash(&one, false), hash(&other, true), "seed {seed}");
    }
    let hashes: std::collections::BTreeSet<_> =
        SEEDS.map(|seed| play(&one, seed, &Playing::default()).hash).collect();
    assert_eq!(hashes.len(), SEEDS.count(), "and another seed another");
}

#[test]
fn wherever_a_process_dies_clean_days_put_it_right() {
    let stage = Stage::new();
    for base in BASES {
        let points = singly(&stage, base, EVERY);
        assert!(points.requests > 8, "{}: {} requests", base.name, points.requests);
        let failed = points.failed.iter().map(|failed| (&failed.deaths, &failed.violations));
        assert!(points.failed.is_empty(), "{}: {:?}", base.name, failed.collect::<Vec<_>>());
    }
}
