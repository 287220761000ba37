//! `linkkeeper erasures`: the certificates of erasures, the latest first.

use std::io::Write;

use adapters::config::Environment;
use domain::{deletion::erasure::Certificate, ports::Erasures as _};

use crate::{args::Erasures, commands::say, data::existing_store, failure::Failure};

/// Lists them.
pub(crate) async fn run(
    wanted: &Erasures,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let certificates = store.certificates(usize::try_from(wanted.most).unwrap_or(usize::MAX)).await?;
    if wanted.json {
        for certificate in &certificates {
            say(out, serde_json::to_string(certificate).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&certificates));
    }
    Ok(())
}

fn table(certificates: &[Certificate]) -> String {
    if certificates.is_empty() {
        return "No erasure was completed yet.".to_owned();
    }
    let row = |certificate: &Certificate| {
        [
            certificate.erasure_id.to_string(),
            format!("{:.0}", certificate.requested_at),
            format!("{:.0}", certificate.completed_at),
            certificate.links_deleted.to_string(),
        ]
    };
    super::table(["erasure", "asked for", "complete", "links deleted"], certificates.iter().map(row))
}

#[cfg(test)]
mod tests {
    use domain::deletion::erasure::ErasureId;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_certificate_is_told_by_its_name_its_times_and_its_count() {
        let certificate = Certificate {
            erasure_id: ErasureId::mint([1; 16]),
            requested_at: Timestamp::UNIX_EPOCH,
            completed_at: Timestamp::UNIX_EPOCH,
            links_deleted: 7,
        };
        let table = table(&[certificate]);
        assert!(["er_", "1970-01-01T00:00:00Z", "7"].iter().all(|told| table.contains(told)), "{table}");
        assert!(super::table(&[]).contains("No erasure"));
    }
}
