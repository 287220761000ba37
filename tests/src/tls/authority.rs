//! A certificate authority that lives as long as a test.

use std::io::Write;

use adapters::tls::Trust;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::NamedTempFile;
use tokio_rustls::rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// The protocol's versions, the newest first, as AWS speaks them.
const VERSIONS: [&SupportedProtocolVersion; 2] =
    [&tokio_rustls::rustls::version::TLS13, &tokio_rustls::rustls::version::TLS12];

/// A root that nobody knows, and an issuer below it that signs the servers' certificates, as public authorities have it.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// Whom the certificate is for.
    pub host: &'static str,
    /// Its first day and its last: year, month, day.
    pub days: [(i32, u8, u8); 2],
    /// Whether the server signed it itself.
    pub own: bool,
    /// The versions of the protocol that the server speaks; all of them if none are named.
    pub versions: &'static [&'static SupportedProtocolVersion],
}

impl Default for Leaf {
    /// A good one for this machine.
    fn default() -> Self {
        Self { host: "127.0.0.1", days: [(2020, 1, 1), (2120, 1, 1)], own: false, versions: &VERSIONS }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::named("An authority")
    }
}

impl Authority {
    /// One of this name, with new keys.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let root = CertifiedIssuer::self_signed(issuing(name), key()).expect("a root");
        let issuer = CertifiedIssuer::signed_by(issuing("An issuer"), key(), &root).expect("an issuer");
        Self { root, issuer }
    }

    /// Trust in it, for a client in this process.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::parse(self.root.pem().as_bytes()).expect("a certificate")
    }

    /// Its certificate in a file, for a client in another process.
    #[must_use]
    pub fn file(&self) -> NamedTempFile {
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(self.root.pem().as_bytes()).expect("written");
        file
    }

    /// A server that shows this.
    #[must_use]
    pub fn server(&self, leaf: &Leaf) -> ServerConfig {
        let key = key();
        let params = params(leaf);
        let chain: Vec<CertificateDer<'static>> = if leaf.own {
            vec![params.self_signed(&key).expect("a certificate").into()]
        } else {
            let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
            vec![certificate.into(), self.issuer.der().clone()]
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(ring::default_provider().into());
        let config = config.with_protocol_versions(leaf.versions).expect("versions of the protocol");
        config.with_no_client_auth().with_single_cert(chain, key).expect("a certificate and its key")
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn issuing(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn params(leaf: &Leaf) -> CertificateParams {
    let mut params = CertificateParams::new([leaf.host.to_owned()]).expect("a host");
    let [first, last] = leaf.days.map(|(year, month, day)| date_time_ymd(year, month, day));
    (params.not_before, params.not_after) = (first, last);
    params
}
