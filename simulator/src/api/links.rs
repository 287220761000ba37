//! `/api/links/`: listing, and looking at one.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State as Handle};
use axum::http::{HeaderMap, Uri};
use serde_json::Value;

use super::filters::Filters;
use super::paging::Question;
use super::parameters::LINKS;
use super::refusal::Refusal;
use super::wire;
use crate::belvo::Belvo;
use crate::book::Slot;

/// One page of the links that pass the filters.
pub(super) async fn list(
    Handle(belvo): Handle<Belvo>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let question = Question::of_list(&belvo, &uri, &headers, parameters, LINKS)?;
    let filters = Filters::read(&question, &belvo.switches())?;
    let now = belvo.now();
    let state = belvo.lock();
    let style = state.switches.timestamps;
    let matches = filters.select(&state, now);
    let size = state.switches.page_size_default;
    let write = |slot: &Slot| state.book.entry(*slot).map(|entry| wire::link(&entry.link(), style));
    question.page(matches.iter().rev(), size, |slot| write(slot).unwrap_or_default()).map(Json)
}

/// One link.
pub(super) async fn detail(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    let id = known(id)?;
    let now = belvo.now();
    let state = belvo.lock();
    let record = state.visible(&id, now).ok_or_else(Refusal::not_found)?;
    Ok(Json(wire::link(&record.link, state.switches.timestamps)))
}

