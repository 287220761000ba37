//! Belvo's wire format, all of it. Lenient where Belvo may grow: unknown fields are passed over, unknown
//! words survive, and a record that cannot be read is set aside while the others go on.

use std::borrow::Cow;

use domain::{
    deletion::step::Deleted,
    external_id::ExternalId,
    failure::ProviderError,
    link::{AccessMode, Claim, LinkStatus, ProviderLink},
    ports::{Account, TokenRequest, WidgetToken},
    values::{Code, Currency, Institution, InstitutionName, InstitutionUserId, LinkId},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{keys::Keys, open_finance::OpenFinance, query::PAGE_SIZE};

mod consent;

/// A value as it came. It is taken apart only when its turn comes, and without recursion, so neither a
/// wrong type nor deep nesting in one place hurts the rest.
type Raw<'a> = &'a RawValue;

/// Something that Belvo lists.
pub trait Record: Sized + Send {
    /// The fields that we ask for, where the list can be asked for fields.
    const FIELDS: Option<&'static str>;
    /// Tells records apart: pages shift while they are read, so repeats are normal.
    type Key: Ord + Send;
    /// Reads one record, if it can be read.
    fn read(raw: &str) -> Option<(Self::Key, Self)>;
}

/// One page of a list.
pub struct Listed<R: Record> {
    /// The records that can be read.
    pub records: Vec<(R::Key, R)>,
    /// How many cannot.
    pub unreadable: usize,
    /// How many there are in all, says Belvo.
    pub count: usize,
    /// Whether there is a page after this one.
    pub more: bool,
}

impl<R: Record> Default for Listed<R> {
    fn default() -> Self {
        Self { records: Vec::new(), unreadable: 0, count: 0, more: false }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    count: usize,
    /// Never followed, never even read: it may hold anything. Not optional, for without it nobody knows
    /// whether the list is whole.
    #[serde(borrow)]
    next: Raw<'a>,
    #[serde(borrow)]
    results: Vec<Raw<'a>>,
}

/// Reads one page of a list.
pub fn page<R: Record>(body: &[u8]) -> Result<Listed<R>, ProviderError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(body).map_err(|_| ProviderError::Unknown("no page of a list"))?;
    let all = envelope.results.len();
    if all > PAGE_SIZE {
        return Err(ProviderError::Unknown("more records than asked for"));
    }
    let records: Vec<_> = envelope.results.into_iter().filter_map(|raw| R::read(raw.get())).collect();
    let unreadable = all - records.len();
    if unreadable > 0 {
        tracing::warn!(unreadable, "set records of Belvo's aside");
    }
    Ok(Listed { records, unreadable, count: envelope.count, more: envelope.next.get() != "null" })
}

/// Belvo's description requires no field of a link. We cannot do without these four.
#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    institution: String,
    status: String,
    #[serde(borrow)]
    created_at: Cow<'a, str>,
    #[serde(borrow)]
    access_mode: Option<Raw<'a>>,
    #[serde(borrow)]
    external_id: Option<Raw<'a>>,
    #[serde(borrow)]
    institution_user_id: Option<Raw<'a>>,
}

/// Most bytes of a status of a later version: it is a word, and is stored.
const LONGEST_STATUS: usize = 64;

impl Record for ProviderLink {
    const FIELDS: Option<&'static str> =
        Some("id,institution,access_mode,status,external_id,created_at,institution_user_id");
    type Key = LinkId;

    fn read(raw: &str) -> Option<(LinkId, Self)> {
        let link: Link<'_> = serde_json::from_str(raw).ok()?;
        let id = LinkId::parse(&link.id).ok()?;
        let status = Some(link.status).filter(|word| word.len() <= LONGEST_STATUS)?;
        let read = Self {
            id,
            institution: Institution::parse(link.institution).ok()?,
            access_mode: link.access_mode.and_then(access_mode),
            status: LinkStatus::from(status),
            claim: link.external_id.map_or(Claim::Absent, claim),
            // Three to six digits, `Z` or `+00:00`.
            created_at: link.created_at.parse().ok()?,
            institution_user_id: link
                .institution_user_id
                .and_then(text)
                .and_then(|id| InstitutionUserId::parse(id).ok()),
        };
        Some((id, read))
    }
}

