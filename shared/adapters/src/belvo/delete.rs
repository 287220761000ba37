//! Deleting links: a port of its own, so that only one function can.

use domain::{
    calls::Gate, deletion::step::Deleted, failure::ProviderError, ports::ProviderDeletion, values::LinkId,
};

use super::{Belvo, SINGLE_CAP, answer::is_not_found, call::Call, route::Route, wire};

impl<G: Gate> ProviderDeletion for Belvo<G> {
    async fn delete(&self, id: LinkId) -> Result<Deleted, ProviderError> {
        let route = Route::Link(id);
        let url = self.settings.base_url.join(route);
        let call = Call::delete(route, url, self.settings.deletion_mode, SINGLE_CAP);
        match self.call(call, wire::deletion).await {
            Err(refusal) if is_not_found(&refusal) => Ok(Deleted::NotFound),
            answer => answer,
        }
    }
}
