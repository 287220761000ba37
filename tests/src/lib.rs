//! What the tests of whole flows are told with: a [`Story`] in a world of its own (the real routers, the
//! real store on the embedded engine, a simulated Belvo over loopback, a clock turned by hand), and the
//! people in it. Not here: the tests, which are in `tests/tests/`.

pub mod accounts;
pub mod binaries;
pub mod cloud;
pub mod contract;
pub mod described;
pub mod fault;
pub mod mail;
pub mod office;
pub mod person;
pub mod published;
pub mod reply;
pub mod runtime_api;
pub mod story;
pub mod table;
pub mod tls;
pub mod used;
pub mod vault;
pub mod web;
pub mod whole_account;

pub use cloud::Cloud;
pub use office::Office;
pub use person::{Person, Session};
pub use published::Schemas;
pub use reply::Reply;
pub use story::Story;
pub use table::Table;
pub use whole_account::WholeAccount;
