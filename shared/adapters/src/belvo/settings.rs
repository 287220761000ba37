//! What the client has to be told: where Belvo is, with which keys, and how long to wait.

use std::{fmt, net::IpAddr, time::Duration};

use domain::deletion::Mode;
use reqwest::Url;
use secrecy::SecretString;

use super::{
    keys::{KeyRing, Keys},
    open_finance::OpenFinance,
    route::Route,
};
use crate::{secrets::Source, tls::Trust};

/// Where Belvo is and with which keys. Nothing else decides where the keys are sent.
#[derive(Clone)]
pub struct Settings {
    /// Belvo's address.
    pub base_url: BaseUrl,
    /// The keys, as they are now.
    pub keys: Source<KeyRing>,
    /// How deletions are asked for.
    pub deletion_mode: Mode,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// What the widget shows whom it asks for a consent; without it no consent is asked for.
    pub open_finance: Option<OpenFinance>,
    /// Whose certificates are accepted as well.
    pub trust: Trust,
}

impl Settings {
    /// One pair of keys at this address, with the ordinary patience.
    #[must_use]
    pub fn new(base_url: BaseUrl, secret_id: SecretString, secret_password: SecretString) -> Self {
        let keys = Keys { id: secret_id, password: secret_password };
        Self::with(base_url, Source::fixed(KeyRing::new(keys, None)))
    }

    /// These keys at this address, with the ordinary patience.
    #[must_use]
    pub fn with(base_url: BaseUrl, keys: Source<KeyRing>) -> Self {
        let (deletion_mode, timeouts) = (Mode::Asynchronous, Timeouts::default());
        Self { base_url, keys, deletion_mode, timeouts, open_finance: None, trust: Trust::default() }
    }

    /// The same with the patience of a call that nobody waits for.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { timeouts: Timeouts::PATIENT, ..self }
    }

    /// The same, asking for deletions in this way.
    #[must_use]
    pub fn deleting(self, deletion_mode: Mode) -> Self {
        Self { deletion_mode, ..self }
    }

    /// What names Belvo's environment.
    #[must_use]
    pub fn account(&self) -> String {
        self.base_url.0.host_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("keys", &self.keys)
            .field("deletion_mode", &self.deletion_mode)
            .field("timeouts", &self.timeouts)
            .field("open_finance", &self.open_finance)
            .field("trust", &self.trust)
            .finish()
    }
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one attempt, from its start to the last byte of its answer.
    pub call: Duration,
    /// For everything that belongs to a call: permits, attempts, waits, a turn of the keys.
    pub whole: Duration,
    /// For what is asked beside a call that somebody waits for, and is done without if it takes longer.
    pub aside: Duration,
}

impl Timeouts {
    /// For calls that nobody waits for: a page of a thousand links may take a while, and a pause of the whole
    /// account a minute. Within Lambda's 15 minutes all the same.
    pub const PATIENT: Self = Self {
        connect: Duration::from_secs(5),
        call: Duration::from_secs(30),
        whole: Duration::from_mins(10),
        aside: Duration::from_secs(30),
    };
}

impl Default for Timeouts {
    /// For calls that somebody waits for: five seconds, so that a quick repeat and two permits of the budget
    /// still end within eight.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            call: Duration::from_secs(5),
            whole: Duration::from_secs(8),
            aside: Duration::from_millis(1_500),
        }
    }
}

/// Why a text is not an address to send keys to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// No URL at all, or with characters that URL parsers disagree about.
    #[error("the base URL is not a plain URL such as https://sandbox.belvo.com")]
    Malformed,
    /// Keys in clear over a network.
    #[error("the base URL must start with https (http only for 127.0.0.1, [::1] and localhost)")]
    Insecure,
    /// Nothing may be hidden in it.
    #[error("the base URL may hold only a scheme, a host and a port: no user, path, query or fragment")]
    MoreThanAnOrigin,
}

/// Belvo's address: `https`, or `http` on this very machine, and nothing but scheme, host and port.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The one door.
    pub fn parse(raw: &str) -> Result<Self, BaseUrlError> {
        // The URL type drops tabs and line breaks and takes `\` for `/`: such a text is no honest address.
        if raw.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(BaseUrlError::Malformed);
        }
        let url = Url::parse(raw).map_err(|_| BaseUrlError::Malformed)?;
        let host = url.host_str().ok_or(BaseUrlError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            _ => return Err(BaseUrlError::Insecure),
        }
        // `@` also finds an empty user, which the URL type forgets.
        let origin_only = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !origin_only || raw.contains('@') {
            return Err(BaseUrlError::MoreThanAnOrigin);
        }
        Ok(Self(url))
    }

    /// Whether calls go over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The URL of a route.
    pub(super) fn join(&self, route: Route) -> Url {
        let mut url = self.0.clone();
        url.set_path(&route.path());
        url
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_sent_in_clear_over_a_network() {
        for bad in [
            "http://api.belvo.com",
            "http://127.0.0.1.evil.com",
            "http://localhost.evil.com",
            "http://localhost.",
            "http://0.0.0.0",
            "http://169.254.169.254",
            "http://[::ffff:127.0.0.1]",
            "ftp://127.0.0.1",
        ] {
            assert_eq!(BaseUrl::parse(bad), Err(BaseUrlError::Insecure), "{bad}");
        }
    }

    #[test]
    fn an_address_holds_nothing_but_an_origin() {
        for bad in [
            "https://user@api.belvo.com",
            "https://user:password@api.belvo.com",
            "https://@api.belvo.com",
            "https://api.belvo.com/api",
            "https://api.belvo.com?",
            "https://api.belvo.com/?a=b",
            "https://api.belvo.com#",
        ] {
            assert_eq!(BaseUrl::parse(bad), Err(BaseUrlError::MoreThanAnOrigin), "{bad}");
        }
    }

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        for bad in [
            "",
            "api.belvo.com",
            "https://",
            "https:\\\\api.belvo.com",
            "https://api.\nbelvo.com",
            " https://api.belvo.com",
            "https://api.belvo.com\t",
            "https://a b",
        ] {
            assert_eq!(BaseUrl::parse(bad), Err(BaseUrlError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn belvos_own_addresses_and_this_machine_are_taken() {
        for good in [
            "https://sandbox.belvo.com",
            "https://api.belvo.com/",
            "https://belvo.example:8443",
            "http://127.0.0.1:9100",
            "http://localhost:9100/",
            "http://[::1]:9100",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
    }
}
