//! Which function asked the table for what: the pairs of action and resource that IAM would check. Tests hold the grants
//! of `template.yaml` against them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Pairs of action and resource (`table`, or `index/` and its name) by the name that requests give in their user agent.
pub type Usage = BTreeMap<String, BTreeSet<(String, String)>>;

/// What a user agent says before the name.
const APP: &str = " app/";

/// Who asks, if the request says so.
pub(super) fn asking(user_agent: &str) -> Option<&str> {
    let (_, name) = user_agent.split_once(APP)?;
    name.split(' ').next()
}

/// What IAM checks of a request. A transaction has no action of its own: its parts are checked one by one.
pub(super) fn checked(target: &str, body: &[u8]) -> BTreeSet<(String, String)> {
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let index = body.get("IndexName").and_then(Value::as_str);
    let resource = index.map_or_else(|| "table".to_owned(), |name| format!("index/{name}"));
    let parts = body.get("TransactItems").and_then(Value::as_array);
    let actions: BTreeSet<String> = match parts {
        Some(parts) => {
            parts.iter().filter_map(Value::as_object).flat_map(|part| part.keys().map(part_of)).collect()
        }
        None => BTreeSet::from([operation.to_owned()]),
    };
    actions.into_iter().map(|action| (action, resource.clone())).collect()
}

fn part_of(kind: &String) -> String {
    if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(target: &str, body: &str) -> Vec<(String, String)> {
        checked(target, body.as_bytes()).into_iter().collect()
    }

    fn pair(action: &str, resource: &str) -> (String, String) {
        (action.to_owned(), resource.to_owned())
    }

    #[test]
    fn a_query_is_of_the_table_or_of_an_index() {
        assert_eq!(pairs("DynamoDB_20120810.Query", r#"{"TableName": "t"}"#), [pair("Query", "table")]);
        let by_time = r#"{"TableName": "t", "IndexName": "by-time"}"#;
        assert_eq!(pairs("DynamoDB_20120810.Query", by_time), [pair("Query", "index/by-time")]);
    }

    #[test]
    fn a_transaction_is_its_parts() {
        let body = r#"{"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}, {"Update": {}}, {"Put": {}}]}"#;
        let parts = ["ConditionCheckItem", "PutItem", "UpdateItem"].map(|action| pair(action, "table"));
        assert_eq!(pairs("DynamoDB_20120810.TransactWriteItems", body), parts);
    }

    #[test]
    fn a_request_says_whose_it_is_or_nothing() {
        assert_eq!(asking("aws-sdk-rust/1.3 os/linux app/follow-up lang/rust"), Some("follow-up"));
        assert_eq!(asking("aws-sdk-rust/1.3 os/linux lang/rust app/reconcile"), Some("reconcile"));
        assert_eq!(asking("aws-sdk-rust/1.3 os/linux lang/rust"), None);
    }
}
