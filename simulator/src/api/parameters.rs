//! The firewall before the lists: which parameters each of them knows, and how many values a filter takes.
//! Both rules are switches, since Belvo publishes neither.

use super::paging::Question;
use super::refusal::{Complaint, Refusal};
use crate::switches::{Switches, UnknownParameters};

/// The parameters of a list, in alphabetical order.
pub(super) type Known = &'static str;

/// Those of `/api/links/`.
pub(super) const LINKS: Known = "\
    access_mode created_at created_at__gt created_at__gte created_at__lt created_at__lte \
    created_at__range created_by__not_in external_id external_id__in fields id id__in institution \
    institution__in institution_user_id institution_user_id__in omit page page_size refresh_rate \
    status status__in";

/// Those of `/api/accounts/`.
pub(super) const ACCOUNTS: Known = "\
    balance__available balance__available__gt balance__available__gte balance__available__lt \
    balance__available__lte balance__available__range balance__current balance__current__gt \
    balance__current__gte balance__current__lt balance__current__lte balance__current__range \
    category category__in created_at created_at__gt created_at__gte created_at__lt created_at__lte \
    created_at__range currency currency__in fields id id__in institution institution__in link \
    link__in name name__icontains number number__in omit page page_size public_identification_name \
    public_identification_value type";

/// Those of `/api/consents/`.
pub(super) const CONSENTS: Known = "\
    fields omit page page_size user_document";

/// Those of `/api/institutions/`.
pub(super) const INSTITUTIONS: Known = "\
    country_code country_code__in display_name name name__in page page_size resources__allin status \
    status__in type type__in website";

/// Refuses what the switches say that the firewall, or the list, does not take.
pub(super) fn check(question: &Question, known: Known, switches: &Switches) -> Result<(), Refusal> {
    let is_known = |name: &str| known.split(' ').any(|one| one == name);
    if switches.unknown_parameters == UnknownParameters::Refused && !question.names().all(is_known) {
        return Err(Refusal::forbidden());
    }
    let Some(most) = switches.most_filter_values else { return Ok(()) };
    let long = |name: &&str| {
        let several = ["__in", "__not_in", "__allin"].iter().any(|ending| name.ends_with(ending));
        several && question.list(name).is_some_and(|values| values.len() > most)
    };
    let complain = |name| Complaint::about(name, "invalid", "This filter takes fewer values.");
    let complaints: Vec<_> = question.names().filter(long).map(complain).collect();
    if complaints.is_empty() { Ok(()) } else { Err(Refusal::bad_request(complaints)) }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::testing::World;

    const DESCRIPTION: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/belvo-1.223.0.json"));

    /// The names of a list's parameters in Belvo's own description.
    fn described(path: &str) -> Vec<String> {
        let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
        let parameters = description["paths"][path]["get"]["parameters"].as_array().unwrap();
        let resolved = parameters.iter().map(|parameter| match parameter["$ref"].as_str() {
            Some(place) => description.pointer(&place[1..]).unwrap(),
            None => parameter,
        });
        let mut names: Vec<_> =
            resolved.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_list_knows_the_parameters_that_belvo_describes() {
        for (path, known) in [
            ("/api/links/", LINKS),
            ("/api/accounts/", ACCOUNTS),
            ("/api/consents/", CONSENTS),
            ("/api/institutions/", INSTITUTIONS),
        ] {
            assert_eq!(known.split(' ').collect::<Vec<_>>(), described(path), "{path}");
        }
    }

    #[tokio::test]
    async fn an_unknown_parameter_is_ignored_or_refused() {
        let paths = ["links", "accounts", "consents", "institutions"];
        for (unknown_parameters, status) in
            [(UnknownParameters::Ignored, 200), (UnknownParameters::Refused, 403)]
        {
            let world = World::with(Switches { unknown_parameters, ..Switches::default() });
            for path in paths {
                let answer = world.get(&format!("/api/{path}/?ordering=created_at&page=1")).await;
                assert_eq!(answer.status.as_u16(), status, "{path}");
                assert_eq!(world.get(&format!("/api/{path}/?page=1")).await.status, 200, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn a_filter_takes_as_many_values_as_the_switch_says() {
        let world = World::with(Switches { most_filter_values: Some(2), ..Switches::default() });
        for (query, status) in [
            ("external_id__in=ana,bia", 200),
            ("external_id__in=ana,bia,caio", 400),
            ("status__in=valid,invalid,unconfirmed", 400),
            ("external_id=ana,bia,caio", 200),
        ] {
            let answer = world.get(&format!("/api/links/?{query}")).await;
            assert_eq!(answer.status.as_u16(), status, "{query}");
        }
    }
}
