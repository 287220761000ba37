//! Everything that touches the outside: DynamoDB, Belvo, HTTP, the environment, the clock.
//!
//! The modules do not know each other (but for what AWS's services have in common, [`aws`], values that are read again by
//! and by, [`secrets`], and the one TLS stack); `main` of each program puts them together.

pub mod ambient;
pub mod aws;
pub mod belvo;
pub mod config;
pub mod dynamo;
pub mod eventbridge;
pub mod http;
pub mod metrics;
pub mod schema;
pub mod secrets;
pub mod telemetry;
pub mod tls;
pub mod widget;
