//! Consents of Brazilian open finance: the port [`Consents`]. Whose document one is for is neither asked for nor read.

use std::borrow::Cow;

use domain::{
    calls::Gate,
    failure::ProviderError,
    ports::{Consent, ConsentPage, Consents},
    values::{ConsentId, LinkId},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Belvo, SINGLE_CAP,
    answer::is_not_found,
    call::Call,
    query::Filter,
    route::Route,
    wire::{Listed, Record},
};

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    link_id: Cow<'a, str>,
    #[serde(borrow)]
    expired_at: Option<&'a RawValue>,
    undefined_consent_expiration: Option<bool>,
}

impl Record for Consent {
    const FIELDS: Option<&'static str> = Some("id,link_id,expired_at,undefined_consent_expiration");
    type Key = ConsentId;

    fn read(raw: &str) -> Option<(ConsentId, Self)> {
        let wire: Wire<'_> = serde_json::from_str(raw).ok()?;
        let id = ConsentId::parse(&wire.id).ok()?;
        let ends = wire.expired_at.filter(|_| wire.undefined_consent_expiration != Some(true));
        let ends: Option<String> = ends.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let ends_at = ends.and_then(|text| text.parse().ok());
        Some((id, Self { id, link_id: LinkId::parse(&wire.link_id).ok()?, ends_at }))
    }
}

fn consent(body: &[u8]) -> Result<Consent, ProviderError> {
    let read = std::str::from_utf8(body).ok().and_then(Consent::read);
    read.map(|(_, consent)| consent).ok_or(ProviderError::Unknown("no record of a consent"))
}

impl<G: Gate> Consents for Belvo<G> {
    async fn consents(&self, page: u32) -> Result<ConsentPage, ProviderError> {
        let Listed { records, more, .. } = self.listed(Route::Consents, &Filter::Every, page).await?;
        Ok(ConsentPage { consents: records.into_iter().map(|(_, consent)| consent).collect(), more })
    }

    async fn consent(&self, id: ConsentId) -> Result<Option<Consent>, ProviderError> {
        let route = Route::Consent(id);
        let call = Call::get(route, self.settings.base_url.join(route), SINGLE_CAP);
        match self.call(call, consent).await {
            Ok(consent) if consent.id == id => Ok(Some(consent)),
            Ok(_) => Err(ProviderError::Unknown("the record of another consent")),
            Err(refusal) if is_not_found(&refusal) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
