//! The query of a list call. All values are typed and go through the encoder of the URL type.

use domain::{
    external_id::ExternalId,
    values::{Institution, LinkId},
};
use jiff::civil::Date;
use reqwest::Url;

/// Belvo's largest page. Always asked for: calls are what is scarce.
pub(super) const PAGE_SIZE: usize = 1_000;

/// Which records are wanted.
#[derive(Clone, Copy)]
pub(super) enum Filter<'a> {
    /// All of them.
    Every,
    /// Links that name this user.
    User(&'a ExternalId),
    /// Links made on these days, both included.
    Days { from: Date, to: Date },
    /// Links that need a new login or token.
    Unusable,
    /// Links with these ids.
    Ids(&'a [LinkId]),
    /// What belongs to these links.
    OfLinks(&'a [LinkId]),
    /// Institutions with these names.
    Names(&'a [Institution]),
}

/// The URL of one page of a list, `page` counting from 1.
pub(super) fn list(mut url: Url, fields: Option<&str>, filter: &Filter<'_>, page: u32) -> Url {
    {
        let mut pairs = url.query_pairs_mut();
        match filter {
            Filter::Every => {}
            Filter::User(user) => {
                pairs.append_pair("external_id", user.as_str());
            }
            Filter::Days { from, to } => {
                pairs.append_pair("created_at__gte", &from.to_string());
                pairs.append_pair("created_at__lte", &to.to_string());
            }
            Filter::Unusable => {
                pairs.append_pair("status__in", "invalid,token_required");
            }
            Filter::Ids(ids) => {
                pairs.append_pair("id__in", &joined(ids));
            }
            Filter::OfLinks(ids) => {
                pairs.append_pair("link__in", &joined(ids));
            }
            Filter::Names(names) => {
                let names: Vec<_> = names.iter().map(Institution::as_str).collect();
                pairs.append_pair("name__in", &names.join(","));
            }
        }
        pairs.extend_pairs(fields.map(|fields| ("fields", fields)));
        pairs.append_pair("page_size", &PAGE_SIZE.to_string());
        pairs.append_pair("page", &page.to_string());
    }
    url
}

/// Belvo takes several values as one, with commas.
fn joined(ids: &[LinkId]) -> String {
    let ids: Vec<String> = ids.iter().map(LinkId::to_string).collect();
    ids.join(",")
}
