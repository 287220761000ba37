//! `POST /users/{user}/link-sessions`: a widget token, and how the user's links stand.

use std::sync::Arc;

use adapters::{
    http::{Attention, Body, Caller, Json, LinkView, Path, Problem, WayOut, answer, body_of},
    schema,
    widget::{Country, IntegrationType, Locale, WidgetConfig},
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    consent::{Cnpj, Company, ConsentHolder, Cpf, HolderName},
    link::{AccessMode, LinkState},
    link_sessions::{For, Opened, Opening, Refusal, open as open_session},
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
    /// For a consent of Brazil's open finance, and so for no `link_id`.
    consent_holder: Option<Holder>,
}

/// Who consents to Brazil's open finance. Handed on to Belvo, and neither kept nor told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConsentHolder)]
struct Holder {
    /// The person's document, with its check digits; dots and dash may be left out.
    #[schema(value_type = String, pattern = r"^([0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2})$", example = "761.092.776-73")]
    cpf: Cpf,
    /// The person's name.
    #[schema(value_type = String, max_length = 120, example = "Ralph Bragg")]
    name: HolderName,
    /// The company's document, if the accounts are a company's; then with `company_name`.
    #[schema(value_type = Option<String>, pattern = r"^([0-9A-Z]{12}[0-9]{2}|[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2})$")]
    cnpj: Option<Cnpj>,
    /// The company's name.
    #[schema(value_type = Option<String>, max_length = 120)]
    company_name: Option<HolderName>,
}

impl Wanted {
    /// What the session is for. A shape that means nothing is refused.
    fn purpose(&mut self) -> Result<For, Problem> {
        match (self.link_id, self.consent_holder.take()) {
            (None, None) => Ok(For::Create),
            (Some(link), None) => Ok(For::Update(link)),
            (None, Some(holder)) => Ok(For::Consent(holder.parsed()?)),
            (Some(_), Some(_)) => Err(Problem::InvalidBody(Self::SHAPE)),
        }
    }
}

impl Holder {
    fn parsed(self) -> Result<ConsentHolder, Problem> {
        let company = match (self.cnpj, self.company_name) {
            (Some(cnpj), Some(name)) => Some(Company { cnpj, name }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(Problem::InvalidBody(Wanted::SHAPE)),
        };
        Ok(ConsentHolder { cpf: self.cpf, name: self.name, company })
    }
}

impl Body for Wanted {
    const SHAPE: &'static str = r#"the body is {} or any of {"link_id": "<UUID, for Update Mode>", "locale": "en|es|pt", "country_codes": ["BR","CO","MX"], "institutions": [up to 20 names], "access_mode": "single|recurrent", "consent_holder": {"cpf", "name", and for a company "cnpj", "company_name"}}; a consent is for no link_id"#;
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
        (
            status = 201,
            description = "The session is open.",
            body = Answer<'_>,
            links(
                ("forward a callback" = (
                    operation_id = "forwardCallback",
                    parameters(
                        ("user" = "$request.path.user"),
                        ("session_id" = "$response.body#/session_id"),
                    ),
                )),
                ("claim a link" = (
                    operation_id = "claimLink",
                    parameters(
                        ("user" = "$request.path.user"),
                        ("link_id" = "$response.body#/needs_attention/0/link_id"),
                    ),
                )),
                ("list links" = (
                    operation_id = "listLinks",
                    parameters(("user" = "$request.path.user")),
                )),
            ),
        ),
        description::OfSessions,
    ),
)]
pub(crate) async fn open<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path(user): Path<String>,
    Json(mut wanted): Json<Wanted>,
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
    let purpose = wanted.purpose()?;
    let consent = matches!(purpose, For::Consent(_));
    if consent && !policy.consents {
        return Err(Problem::ConsentsNotSetUp);
    }
    match open_session(store, provider, ambient, policy, &user, purpose).await? {
        Opened::Session(opening) => {
            let config = WidgetConfig {
                external_id: opening.session.owner.clone(),
                locale: wanted.locale,
                country_codes: wanted.country_codes,
                institutions: wanted.institutions,
                access_mode: wanted.access_mode,
                integration_type: consent.then_some(IntegrationType::Openfinance),
            };
            let hosted_url = deps.widget.hosted(&opening.token, &config);
            let access_token = opening.token.expose_secret();
            let widget = Widget { access_token, hosted_url, config };
            let unusable = WayOut::of(LinkState::NeedsUpdate, policy.unusable);
            Ok(answer(StatusCode::CREATED, &told(&opening, unusable, widget)))
        }
        Opened::NoSuchUser | Opened::Refused(Refusal::NoSuchLink) => Err(Problem::NotFound),
        Opened::Refused(Refusal::Valid) => Err(Problem::LinkValid),
        Opened::Refused(Refusal::Gone) => Err(Problem::LinkGone),
        Opened::Refused(Refusal::Superseded(survivor)) => Err(Problem::LinkSuperseded(survivor)),
        Opened::TooMany => Err(Problem::TooManySessions),
    }
}

fn told<'a>(opening: &'a Opening, unusable: WayOut, widget: Widget<'a>) -> Answer<'a> {
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
            .map(|link| Attention { link, way_out: unusable })
            .chain(unproven.map(|link| Attention { link, way_out: WayOut::Claim }))
            .collect(),
    }
}
