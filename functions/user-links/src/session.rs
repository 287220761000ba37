//! `POST /users/{user}/link-sessions`: a widget token, and how the user's links stand.

use std::sync::Arc;

use adapters::{
    http::{Attention, Body, Caller, Json, LinkView, Path, Problem, WayOut, answer, body_of},
    schema,
    widget::{Country, Locale, WidgetConfig},
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    link::{AccessMode, LinkState},
    link_sessions::{Opened, Opening, Refusal, open as open_session},
    ports::{Acting, Ambient, Provider},
    values::{Institution, LinkId, SessionId},
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Deps, Store, description};

/// The most institutions that one session may be narrowed to.
const MOST_INSTITUTIONS: usize = 20;

/// What the widget is to be opened for; nothing needs to be said.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionRequest)]
pub(crate) struct Wanted {
    /// Log in again for this link (Update Mode).
    #[schema(value_type = Option<schema::LinkId>)]
    link_id: Option<LinkId>,
    /// Language of the widget.
    locale: Option<Locale>,
    /// Only institutions of these countries.
    country_codes: Option<Vec<Country>>,
    /// Only these institutions.
    #[schema(value_type = Option<Vec<schema::Institution>>, max_items = 20)]
    institutions: Option<Vec<Institution>>,
    /// Belvo's default is `recurrent`.
    #[schema(value_type = Option<schema::AccessMode>)]
    access_mode: Option<AccessMode>,
}

impl Body for Wanted {
    const SHAPE: &'static str = r#"the body is {} or any of {"link_id": "<UUID, for Update Mode>", "locale": "en|es|pt", "country_codes": ["BR","CO","MX"], "institutions": [up to 20 names], "access_mode": "single|recurrent"}"#;
    const MAY_BE_EMPTY: bool = true;
}

/// A link session, and how the user's links stand.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkSession)]
pub(crate) struct Answer<'a> {
    /// Named in the path of the session's callbacks.
    #[schema(value_type = schema::SessionId)]
    session_id: &'a SessionId,
    /// When the widget's token stops working.
    expires_at: Timestamp,
    widget: Widget<'a>,
    /// The accounts already connected.
    connected: Vec<LinkView>,
    /// Those of them that came back just now, after their callback was lost.
    recovered: Vec<LinkView>,
    /// Links that the user has to do something about.
    needs_attention: Vec<Attention>,
}

/// How the Connect Widget is opened.
#[derive(Serialize, ToSchema)]
struct Widget<'a> {
    /// For the widget alone. Never kept.
    access_token: &'a str,
    /// The widget as a page of Belvo's.
    hosted_url: String,
    config: WidgetConfig,
}

/// Open a link session
///
/// The start of a session in the app: repairs the user's links, and issues a token for the Connect Widget.
#[utoipa::path(
    post,
    path = "/users/{user}/link-sessions",
    operation_id = "openLinkSession",
    tag = "link sessions",
    params(("user" = schema::User, Path)),
    request_body(
        content = Option<Wanted>,
        examples(("narrowed" = (value = json!(body_of(description::OPEN_SESSION))))),
    ),
    responses(
        (status = 201, description = "The session is open.", body = Answer<'_>),
        description::OfSessions,
    ),
)]
pub(crate) async fn open<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path(user): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem>
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let by = caller.acting_for(&user);
    let user = caller.user(&user, &deps.key)?;
    if wanted.institutions.as_ref().is_some_and(|names| names.len() > MOST_INSTITUTIONS) {
        return Err(Problem::InvalidBody(Wanted::SHAPE));
    }
    let Deps { store, provider, ambient, policy, .. } = &*deps;
    let store = &Acting::new(store, by);
    match open_session(store, provider, ambient, policy, &user, wanted.link_id).await? {
        Opened::Session(opening) => {
            let config = WidgetConfig {
                external_id: opening.session.owner.clone(),
                locale: wanted.locale,
                country_codes: wanted.country_codes,
                institutions: wanted.institutions,
                access_mode: wanted.access_mode,
            };
            let hosted_url = deps.widget.hosted(&opening.token, &config);
            let access_token = opening.token.expose_secret();
            Ok(answer(StatusCode::CREATED, &told(&opening, Widget { access_token, hosted_url, config })))
        }
        Opened::NoSuchUser | Opened::Refused(Refusal::NoSuchLink) => Err(Problem::NotFound),
        Opened::Refused(Refusal::Valid) => Err(Problem::LinkValid),
        Opened::Refused(Refusal::Gone) => Err(Problem::LinkGone),
        Opened::Refused(Refusal::Superseded(survivor)) => Err(Problem::LinkSuperseded(survivor)),
        Opened::TooMany => Err(Problem::TooManySessions),
    }
}

fn told<'a>(opening: &'a Opening, widget: Widget<'a>) -> Answer<'a> {
    let links = || opening.links.iter();
    let recovered = |id: &LinkId| opening.recovered.contains(id);
    let update = links().filter(|record| record.state == LinkState::NeedsUpdate).map(LinkView::from);
    let unproven = opening.claimable.iter().map(LinkView::from);
    Answer {
        session_id: &opening.session.id,
        expires_at: opening.session.expires_at,
        widget,
        connected: links().filter(|record| record.state.is_connected()).map(LinkView::from).collect(),
        recovered: links().filter(|record| recovered(&record.link_id)).map(LinkView::from).collect(),
        needs_attention: update
            .map(|link| Attention { link, way_out: WayOut::UpdateMode })
            .chain(unproven.map(|link| Attention { link, way_out: WayOut::Claim }))
            .collect(),
    }
}
