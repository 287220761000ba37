//! Whole flows over the real routers, the real store and a simulated Belvo: what must hold whatever is
//! forged, repeated, late, lost or broken. The invariants I1 to I11 of the design are named where a test
//! is about one of them; I9, I13 and what Belvo's deletions need come with their own functions.

mod flows {
    mod audit;
    mod backfill;
    mod backfill_runs;
    mod binding;
    mod breakers;
    mod callbacks;
    mod claims;
    mod consent_holders;
    mod consents;
    mod convergence;
    mod deliveries;
    mod disconnecting;
    mod due_sessions;
    mod durability;
    mod erasure;
    mod failed_ticks;
    mod ghosts;
    mod letters;
    mod limits;
    mod operators;
    mod outages;
    mod outcomes;
    mod planted;
    mod races;
    mod recognised;
    mod repetition;
    mod restart;
    mod restored;
    mod secrecy;
    mod six_hours;
    mod standing;
    mod superseded;
    mod survivors;
    mod told;
    mod update_mode;
    mod webhooks;
    mod webhooks_sent;
}
