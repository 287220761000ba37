//! The domain's ports over a line: Belvo.

use domain::{
    deletion::step::Deleted,
    external_id::ExternalId,
    failure::ProviderError,
    link::ProviderLink,
    ports::{Account, Lookup, Page, Provider, ProviderDeletion, Recognised, TokenRequest, WidgetToken},
    values::{Institution, LinkId},
};
use jiff::civil::Date;

use crate::{line::Silence, ports::Port, request::Request};

impl Port<'_> {
    async fn belvo<T: Clone + 'static>(
        &self,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<T, ProviderError> {
        self.0.ask(request).await.map_err(|silence| match silence {
            Silence::Lost => ProviderError::Unknown("the answer was lost"),
            Silence::Unsent => ProviderError::Unsent("nothing was sent"),
        })
    }
}

impl ProviderDeletion for Port<'_> {
    async fn delete(&self, id: LinkId) -> Result<Deleted, ProviderError> {
        self.belvo(|| Request::Delete(id)).await
    }
}

impl Provider for Port<'_> {
    fn environment(&self) -> String {
        "belvo.test".to_owned()
    }
    async fn links_of(&self, _: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        self.belvo(|| Request::LinksOf).await
    }
    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        let survivor = self.0.has_rechecked();
        self.belvo(|| Request::Link { id, survivor }).await
    }
    async fn token(&self, _: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        Ok("a token".to_owned().into())
    }
    async fn made_on(&self, _: Date, _: Date, _: u32) -> Result<Page, ProviderError> {
        Ok(Page::default())
    }
    async fn unusable(&self, _: u32) -> Result<Page, ProviderError> {
        Ok(Page::default())
    }
    async fn links_by_id(&self, ids: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        self.belvo(|| Request::LinksById(ids.to_vec())).await
    }
    async fn recognised(&self, _: &[Institution], _: &[LinkId]) -> Recognised {
        Recognised::default()
    }
    async fn accounts_of(&self, _: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        Ok(Vec::new())
    }
}