fn text(raw: Raw<'_>) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// A mode that we do not know is none.
fn access_mode(raw: Raw<'_>) -> Option<AccessMode> {
    serde_json::from_str(raw.get()).ok()
}

fn claim(raw: Raw<'_>) -> Claim {
    let id = text(raw).and_then(|id| ExternalId::parse(id).ok());
    id.map_or(Claim::Malformed, Claim::Named)
}

/// Reads the record of one link.
pub fn link(body: &[u8]) -> Result<ProviderLink, ProviderError> {
    let read = std::str::from_utf8(body).ok().and_then(ProviderLink::read);
    read.map(|(_, link)| link).ok_or(ProviderError::Unknown("no record of a link"))
}

#[derive(Deserialize)]
struct WireAccount<'a> {
    id: String,
    link: String,
    institution: WireInstitution,
    #[serde(borrow)]
    name: Option<Raw<'a>>,
    #[serde(borrow)]
    number: Option<Raw<'a>>,
    #[serde(borrow)]
    category: Option<Raw<'a>>,
    #[serde(borrow)]
    currency: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct WireInstitution {
    name: String,
}

impl Record for Account {
    const FIELDS: Option<&'static str> = Some("id,link,institution,name,number,category,currency");
    type Key = String;

    fn read(raw: &str) -> Option<(String, Self)> {
        let account: WireAccount<'_> = serde_json::from_str(raw).ok()?;
        // An empty name is no name: two of them would look like one account.
        let told = |raw: Option<Raw<'_>>| raw.and_then(text).filter(|text| !text.trim().is_empty());
        let read = Self {
            link_id: LinkId::parse(&account.link).ok()?,
            institution: Institution::parse(account.institution.name).ok()?,
            name: told(account.name),
            number: told(account.number),
            category: account.category.and_then(text).and_then(|word| Code::parse(word).ok()),
            currency: account.currency.and_then(text).and_then(|word| Currency::parse(word).ok()),
        };
        Some((account.id, read))
    }
}

/// An institution's own name.
#[derive(Deserialize)]
pub struct Named {
    /// The institution.
    #[serde(rename = "name")]
    pub institution: Institution,
    /// Its name.
    #[serde(rename = "display_name")]
    pub name: InstitutionName,
}

impl Record for Named {
    /// The one list that has no such parameter.
    const FIELDS: Option<&'static str> = None;
    type Key = Institution;

    fn read(raw: &str) -> Option<(Institution, Self)> {
        let read: Self = serde_json::from_str(raw).ok()?;
        Some((read.institution.clone(), read))
    }
}

#[derive(Serialize)]
struct TokenBody<'a> {
    id: &'a str,
    password: &'a str,
    scopes: &'static str,
    /// Only for Update Mode. Belvo ignores the plausible `link` without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<LinkId>,
    external_id: &'a str,
    fetch_resources: [&'static str; 1],
    /// Consents know no such thing: nobody types credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials_storage: Option<&'static str>,
    stale_in: &'static str,
    widget: Widget<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Widget<'a> {
    Plain {},
    Consent(consent::Widget<'a>),
}

/// The body that asks for a widget token. It holds our keys: it goes to Belvo and nowhere else.
pub(super) fn token_body(
    keys: &Keys,
    request: &TokenRequest,
    app: Option<&OpenFinance>,
) -> Result<Vec<u8>, ProviderError> {
    let consent = request.consent.as_ref().zip(app).map(|(holder, app)| consent::widget(app, holder));
    let body = TokenBody {
        id: keys.id.expose_secret(),
        password: keys.password.expose_secret(),
        scopes: match (&consent, request.link_id) {
            (Some(_), _) => consent::SCOPES,
            (None, None) => "read_institutions,write_links",
            (None, Some(_)) => "read_institutions,write_links,read_links",
        },
        link_id: request.link_id,
        external_id: request.external_id.as_str(),
        fetch_resources: ["ACCOUNTS"],
        credentials_storage: consent.is_none().then_some("store"),
        stale_in: "365d",
        widget: consent.map_or(Widget::Plain {}, Widget::Consent),
    };
    serde_json::to_vec(&body).map_err(|_| ProviderError::Unknown("the request cannot be written"))
}

#[derive(Deserialize)]
struct Token {
    access: String,
}

/// Reads a widget token. `refresh` lives for years and is left where it is.
pub fn token(body: &[u8]) -> Result<WidgetToken, ProviderError> {
    match serde_json::from_slice(body) {
        Ok(Token { access }) if !access.is_empty() => Ok(WidgetToken::from(access)),
        _ => Err(ProviderError::Unknown("no widget token")),
    }
}

/// What an answer to a deletion says: whoever deletes at once has nothing to tell.
pub fn deletion(body: &[u8]) -> Result<Deleted, ProviderError> {
    if body.is_empty() {
        return Ok(Deleted::Done);
    }
    anything(body).map(|()| Deleted::Accepted)
}

/// Takes any JSON.
pub fn anything(body: &[u8]) -> Result<(), ProviderError> {
    let read: Result<IgnoredAny, _> = serde_json::from_slice(body);
    read.map(|_| ()).map_err(|_| ProviderError::Unknown("a body that is not JSON"))
}
