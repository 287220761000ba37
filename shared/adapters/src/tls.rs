//! The one TLS stack: rustls with ring, and the roots of Mozilla's list, which are part of the binary.
//!
//! ring, because aws-lc gathers entropy for 400 ms on a small function. Roots of our own, because the system's are some
//! 150 files to be read and parsed at every start.

mod distrust;
mod trust;

use std::sync::Arc;

use rustls::{ClientConfig, Error, RootCertStore, crypto::ring};

pub(crate) use distrust::distrust;
pub use trust::{Trust, TrustError};

/// How a client speaks TLS. The provider is handed over, so that none needs to be installed for the whole process.
pub(crate) fn client(trust: &Trust) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots(trust)).with_no_client_auth())
}

/// Further authorities take nothing from Mozilla's: a network may look into the way to one service and not to another.
fn roots(trust: &Trust) -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().chain(trust.further()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn further_authorities_are_trusted_beside_mozillas_list() {
        let mozillas = webpki_roots::TLS_SERVER_ROOTS;
        assert_eq!(roots(&Trust::default()).roots, mozillas);
        let key = KeyPair::generate().expect("a key");
        let authority = CertificateParams::default().self_signed(&key).expect("a certificate");
        let both = roots(&Trust::parse(authority.pem().as_bytes()).expect("one certificate")).roots;
        assert_eq!((&both[..mozillas.len()], both.len()), (mozillas, mozillas.len() + 1));
    }
}
