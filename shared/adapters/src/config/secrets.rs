//! Secrets: by ARN, to be read when the process starts, or on a laptop as plain values.

use std::future::ready;

use domain::{external_id::ReferenceKey, webhooks::WebhookKeys};
use secrecy::{ExposeSecret, SecretString};

use super::{
    AWS_ENDPOINT_URL_SECRETS_MANAGER, BELVO_API_URL, BELVO_OTHER_SECRET_ID, BELVO_OTHER_SECRET_PASSWORD,
    BELVO_SECRET_ARN, BELVO_SECRET_ID, BELVO_SECRET_PASSWORD, OPEN_FINANCE_WIDGET, REFERENCE_KEY,
    REFERENCE_KEY_ARN, Reader, WEBHOOK_AUTHORIZATION, WEBHOOK_OTHER_AUTHORIZATION, WEBHOOK_SECRET_ARN,
};
use crate::{
    belvo::{self, KeyRing, Keys},
    secrets::{Arn, Secret, SecretsManager, Source, Unread, Unreadable, Versions, fields, rotated},
};

/// How a secret was given.
enum Given {
    /// By its ARN.
    Kept(Secret),
    /// As plain values, or not at all.
    Plain,
}

impl<'a> Reader<'a> {
    /// Belvo's address and our credentials there.
    pub fn belvo(&mut self) -> Option<Unread<belvo::Settings>> {
        let url = self.required(BELVO_API_URL);
        let base_url = self.parsed(BELVO_API_URL, url, belvo::BaseUrl::parse);
        let (keys, trust) = (self.belvo_keys(), self.trust());
        let app = self.environment.get(OPEN_FINANCE_WIDGET);
        let open_finance = self.parsed(OPEN_FINANCE_WIDGET, app, belvo::OpenFinance::parse);
        let (base_url, keys, trust) = (base_url?, keys?, trust?);
        Some(Box::pin(async move {
            Ok(belvo::Settings { open_finance, trust, ..belvo::Settings::with(base_url, keys.await?) })
        }))
    }

    /// Our credentials at Belvo.
    pub fn belvo_keys(&mut self) -> Option<Unread<Source<KeyRing>>> {
        let plain =
            [BELVO_SECRET_ID, BELVO_SECRET_PASSWORD, BELVO_OTHER_SECRET_ID, BELVO_OTHER_SECRET_PASSWORD];
        match self.given(BELVO_SECRET_ARN, &plain)? {
            Given::Kept(secret) => Some(Box::pin(secret.kept(belvo_ring, self.around.clone()))),
            Given::Plain => {
                let id = self.given_as(BELVO_SECRET_ID, BELVO_SECRET_ARN);
                let password = self.given_as(BELVO_SECRET_PASSWORD, BELVO_SECRET_ARN);
                let other = self.other_keys();
                let first = Keys { id: id?.into(), password: password?.into() };
                Some(Box::pin(ready(Ok(Source::fixed(KeyRing::new(first, other))))))
            }
        }
    }

    fn other_keys(&mut self) -> Option<Keys> {
        let secret = |name| self.environment.get(name).map(SecretString::from);
        match (secret(BELVO_OTHER_SECRET_ID), secret(BELVO_OTHER_SECRET_PASSWORD)) {
            (Some(id), Some(password)) => Some(Keys { id, password }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let both =
                    format!("set both {BELVO_OTHER_SECRET_ID} and {BELVO_OTHER_SECRET_PASSWORD}, or neither");
                self.problem(both);
                None
            }
        }
    }

    /// Who may send webhooks: nobody, when nothing is set.
    pub fn webhook_keys(&mut self) -> Option<Unread<Source<WebhookKeys>>> {
        let plain = [WEBHOOK_AUTHORIZATION, WEBHOOK_OTHER_AUTHORIZATION];
        match self.given(WEBHOOK_SECRET_ARN, &plain)? {
            Given::Kept(secret) => Some(Box::pin(secret.kept(webhook_keys, self.around.clone()))),
            Given::Plain => {
                let mut keys = WebhookKeys::closed();
                for name in plain {
                    if let set @ Some(_) = self.environment.get(name) {
                        keys = self.parsed(name, set, |value| keys.clone().accepting(value))?;
                    }
                }
                Some(Box::pin(ready(Ok(Source::fixed(keys)))))
            }
        }
    }

    /// The key for references. Its secret is read once: the key is for life, since every `external_id` derives from it,
    /// and a process that changed over to another would give the users whom it meets another id.
    pub fn reference_key(&mut self) -> Option<Unread<ReferenceKey>> {
        match self.given(REFERENCE_KEY_ARN, &[REFERENCE_KEY])? {
            Given::Kept(secret) => Some(Box::pin(secret.once(reference_key))),
            Given::Plain => {
                let raw = self.given_as(REFERENCE_KEY, REFERENCE_KEY_ARN);
                let key = self.parsed(REFERENCE_KEY, raw, ReferenceKey::parse)?;
                Some(Box::pin(ready(Ok(key))))
            }
        }
    }

    fn given(&mut self, arn: &'static str, plain: &[&str]) -> Option<Given> {
        let Some(raw) = self.environment.get(arn) else { return Some(Given::Plain) };
        let beside: Vec<_> =
            plain.iter().copied().filter(|name| self.environment.get(name).is_some()).collect();
        if !beside.is_empty() {
            self.problem(format!("{arn} and {} are both set: unset one", beside.join(", ")));
        }
        let named = self.parsed(arn, Some(raw), Arn::parse);
        let connection = self.connection(AWS_ENDPOINT_URL_SECRETS_MANAGER);
        let (named, connection) = (named?, connection?);
        let manager = SecretsManager::of(&named, &connection);
        beside.is_empty().then_some(Given::Kept(Secret { manager, arn: named, variable: arn }))
    }

    fn given_as(&mut self, name: &str, arn: &str) -> Option<&'a str> {
        if self.environment.get(name).is_none() {
            self.problem(format!("{name} is not set, nor is {arn}"));
        }
        self.environment.get(name)
    }
}

fn belvo_ring(versions: &Versions) -> Result<KeyRing, Unreadable> {
    let (present, before) = rotated(versions, |text| {
        let [id, password] = fields(text, ["id", "password"])?;
        Keys::checked(id, password).map_err(Unreadable::rule)
    })?;
    Ok(KeyRing::new(present, before))
}

/// Both versions are accepted: Belvo may send the one before until its dashboard is told the present one.
fn webhook_keys(versions: &Versions) -> Result<WebhookKeys, Unreadable> {
    let (present, before) = rotated(versions, |text| {
        let [value] = fields(text, ["authorization"])?;
        WebhookKeys::closed().accepting(value.expose_secret()).map_err(Unreadable::rule)
    })?;
    Ok(before.into_iter().fold(present, WebhookKeys::and))
}

fn reference_key(versions: &Versions) -> Result<ReferenceKey, Unreadable> {
    let [key] = fields(&versions.present, ["key"])?;
    ReferenceKey::parse(key.expose_secret()).map_err(Unreadable::rule)
}
