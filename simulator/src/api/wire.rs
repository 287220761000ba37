//! How links look on the wire.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::link::Link;
use crate::switches::TimestampStyle;

/// A link as Belvo writes it.
pub(super) fn link(link: &Link, style: TimestampStyle) -> Value {
    json!({
        "id": link.id,
        "institution": link.institution,
        "access_mode": link.access_mode,
        "status": link.status,
        "refresh_rate": link.refresh_rate,
        "created_by": link.created_by,
        "last_accessed_at": link.last_accessed_at.map(|time| timestamp(time, style)),
        "external_id": link.external_id,
        "created_at": timestamp(link.created_at, style),
        "institution_user_id": link.institution_user_id,
        "credentials_storage": link.credentials_storage,
        "stale_in": link.stale_in,
        "fetch_resources": link.fetch_resources,
    })
}

/// A timestamp in the style that is switched on.
pub(super) fn timestamp(time: Timestamp, style: TimestampStyle) -> String {
    let format = match style {
        TimestampStyle::MicrosecondsZ => "%Y-%m-%dT%H:%M:%S%.6fZ",
        TimestampStyle::MillisecondsOffset => "%Y-%m-%dT%H:%M:%S%.3f+00:00",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_keep_their_trailing_zeros() {
        let time: Timestamp = "2026-03-02T10:00:00.120Z".parse().unwrap();
        for (style, expected) in [
            (TimestampStyle::MicrosecondsZ, "2026-03-02T10:00:00.120000Z"),
            (TimestampStyle::MillisecondsOffset, "2026-03-02T10:00:00.120+00:00"),
        ] {
            assert_eq!(timestamp(time, style), expected);
        }
    }
}
