//! What can be wrong with one record.

use serde_json::{Map, Value, json};

use super::FaultKind;
use crate::encoding::uuid_of;

/// What Belvo may leave out.
const OPTIONAL: [&str; 8] = [
    "last_accessed_at",
    "refresh_rate",
    "credentials_storage",
    "created_by",
    "fetch_resources",
    "stale_in",
    "access_mode",
    "institution_user_id",
];

/// Spoils a record. `alone`: it is the whole answer, and not one of a list.
pub(super) fn spoil(kind: &FaultKind, record: &mut Map<String, Value>, alone: bool) {
    let has = |key: &str| record.contains_key(key);
    match kind {
        FaultKind::ForeignRecords if alone && has("id") => {
            let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
            let other = uuid_of(&["another", id]);
            record.insert("id".to_owned(), json!(other));
        }
        FaultKind::OneBadRecord if alone && has("id") => {
            record.insert("id".to_owned(), json!(7));
        }
        FaultKind::MissingOptionalFields => record.retain(|key, _| !OPTIONAL.contains(&key.as_str())),
        FaultKind::UnknownFields => {
            record.insert("risk_score".to_owned(), json!(0.7));
            record.insert("owner".to_owned(), json!({"kinds": ["person", 1, null]}));
        }
        FaultKind::UnknownStatus if has("status") => {
            record.insert("status".to_owned(), json!("hibernating"));
        }
        FaultKind::NullExternalId if has("external_id") => {
            record.insert("external_id".to_owned(), Value::Null);
        }
        FaultKind::NullInstitutionUserId if has("institution_user_id") => {
            record.insert("institution_user_id".to_owned(), Value::Null);
        }
        FaultKind::ShortInstitutionUserId => {
            if let Some(Value::String(id)) = record.get_mut("institution_user_id") {
                id.truncate(43);
            }
        }
        _ => {}
    }
}
