//! Pages: the envelope with `count`, `next` and `previous`, and the sparse fields.

use axum::http::{HeaderMap, Uri, header};
use serde_json::{Value, json};

use super::parameters::{Known, check};
use super::refusal::Refusal;
use crate::belvo::Belvo;

const LARGEST_PAGE: usize = 1_000;

/// The query of a list request. Where a parameter is given twice, the last counts; one without a
/// value counts as not given.
pub(super) struct Question {
    parameters: Vec<(String, String)>,
    /// As it was sent, to be repeated in `next` and `previous`.
    raw: String,
    address: String,
}

impl Question {
    pub(super) fn new(
        belvo: &Belvo,
        uri: &Uri,
        headers: &HeaderMap,
        parameters: Vec<(String, String)>,
    ) -> Self {
        Self {
            parameters,
            raw: uri.query().unwrap_or_default().to_owned(),
            address: format!("{}{}", base_url(belvo, headers), uri.path()),
        }
    }

    /// The question of a list that knows these parameters.
    pub(super) fn of_list(
        belvo: &Belvo,
        uri: &Uri,
        headers: &HeaderMap,
        parameters: Vec<(String, String)>,
        known: Known,
    ) -> Result<Self, Refusal> {
        let question = Self::new(belvo, uri, headers, parameters);
        check(&question, known, &belvo.switches()).map(|()| question)
    }

    /// The names of all parameters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(name, _)| name.as_str())
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .rfind(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The values of a parameter with commas in it.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.get(name)?.split(',').map(str::trim);
        Some(values.filter(|value| !value.is_empty()).collect())
    }

    /// Whether a value passes the filter of its name and the `…__in` of it.
    pub(super) fn admits(&self, name: &str, value: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted == value)
            && self.list(&format!("{name}__in")).is_none_or(|wanted| wanted.contains(&value))
    }

    /// One page of the matches, each written by `write` and cut to the fields asked for.
    pub(super) fn page<T>(
        &self,
        matches: impl ExactSizeIterator<Item = T>,
        default_size: usize,
        write: impl Fn(T) -> Value,
    ) -> Result<Value, Refusal> {
        let size = self.get("page_size").and_then(|size| size.parse().ok());
        let size = size.filter(|size| *size > 0).unwrap_or(default_size.max(1)).min(LARGEST_PAGE);
        let page: usize = match self.get("page").map(str::parse) {
            None => 1,
            Some(Ok(page)) if page > 0 => page,
            Some(_) => return Err(Refusal::not_found()),
        };
        let count = matches.len();
        let last = count.div_ceil(size).max(1);
        if page > last {
            return Err(Refusal::not_found());
        }
        let shown = matches.skip((page - 1) * size).take(size);
        let results: Vec<Value> = shown.map(|one| self.sparse(write(one))).collect();
        Ok(json!({
            "count": count,
            "next": (page < last).then(|| self.to_page(page + 1)),
            "previous": (page > 1).then(|| self.to_page(page - 1)),
            "results": results,
        }))
    }

    /// An answer cut to the fields asked for.
    pub(super) fn sparse(&self, mut value: Value) -> Value {
        let (only, omitted) = (self.list("fields"), self.list("omit").unwrap_or_default());
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| {
                only.as_ref().is_none_or(|only| only.contains(&name.as_str()))
                    && !omitted.contains(&name.as_str())
            });
        }
        value
    }

    fn to_page(&self, page: usize) -> String {
        let mut query: Vec<String> = self
            .raw
            .split('&')
            .filter(|part| !part.is_empty() && part.split('=').next() != Some("page"))
            .map(str::to_owned)
            .collect();
        query.push(format!("page={page}"));
        format!("{}?{}", self.address, query.join("&"))
    }
}

/// Scheme, host and port as the caller reached us.
pub(super) fn base_url(belvo: &Belvo, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    belvo.base_url().map_or_else(|| format!("http://{host}"), |base| base.trim_end_matches('/').to_owned())
}
