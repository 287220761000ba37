//! The `linkkeeper` program: the whole system on one machine (default), a tour of it, and the operator's
//! commands.
//!
//! The local stack serves the very routers that the Lambda functions run, over the very store code, whose
//! SDK talks to an engine in this process instead of to AWS, and against a simulated Belvo.

pub mod args;
pub mod backfill;
pub mod belvo;
pub mod clock;
pub mod commands;
pub mod confirm;
pub mod data;
pub mod doctor;
pub mod door;
pub mod edge;
pub mod engine;
pub mod failure;
pub mod openapi;
pub mod stack;
pub mod stream;
pub mod tour;
pub mod world;
