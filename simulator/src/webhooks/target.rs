//! Where webhooks go. The one door through which a receiver's address enters, because the simulator
//! must never send anything to another machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderValue, Uri};

/// A receiver on this machine, and what it knows Belvo by.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) address: SocketAddr,
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

/// Why something is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongTarget {
    /// Not an address, or one with a name and a password in it.
    #[error("the webhook URL must look like http://127.0.0.1:PORT/PATH")]
    Url,
    /// Another scheme, or another machine.
    #[error("webhooks go to plain http on 127.0.0.1, localhost or [::1] only, never to another machine")]
    Foreign,
    /// Characters that cannot be sent.
    #[error("the Authorization header must be visible text")]
    Authorization,
}

impl Target {
    /// Reads a URL and the exact value of the `Authorization` header (`None`: it is not sent).
    pub fn parse(url: &str, authorization: Option<&str>) -> Result<Self, WrongTarget> {
        let uri: Uri = url.parse().map_err(|_| WrongTarget::Url)?;
        let authority = uri.authority().ok_or(WrongTarget::Url)?;
        if authority.as_str().contains('@') {
            return Err(WrongTarget::Url);
        }
        let ip = loopback(authority.host()).ok_or(WrongTarget::Foreign)?;
        if uri.scheme_str() != Some("http") {
            return Err(WrongTarget::Foreign);
        }
        let address = SocketAddr::new(ip, authority.port_u16().unwrap_or(80));
        let authorization = authorization.map(header).transpose()?;
        Ok(Self { address, uri, authorization })
    }

    /// The URL as it was given.
    #[must_use]
    pub fn url(&self) -> String {
        self.uri.to_string()
    }
}

/// Never by asking a name server: whoever answers for a name could send us elsewhere.
fn loopback(host: &str) -> Option<IpAddr> {
    if host == "localhost" {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok().filter(IpAddr::is_loopback)
}

fn header(value: &str) -> Result<HeaderValue, WrongTarget> {
    let visible = !value.is_empty() && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value = HeaderValue::from_str(value).ok().filter(|_| visible);
    let mut value = value.ok_or(WrongTarget::Authorization)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Without the header: it is a secret.
impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Target").field("uri", &self.uri).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_and_other_schemes_are_refused_as_targets() {
        for url in [
            "http://example.com/hook",
            "http://127.0.0.1.example.com/hook",
            "http://localhost.example.com/",
            "http://10.0.0.1/hook",
            "http://0.0.0.0:9000/hook",
            "http://169.254.169.254/latest",
            "http://[::2]:9000/",
            "https://127.0.0.1:9000/hook",
            "ftp://127.0.0.1/",
        ] {
            assert_eq!(Target::parse(url, None), Err(WrongTarget::Foreign), "{url}");
        }
        for url in ["", "/hook", "not a url", "http://user:pass@127.0.0.1/", "http://127.0.0.1@example.com/"]
        {
            assert_eq!(Target::parse(url, None), Err(WrongTarget::Url), "{url}");
        }
    }

    #[test]
    fn an_authorization_that_cannot_be_sent_is_refused() {
        for value in ["", "Bearer a\r\nX-Evil: 1", "Bearer ç"] {
            let parsed = Target::parse("http://127.0.0.1:1/", Some(value));
            assert_eq!(parsed, Err(WrongTarget::Authorization), "{value:?}");
        }
    }

    #[test]
    fn a_receiver_on_this_machine_is_taken_and_its_secret_never_printed() {
        for (url, address) in [
            ("http://127.0.0.1:9000/hook?a=b", "127.0.0.1:9000"),
            ("http://localhost:9000", "127.0.0.1:9000"),
            ("http://[::1]:9000/", "[::1]:9000"),
            ("http://127.0.0.1/", "127.0.0.1:80"),
        ] {
            let target = Target::parse(url, Some("Bearer hush")).unwrap();
            assert_eq!(target.address.to_string(), address);
            assert!(!format!("{target:?}").contains("hush"));
        }
    }
}
