//! Why a call came to nothing when it was for its TLS: found in the libraries' errors, told in words of ours.

use std::{error::Error, io};

use rustls::CertificateError;

/// What is wrong with the server's TLS, if that is why a call failed. Nothing was sent then: neither keys nor signature.
pub(crate) fn distrust(error: &(dyn Error + 'static)) -> Option<&'static str> {
    cause(error).map(words)
}

/// The TLS library's own error. I/O errors carry it without naming it as their source.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let carried = carried.map(|carried| -> &'a (dyn Error + 'static) { carried });
        next = carried.or_else(|| error.source());
    }
    None
}

fn words(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(why) = error else {
        return "no TLS that both know";
    };
    if matches!(why, CertificateError::UnknownIssuer) {
        "a certificate of an authority that is not trusted (AWS_CA_BUNDLE names further ones)"
    } else if matches!(
        why,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        "a certificate for another host"
    } else if matches!(why, CertificateError::Expired | CertificateError::ExpiredContext { .. }) {
        "a certificate that has expired, or a wrong clock here"
    } else if matches!(why, CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) {
        "a certificate that is not valid yet, or a wrong clock here"
    } else {
        "a certificate that cannot be accepted"
    }
}
