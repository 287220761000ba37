//! The article this project comes from ("Link creation best practices"), row by row: each sentence of it
//! that says what should happen is a test here.

mod article {
    mod basic_flow;
    mod duplicates;
    mod external_id;
    mod opt_in;
    mod orphans;
    mod statuses;
    mod tips;
}
