//! A faithful Belvo for tests and laptops: links, widget tokens, accounts, the Connect Widget and
//! the rules that surprise people (silently dropped `external_id`s, an HTML page for a rate limit,
//! links that are not listed yet). Everything lives in memory; a snapshot file is optional.
//!
//! What is not here: real institutions, money, and personal data. Logins are Belvo's published
//! sandbox logins.
//!
//! Two doors lead to the same state: [`Belvo::router`] speaks HTTP, and the methods of [`Belvo`] let
//! a test look behind the counter (count calls, plant links, delete them behind everybody's back).
//!
//! ```
//! use belvo_simulator::{Belvo, NewLink, Settings, system_clock, system_entropy};
//!
//! let belvo = Belvo::new(Settings::default(), system_clock(), system_entropy());
//! belvo.plant(NewLink { external_id: Some("usr_8Yq2".to_owned()), ..NewLink::default() });
//! assert_eq!(belvo.links().len(), 1);
//! assert_eq!(belvo.calls().total(), 0); // planting is not calling
//! ```

mod access;
mod accounts;
mod api;
mod belvo;
mod book;
mod calls;
mod consents;
mod control;
mod creation;
mod encoding;
mod events;
mod external_id;
mod faults;
mod keys;
mod lifecycle;
mod limits;
mod link;
pub mod population;
mod sandbox;
mod scenarios;
mod serve;
mod settings;
mod snapshot;
mod state;
mod switches;
#[cfg(test)]
mod testing;
mod tokens;
mod upkeep;
mod webhooks;
mod widget;
mod world;

pub use belvo::Belvo;
pub use calls::Calls;
pub use faults::{Fault, FaultKind};
pub use link::{AccessMode, InstitutionUserId, Link, NewLink, Status};
pub use population::{Population, PopulationError};
pub use scenarios::{Scenario, UnknownScenario};
pub use serve::{pump, serve};
pub use settings::Settings;
pub use snapshot::OpenError;
pub use switches::{
    DateFilter, DuplicatePrevention, DuplicatedInWidget, ExternalIdAtToken, Limit, LinkAfterConsent, Mode,
    Switches, TimestampStyle, UnknownParameters, WebhookId, WhenThrottled,
};
pub use webhooks::{Delivered, Delivery, DeliveryOutcome, Disorder, Target, WebhookEvent, WrongTarget};
pub use widget::{Connect, Connected, EventData, EventMeta, ExitData, ExitMeta, LastError, Outcome};
pub use world::{Clock, Entropy, system_clock, system_entropy};
