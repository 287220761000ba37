//! The one TLS stack: rustls with ring, and the roots of Mozilla's list, which are part of the binary.
//!
//! ring, because aws-lc gathers entropy for 400 ms on a small function. Roots of our own, because the system's are some
//! 150 files to be read and parsed at every start.

use std::sync::Arc;

use rustls::{ClientConfig, Error, RootCertStore, crypto::ring};

/// How a client speaks TLS. The provider is handed over, so that none needs to be installed for the whole process.
pub(crate) fn client() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
