//! What a tick may ask for. The schedule asks for nothing in particular: what is due is done.

use domain::{
    external_id::{ExternalId, ExternalIdError},
    sweep::{Order, Scope},
};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Why a tick cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Not an object.
    #[error("a tick is a JSON object; {{}} sweeps what is due")]
    Shape,
    /// Two things at once.
    #[error("a tick says at most one of mode, window and user")]
    Several,
    /// A mode that does not exist.
    #[error("mode is full or recent")]
    Mode,
    /// Not two days, or not days at all.
    #[error(
        "a window is {{\"from\", \"to\"}}, two days such as 2026-03-01, both included, the first not after the last"
    )]
    Window,
    /// Not an id.
    #[error("user is an external_id: {0}")]
    User(ExternalIdError),
    /// No text at all.
    #[error("user is an external_id")]
    NoUser,
}

/// Reads what a tick asks for. Whatever else a scheduler's event carries is ignored.
pub fn of(tick: &Value) -> Result<Order, OrderError> {
    let fields = tick.as_object().ok_or(OrderError::Shape)?;
    let (mode, window, user) = (fields.get("mode"), fields.get("window"), fields.get("user"));
    let scope = match (mode, window, user) {
        (None, None, None) => None,
        (Some(mode), None, None) => Some(self::mode(mode)?),
        (None, Some(window), None) => Some(self::window(window)?),
        (None, None, Some(user)) => Some(self::user(user)?),
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
            return Err(OrderError::Several);
        }
    };
    Ok(Order { scope, ..Order::default() })
}

/// Links made on these days, both included.
pub fn days(from: &str, to: &str) -> Result<Scope, OrderError> {
    match (day(from), day(to)) {
        (Some(from), Some(to)) if from <= to => Ok(Scope::Days { from, to }),
        _ => Err(OrderError::Window),
    }
}

fn mode(mode: &Value) -> Result<Scope, OrderError> {
    match mode.as_str() {
        Some("full") => Ok(Scope::Full),
        Some("recent") => Ok(Scope::Recent),
        Some(_) | None => Err(OrderError::Mode),
    }
}

fn window(window: &Value) -> Result<Scope, OrderError> {
    let fields = window.as_object().ok_or(OrderError::Window)?;
    let day = |fields: &Map<String, Value>, name| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    match (day(fields, "from"), day(fields, "to")) {
        (Some(from), Some(to)) if fields.len() == 2 => days(&from, &to),
        _ => Err(OrderError::Window),
    }
}

fn user(user: &Value) -> Result<Scope, OrderError> {
    let user = user.as_str().ok_or(OrderError::NoUser)?;
    ExternalId::parse(user).map(Scope::User).map_err(OrderError::User)
}

/// A day as people write it; a time of day, which the parser would take too, means nothing here.
fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_rule_and_not_repeated() {
        let window = |from: &str, to: &str| json!({"window": {"from": from, "to": to}});
        let cases = [
            (json!(null), OrderError::Shape),
            (json!("full"), OrderError::Shape),
            (json!({"mode": "hunter2"}), OrderError::Mode),
            (json!({"mode": null}), OrderError::Mode),
            (json!({"mode": "full", "user": "lk_a"}), OrderError::Several),
            (json!({"mode": "full", "window": {}}), OrderError::Several),
            (json!({"user": "lk_a", "window": {}}), OrderError::Several),
            (json!({"window": "2026-03-01"}), OrderError::Window),
            (json!({"window": {"from": "2026-03-01"}}), OrderError::Window),
            (json!({"window": {"from": "2026-03-01", "to": "2026-03-02", "hunter2": 1}}), OrderError::Window),
            (window("2026-03-02", "2026-03-01"), OrderError::Window),
            (window("2026-02-30", "2026-03-01"), OrderError::Window),
            (window("2026-03-01T10:00:00", "2026-03-01"), OrderError::Window),
            (window("hunter2", "2026-03-01"), OrderError::Window),
            (json!({"user": 7}), OrderError::NoUser),
            (json!({"user": "hunter2 "}), OrderError::User(ExternalIdError::Character)),
        ];
        for (tick, expected) in cases {
            let refused = of(&tick).expect_err("refused");
            assert_eq!(refused, expected, "{tick}");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn a_scheduler_asks_for_what_is_due_whatever_else_it_says() {
        for tick in [json!({}), json!({"source": "aws.scheduler", "detail": "{}", "id": "x"})] {
            assert_eq!(of(&tick), Ok(Order::default()), "{tick}");
        }
    }

    #[test]
    fn each_scope_can_be_asked_for() {
        let scope = |tick: Value| of(&tick).expect("an order").scope.expect("a scope");
        assert_eq!(scope(json!({"mode": "full"})), Scope::Full);
        assert_eq!(scope(json!({"mode": "recent"})), Scope::Recent);
        let day = |text: &str| text.parse().expect("a day");
        let days = Scope::Days { from: day("2026-03-01"), to: day("2026-03-02") };
        assert_eq!(scope(json!({"window": {"from": "2026-03-01", "to": "2026-03-02"}})), days);
        let user = ExternalId::parse("lk_abc").expect("an id");
        assert_eq!(scope(json!({"user": "lk_abc"})), Scope::User(user));
    }
}
