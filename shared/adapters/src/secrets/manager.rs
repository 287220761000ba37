//! AWS Secrets Manager. A rotation puts a new version under the stage `AWSCURRENT` and leaves the one before under
//! `AWSPREVIOUS`.

use std::fmt;

use aws_sdk_secretsmanager::{
    Client,
    config::{BehaviorVersion, Config, Region},
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};
use secrecy::SecretString;

use super::text::Unreadable;
use crate::aws::{self, Connection};

const PRESENT: &str = "AWSCURRENT";
const BEFORE: &str = "AWSPREVIOUS";

/// Why a text does not name a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the whole ARN of a secret, such as arn:aws:secretsmanager:sa-east-1:123456789012:secret:NAME-AbCdEf"
)]
pub struct ArnError;

/// The name of a secret. It holds no secret, but says whose account it is in: it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Arn {
    whole: String,
    region: String,
}

impl Arn {
    /// The one door.
    pub fn parse(raw: &str) -> Result<Self, ArnError> {
        let parts: Vec<_> = raw.splitn(7, ':').collect();
        let [arn, partition, service, region, account, kind, name] = parts.as_slice() else {
            return Err(ArnError);
        };
        let word = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let fixed = (*arn, *service, *kind) == ("arn", "secretsmanager", "secret");
        let owned = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if fixed && owned && word(partition, "-") && word(region, "-") && word(name, "/_+=.@-") {
            Ok(Self { whole: raw.to_owned(), region: (*region).to_owned() })
        } else {
            Err(ArnError)
        }
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arn")
    }
}

/// The texts of a secret.
#[derive(Clone, Debug)]
pub struct Versions {
    /// The present one.
    pub present: SecretString,
    /// The one before, if there is one and it was asked for.
    pub before: Option<SecretString>,
}

/// Why a secret cannot be had, with what to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is none.
    #[error(
        "there is no such secret, or it has no value yet: check the ARN, and that a value was put into it"
    )]
    Missing,
    /// We may not.
    #[error(
        "Secrets Manager refuses it to us: the role needs secretsmanager:GetSecretValue on this ARN, and kms:Decrypt if it is encrypted with a key of your own"
    )]
    Denied,
    /// Its key does not work.
    #[error("it cannot be decrypted: the role needs kms:Decrypt on its key, and the key must be enabled")]
    Encrypted,
    /// It is on its way to be deleted.
    #[error("it is marked for deletion: restore it, or name another")]
    Deleted,
    /// No answer in time.
    #[error("Secrets Manager did not answer in time")]
    Late,
    /// No way there.
    #[error("Secrets Manager cannot be reached: check the region in the ARN, and the network")]
    Unreachable,
    /// Somebody is there who cannot show that they are it.
    #[error("Secrets Manager was not asked, as what answers there has {0}")]
    Distrusted(&'static str),
    /// Something else.
    #[error("Secrets Manager answered {0}")]
    Refused(String),
    /// It was read, and is not what it should be.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The way to secrets.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Where this secret is: in the region that its ARN names. Connects at the first call.
    #[must_use]
    pub fn of(arn: &Arn, connection: &Connection) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(arn.region.clone()))
            .credentials_provider(connection.credentials())
            .retry_config(aws::retries())
            .timeout_config(aws::timeouts())
            .http_client(aws::http(&connection.trust));
        config.set_endpoint_url(connection.endpoint.clone());
        Self { client: Client::from_conf(config.build()) }
    }

    /// The present version alone.
    pub(super) async fn present(&self, arn: &Arn) -> Result<Versions, Failure> {
        Ok(Versions { present: self.version(arn, PRESENT).await?, before: None })
    }

    /// The present version and the one before, asked for at the same time. That there is none before is quite usual.
    pub(super) async fn both(&self, arn: &Arn) -> Result<Versions, Failure> {
        let (present, before) = tokio::join!(self.version(arn, PRESENT), self.version(arn, BEFORE));
        let before = match before {
            Ok(text) => Some(text),
            Err(Failure::Missing | Failure::Unreadable(_)) => None,
            Err(other) => return Err(present.err().unwrap_or(other)),
        };
        Ok(Versions { present: present?, before })
    }

    async fn version(&self, arn: &Arn, stage: &str) -> Result<SecretString, Failure> {
        let asked = self.client.get_secret_value().secret_id(&arn.whole).version_stage(stage);
        let answer = asked.send().await.map_err(|error| failure(&error))?;
        Ok(answer.secret_string.map(SecretString::from).ok_or(Unreadable::Binary)?)
    }
}

/// By what kind it is. Messages of AWS's quote the ARN and the caller, and go no further than here.
fn failure<R>(error: &SdkError<GetSecretValueError, R>) -> Failure {
    match error {
        SdkError::ServiceError(service) => coded(service.err().code()),
        SdkError::TimeoutError(_) => Failure::Late,
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => Failure::Late,
        SdkError::DispatchFailure(dispatch) => {
            aws::distrust(dispatch).map_or(Failure::Unreachable, Failure::Distrusted)
        }
        SdkError::ConstructionFailure(_) => Failure::Unreachable,
        SdkError::ResponseError(_) => Failure::Refused("what cannot be read".to_owned()),
        _ => Failure::Refused("nothing that is known".to_owned()),
    }
}

fn coded(code: Option<&str>) -> Failure {
    match code {
        Some("ResourceNotFoundException") => Failure::Missing,
        Some("AccessDeniedException") => Failure::Denied,
        Some("DecryptionFailure") => Failure::Encrypted,
        Some("InvalidRequestException") => Failure::Deleted,
        Some(code) if code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Failure::Refused(code.to_owned())
        }
        Some(_) | None => Failure::Refused("without a code".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "arn:aws:secretsmanager:sa-east-1:123456789012:secret:linkkeeper/belvo-AbCdEf";

    #[test]
    fn a_whole_arn_is_taken_and_anything_else_is_told_by_its_rule() {
        assert_eq!(Arn::parse(GOOD).expect("whole").region, "sa-east-1");
        for bad in [
            "",
            "linkkeeper/belvo",
            "arn:aws:secretsmanager:sa-east-1:123456789012:secret:",
            "arn:aws:secretsmanager:sa-east-1:123456789012:secret:a:b",
            "arn:aws:secretsmanager:sa-east-1:12345678901:secret:name",
            "arn:aws:secretsmanager::123456789012:secret:name",
            "arn:aws:secretsmanager:evil.example/:123456789012:secret:name",
            "arn:aws:ssm:sa-east-1:123456789012:secret:name",
            "arn:aws:secretsmanager:sa-east-1:123456789012:secret:a name",
        ] {
            assert_eq!(Arn::parse(bad), Err(ArnError), "{bad}");
        }
        assert!(!format!("{:?}", Arn::parse(GOOD)).contains("123456789012"));
    }

    #[test]
    fn what_aws_says_becomes_what_to_check() {
        for (code, meant) in [
            ("ResourceNotFoundException", Failure::Missing),
            ("AccessDeniedException", Failure::Denied),
            ("DecryptionFailure", Failure::Encrypted),
            ("InvalidRequestException", Failure::Deleted),
            ("ThrottlingException", Failure::Refused("ThrottlingException".to_owned())),
            ("arn:aws:secret leaks", Failure::Refused("without a code".to_owned())),
        ] {
            assert_eq!(coded(Some(code)), meant);
        }
        assert_eq!(coded(None), Failure::Refused("without a code".to_owned()));
    }
}