/// An address that is no text names no link.
pub(super) fn known(id: Result<Path<String>, PathRejection>) -> Result<String, Refusal> {
    id.map(|Path(id)| id).map_err(|_| Refusal::not_found())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::link::{NewLink, Status};
    use crate::switches::{Switches, TimestampStyle};
    use crate::testing::World;

    const ID: &str = "6f1c12ad-0000-4000-8000-00000000000";

    fn id(digit: usize) -> String {
        format!("{ID}{digit}")
    }

    /// Nine links, one a day from 1 March; 1 to 3 are Ana's; odd ones in Brazil; 9 has no pseudonym.
    fn nine() -> World {
        let world = World::new();
        for digit in 1..=9 {
            world.belvo.plant(NewLink {
                id: Some(id(digit)),
                username: Some(format!("person{digit}")),
                institution: (digit % 2 == 1).then(|| "gringotts_br_retail".to_owned()),
                external_id: (digit <= 3).then(|| "Ana".to_owned()),
                status: (digit == 4).then_some(Status::Invalid),
                created_at: Some(format!("2026-03-0{digit}T23:59:59.999999Z").parse().unwrap()),
                institution_user_id: if digit == 9 {
                    crate::InstitutionUserId::Null
                } else {
                    crate::InstitutionUserId::Is(format!("pseudonym{digit}="))
                },
                ..NewLink::default()
            });
        }
        world
    }

    async fn listed(world: &World, query: &str) -> Vec<usize> {
        let answer = world.get(&format!("/api/links/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let digit = |id: String| id.strip_prefix(ID).unwrap().parse().unwrap();
        answer.ids().into_iter().map(digit).collect()
    }

    #[tokio::test]
    async fn values_that_mean_nothing_are_refused() {
        let world = nine();
        for (query, code) in [
            ("id=1", "invalid"),
            ("id__in=6f1c12ad-0000-4000-8000-000000000001,x", "invalid"),
            ("status=deleted", "invalid_choice"),
            ("status__in=valid,deleted", "invalid_choice"),
            ("access_mode=twice", "invalid_choice"),
            ("refresh_rate=1h", "invalid_choice"),
            ("created_at=yesterday", "invalid"),
            ("created_at__gte=2026-03-01T10:00:00Z", "invalid"),
            ("created_at__range=2026-03-01", "invalid"),
            ("created_by__not_in=me", "invalid"),
        ] {
            let answer = world.get(&format!("/api/links/?{query}")).await;
            assert_eq!(answer.refusal(), (400, code.to_owned()), "{query}");
        }
    }

    #[tokio::test]
    async fn what_is_no_id_is_not_found() {
        let world = nine();
        for id in ["x", "%ff", "%00", "6f1c12ad-0000-4000-8000-000000000000"] {
            let answer = world.get(&format!("/api/links/{id}/")).await;
            assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{id}");
        }
    }

    #[tokio::test]
    async fn each_filter_keeps_what_it_says() {
        let world = nine();
        let ours = &world.belvo.links()[0].created_by;
        let not_ours = format!("created_by__not_in={ours}");
        let (one, both) = (format!("id={}", id(5)), format!("id__in={},{}", id(5), id(6)));
        for (query, expected) in [
            ("", &[9, 8, 7, 6, 5, 4, 3, 2, 1][..]),
            ("unknown=1&external_id=", &[9, 8, 7, 6, 5, 4, 3, 2, 1]),
            (&one, &[5]),
            (&both, &[6, 5]),
            ("external_id=Ana", &[3, 2, 1]),
            ("external_id=ana", &[]),
            ("external_id=Bia&external_id=Ana", &[3, 2, 1]),
            ("external_id__in=Ana,Bia", &[3, 2, 1]),
            ("external_id=Ana&institution=erebor_mx_retail", &[2]),
            ("institution__in=gringotts_br_retail&status=valid", &[9, 7, 5, 3, 1]),
            ("status=invalid", &[4]),
            ("status__in=invalid,unconfirmed", &[4]),
            ("institution_user_id=pseudonym7%3D", &[7]),
            ("institution_user_id__in=pseudonym7%3D,pseudonym8%3D", &[8, 7]),
            ("access_mode=single", &[]),
            ("refresh_rate=7d&access_mode=recurrent&created_at__gte=2026-03-09", &[9]),
            (&not_ours, &[]),
        ] {
            assert_eq!(listed(&world, query).await, expected, "{query}");
        }
    }

    #[tokio::test]
    async fn dates_are_whole_days_in_utc() {
        let world = nine();
        for (query, expected) in [
            ("created_at=2026-03-05", &[5][..]),
            ("created_at__gt=2026-03-07", &[9, 8]),
            ("created_at__gte=2026-03-08", &[9, 8]),
            ("created_at__lt=2026-03-03", &[2, 1]),
            ("created_at__lte=2026-03-02", &[2, 1]),
            ("created_at__range=2026-03-04,2026-03-06", &[6, 5, 4]),
            ("created_at__gte=2026-03-02&created_at__lt=2026-03-04&external_id=Ana", &[3, 2]),
            ("created_at__gt=2026-03-05&created_at__lt=2026-03-05", &[]),
        ] {
            assert_eq!(listed(&world, query).await, expected, "{query}");
        }
    }

    #[tokio::test]
    async fn pages_are_linked_and_keep_every_parameter() {
        let world = nine();
        let path = "/api/links/?page_size=4&status=valid&page=2&x=%20y";
        let page = world.get(path).await.json();
        assert_eq!(page["count"], 8);
        assert_eq!(page["next"], Value::Null);
        let previous = page["previous"].as_str().unwrap();
        assert_eq!(previous, "http://127.0.0.1:9100/api/links/?page_size=4&status=valid&x=%20y&page=1");
        for past in ["page=3&page_size=4&status=valid", "page=2", "page=0", "page=x"] {
            let answer = world.get(&format!("/api/links/?{past}")).await;
            assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{past}");
        }
        assert_eq!(listed(&world, "page_size=0").await.len(), 9);
        assert_eq!(listed(&world, "status=token_required&page=1").await, [0; 0]);
    }

    #[tokio::test]
    async fn a_page_has_the_default_size_and_never_more_than_a_thousand() {
        let world = World::new();
        for _ in 0..1_001 {
            world.belvo.plant(NewLink::default());
        }
        assert_eq!(world.get("/api/links/").await.ids().len(), 10);
        assert_eq!(world.get("/api/links/?page_size=5000").await.ids().len(), 1_000);
        let switches = Switches { page_size_default: 100, ..world.belvo.switches() };
        world.belvo.set_switches(switches);
        let page = world.get("/api/links/").await.json();
        assert_eq!(page["results"].as_array().unwrap().len(), 100);
        assert_eq!(page["next"], "http://127.0.0.1:9100/api/links/?page=2");
    }

    #[tokio::test]
    async fn fields_can_be_chosen_and_left_out() {
        let world = nine();
        let first = world.get("/api/links/?fields=id,status,none&omit=status").await.json();
        assert_eq!(first["results"][0], json!({"id": id(9)}));
        let first = world.get("/api/links/?omit=id").await.json();
        assert_eq!(first["results"][0].as_object().unwrap().len(), 12);
    }

    #[tokio::test]
    async fn a_new_link_stays_invisible_as_long_as_the_lag_says() {
        let world = World::new();
        let switches = Switches { visibility_lag_seconds: 5, ..world.belvo.switches() };
        world.belvo.set_switches(switches);
        let login = json!({"institution": "erebor_mx_retail", "username": "a", "password": "full"});
        let made = world.call("POST", "/api/links/", &login).await.json();
        let path = format!("/api/links/{}/", made["id"].as_str().unwrap());
        assert_eq!(world.get(&path).await.refusal(), (404, "not_found".to_owned()));
        assert!(world.get("/api/links/").await.ids().is_empty());
        assert!(world.get("/api/accounts/").await.ids().is_empty());
        world.hand.forward(5);
        assert_eq!(world.get(&path).await.json(), made);
        assert_eq!(world.get("/api/links/").await.ids().len(), 1);
    }

    #[tokio::test]
    async fn timestamps_follow_the_switch() {
        let world = nine();
        let timestamps = TimestampStyle::MillisecondsOffset;
        world.belvo.set_switches(Switches { timestamps, ..world.belvo.switches() });
        let link = world.get(&format!("/api/links/{}/", id(1))).await.json();
        assert_eq!(link["created_at"], "2026-03-01T23:59:59.999+00:00");
    }
}
