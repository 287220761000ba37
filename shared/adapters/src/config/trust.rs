//! Whom the clients trust beside Mozilla's list.

use std::path::Path;

use super::{AWS_CA_BUNDLE, Reader};
use crate::tls::Trust;

impl Reader<'_> {
    /// Further certificate authorities: nobody, unless a file of them is named. The file is read once for all clients.
    pub fn trust(&mut self) -> Option<Trust> {
        let Some(path) = self.environment.get(AWS_CA_BUNDLE) else { return Some(Trust::default()) };
        if self.trust.is_none() {
            match Trust::read(Path::new(path)) {
                Ok(trust) => self.trust = Some(trust),
                Err(rule) => self.problem(format!("{AWS_CA_BUNDLE}: {rule}")),
            }
        }
        self.trust.clone()
    }
}
