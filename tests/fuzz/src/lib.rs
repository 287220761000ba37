//! What each fuzz target does with its bytes: a module each. They ask more than "no panic": what a door takes keeps its
//! rule, as it is written down here a second time; what it refuses is not repeated; what is printed reads the same.

pub mod belvo_answers;
pub mod belvo_pages;
pub mod documents;
pub mod events;
pub mod failure;
pub mod files;
pub mod items;
#[path = "../../../cli/src/backfill/lines.rs"]
pub mod lines;
pub mod quiet;
pub mod routes;
pub mod scene;
pub mod settings;
pub mod values;
pub mod webhooks;
