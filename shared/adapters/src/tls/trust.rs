//! Whom we trust beside Mozilla's list: the authorities of a network whose way out looks into TLS, or of a test.

use std::{fmt, fs, path::Path, sync::Arc};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};

/// Certificate authorities that are trusted as well. Nobody, unless somebody says so.
#[derive(Clone, Default)]
pub struct Trust(Option<Arc<RootCertStore>>);

/// Why a file names nobody to be trusted, with what to do. The path is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No such file, or none for us.
    #[error("the file cannot be read: check the path, and that this process may read what is there")]
    Unreadable,
    /// Nobody is in it.
    #[error(
        "the file has no certificate: it must be PEM, with one block that begins with BEGIN CERTIFICATE for each authority"
    )]
    Empty,
    /// Somebody in it makes no sense. Leaving them out would only move the failure to the first call.
    #[error("certificate {0} of the file is damaged or is none: export it again as PEM, or take it out")]
    Bad(usize),
}

impl Trust {
    /// The authorities in a PEM file. What else is in it, such as text between certificates, is passed over.
    pub fn read(path: &Path) -> Result<Self, TrustError> {
        Self::parse(&fs::read(path).map_err(|_| TrustError::Unreadable)?)
    }

    /// The authorities in a PEM text.
    pub fn parse(pem: &[u8]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
            let certificate = certificate.map_err(|_| TrustError::Bad(number))?;
            roots.add(certificate).map_err(|_| TrustError::Bad(number))?;
        }
        if roots.is_empty() { Err(TrustError::Empty) } else { Ok(Self(Some(Arc::new(roots)))) }
    }

    /// Whom it adds.
    pub(super) fn further(&self) -> impl Iterator<Item = &TrustAnchor<'static>> {
        self.0.iter().flat_map(|roots| &roots.roots)
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust({} further)", self.further().count())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn authority() -> String {
        let key = KeyPair::generate().expect("a key");
        CertificateParams::default().self_signed(&key).expect("a certificate").pem()
    }

    fn error(pem: &str) -> Option<TrustError> {
        Trust::parse(pem.as_bytes()).err()
    }

    #[test]
    fn every_certificate_of_a_bundle_is_taken_and_what_stands_between_them_is_not() {
        let key = KeyPair::generate().expect("a key").serialize_pem();
        let bundle = format!("# ours\n{}\nsubject=proxy\n{key}{}", authority(), authority());
        let trust = Trust::parse(bundle.as_bytes()).expect("two certificates");
        assert_eq!(format!("{trust:?}"), "Trust(2 further)");
        assert_eq!(Trust::default().further().count(), 0);
    }

    #[test]
    fn a_file_without_a_certificate_is_told_from_one_with_a_bad_one() {
        let good = authority();
        assert_eq!(error(""), Some(TrustError::Empty));
        assert_eq!(error("not PEM at all"), Some(TrustError::Empty));
        assert_eq!(error(&KeyPair::generate().expect("a key").serialize_pem()), Some(TrustError::Empty));
        let cut = &good[..good.len() / 2];
        let no_base64 = good.replacen("\nM", "\n!", 1);
        let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        for bad in [cut, &no_base64, no_der] {
            assert_eq!(error(bad), Some(TrustError::Bad(1)), "{bad}");
            assert_eq!(error(&format!("{good}{bad}")), Some(TrustError::Bad(2)), "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        for path in [folder.join("no-such-file.pem"), folder] {
            assert_eq!(Trust::read(&path).err(), Some(TrustError::Unreadable));
        }
    }
}
