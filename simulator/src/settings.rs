//! How this Belvo is set up.

use crate::switches::Switches;
use crate::webhooks::Target;

/// What is fixed when the simulator starts, and the switches it starts with.
#[derive(Clone)]
pub struct Settings {
    /// The user name of Basic auth, Belvo's "secret id".
    pub secret_id: String,
    /// The password of Basic auth, Belvo's "secret password".
    pub secret_password: String,
    /// Scheme, host and port in `next` and `previous`. `None`: taken from the `Host` header.
    pub base_url: Option<String>,
    /// How it behaves at first.
    pub switches: Switches,
    /// Who is told by webhooks at first. `None`: nobody.
    pub webhooks: Option<Target>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secret_id: "sandbox-id".to_owned(),
            secret_password: "sandbox-password".to_owned(),
            base_url: None,
            switches: Switches::default(),
            webhooks: None,
        }
    }
}
