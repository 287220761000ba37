//! What the SDK's errors mean to a caller. Only codes are kept: messages may quote keys.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use domain::failure::StoreError;

use crate::aws;

/// A failure of DynamoDB by its code, or by the part of the call that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("DynamoDB: {0}")]
pub(super) struct Failed(pub(super) String);

/// Codes that may go away by themselves. Everything else that the service says is a refusal.
const PASSING: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// The store error that an SDK error means. Only what is the caller's fault by its status is refused: a
/// server error may come from a load balancer that knows no codes, and a success may be cut short.
pub(super) fn store_error<E>(error: &SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata,
{
    let busy = |what: &str| StoreError::Busy(Failed(what.to_owned()).into());
    match error {
        SdkError::ServiceError(service) if !service.raw().status().is_client_error() => {
            busy(service.err().code().unwrap_or("an answer that cannot be used"))
        }
        SdkError::ServiceError(service) => {
            by_code(service.err().code().unwrap_or("an answer without a code"))
        }
        SdkError::TimeoutError(_) => busy("no answer in time"),
        SdkError::DispatchFailure(dispatch) => busy(aws::distrust(dispatch).unwrap_or("not reachable")),
        SdkError::ResponseError(_) => busy("an answer that cannot be read"),
        SdkError::ConstructionFailure(_) => {
            StoreError::Refused(Failed("the request cannot be built".to_owned()).into())
        }
        _ => busy("an unknown failure"),
    }
}

/// The store error that a code of the service means.
pub(super) fn by_code(code: &str) -> StoreError {
    let cause = Failed(code.to_owned());
    if PASSING.contains(&code) { StoreError::Busy(cause.into()) } else { StoreError::Refused(cause.into()) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::query::QueryError;

    use super::*;

    #[test]
    fn throttling_is_passing_and_a_missing_table_is_not() {
        assert!(matches!(by_code("ThrottlingException"), StoreError::Busy(_)));
        assert!(matches!(by_code("ResourceNotFoundException"), StoreError::Refused(_)));
        assert!(matches!(by_code("ValidationException"), StoreError::Refused(_)));
    }

    type Error = SdkError<QueryError, HttpResponse>;

    #[test]
    fn an_answer_without_a_code_is_refused_only_when_we_are_to_blame() {
        let answered = |status: u16| {
            let raw = HttpResponse::new(status.try_into().expect("a status"), "<html>".into());
            store_error(&Error::service_error(QueryError::unhandled("not JSON"), raw))
        };
        assert!(matches!(answered(200), StoreError::Busy(_)));
        assert!(matches!(answered(500), StoreError::Busy(_)));
        assert!(matches!(answered(503), StoreError::Busy(_)));
        assert!(matches!(answered(400), StoreError::Refused(_)));
    }

    #[test]
    fn a_call_that_never_arrived_may_be_repeated() {
        let lost = Error::timeout_error("slow");
        assert!(matches!(store_error(&lost), StoreError::Busy(_)));
        let unbuilt = Error::construction_failure("bad");
        assert!(matches!(store_error(&unbuilt), StoreError::Refused(_)));
    }
}
