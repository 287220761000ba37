//! Where requests are made: the real routers over models of store and Belvo, with two users and their links. Every request
//! meets the same scene.

use std::{
    collections::BTreeMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

use adapters::{belvo::wire, http::request_context};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{Method, Request, StatusCode, header},
};
use domain::{
    external_id::ExternalId,
    link::{Claim, ProviderLink},
    values::{LinkId, SessionId},
};
use faults::{
    belvo::{Belvo, Truth},
    stage::Stage,
    table::Table,
    world::{Task, Wake, Who, World},
};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The scene, as it was set.
pub struct Scene {
    /// The routers, and the way to their world.
    pub stage: Stage,
    /// The table.
    pub table: Table,
    /// What stands for ids that nobody could guess: `$` and a letter.
    pub names: BTreeMap<u8, String>,
    belvo: Belvo,
    /// What is drawn differs from request to request.
    draws: u64,
    now: Timestamp,
    people: Vec<Vec<ExternalId>>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its `Content-Type`.
    pub kind: String,
    /// Whether anybody may keep it.
    pub kept: bool,
    /// Its body.
    pub body: Bytes,
}

impl Scene {
    /// Sets it, by way of the routers.
    pub fn set() -> Self {
        let mut scene = Self {
            stage: Stage::new(),
            table: Table::default(),
            names: BTreeMap::new(),
            belvo: Belvo::new(1, 100, 0, true),
            draws: 0,
            now: faults::world::beginning(),
            people: vec![Vec::new(), Vec::new()],
        };
        for (person, (user, spent, open)) in [(b'u', b't', b's'), (b'w', b'x', b'v')].into_iter().enumerate()
        {
            let told = scene.asks(person, Method::POST, "/users", None);
            let id = text(&told, "external_id");
            scene.people[person].push(ExternalId::parse(id.as_str()).expect("an id"));
            scene.names.insert(user, id);
            scene.opens(person, spent);
            scene.makes(person, spent, [b'l', b'k'][person], "valid");
            scene.lands(person, spent, [b'l', b'k'][person]);
            scene.now += SignedDuration::from_hours(2);
            scene.makes(person, spent, [b'q', b'p'][person], "valid");
            scene.lands(person, spent, [b'q', b'p'][person]);
            scene.now += SignedDuration::from_hours(2);
            scene.opens(person, open);
            scene.makes(person, open, [b'n', b'm'][person], "valid");
        }
        scene.expires_one();
        scene.draws += 1;
        scene.now += SignedDuration::from_mins(1);
        scene
    }

    fn asks(&mut self, person: usize, method: Method, path: &str, body: Option<Value>) -> Value {
        self.draws += 1;
        self.begin(Who::Person(person));
        let subject = ["ana", "bia"][person];
        let context =
            request_context(&method, path, "setting", Some(json!({"sub": subject}))).expect("a context");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder().method(method).uri(path).extension(context);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body).expect("a request");
        let answer = self.answer(self.router(path), request);
        assert!(answer.status.is_success(), "{path}: {:?}", answer.body);
        self.stage.here.with(|world| {
            (self.table, self.now) = (world.table.clone(), world.now);
        });
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    fn opens(&mut self, person: usize, name: u8) {
        let told = self.asks(person, Method::POST, "/users/me/link-sessions", None);
        self.names.insert(name, text(&told, "session_id"));
    }

    /// Belvo has one more link, made with this session.
    fn makes(&mut self, person: usize, session: u8, name: u8, status: &str) {
        let (id, user) = (self.belvo.id(0), self.people[person][0].clone());
        let record = json!({
            "id": id.to_string(), "institution": "erebor_mx_retail", "status": status, "access_mode": "recurrent",
            "external_id": user.as_str(), "created_at": self.now.to_string(),
            "institution_user_id": format!("login-{}", char::from(name)),
        });
        let link = wire::link(record.to_string().as_bytes()).expect("a record");
        let session = SessionId::parse(self.names[&session].as_str()).expect("a session");
        self.belvo.make(truth(link, user, session));
        self.names.insert(name, id.to_string());
    }

    fn lands(&mut self, person: usize, session: u8, link: u8) {
        let path = format!("/users/me/link-sessions/{}/callbacks", self.names[&session]);
        let body = json!({"type": "success", "link": self.names[&link], "institution": "erebor_mx_retail"});
        self.asks(person, Method::POST, &path, Some(body));
    }

    /// A link of the first user needs a new login.
    fn expires_one(&mut self) {
        self.opens(0, b'r');
        self.makes(0, b'r', b'i', "valid");
        self.lands(0, b'r', b'i');
        let id = LinkId::parse(&self.names[&b'i']).expect("an id");
        let truth = self.belvo.links.get_mut(&id).expect("it was made");
        truth.link.status = domain::link::LinkStatus::Invalid;
    }

    /// The scene anew, and one more record at Belvo.
    pub fn begin(&self, who: Who) {
        let cast = &self.stage.casts[0];
        let mut world = World::new(self.draws, false);
        (world.table, world.belvo, world.now) = (self.table.clone(), self.belvo.clone(), self.now);
        (world.people, world.policy) = (self.people.clone(), cast.policy.clone());
        world.tasks = vec![Task::new("request", who, SignedDuration::ZERO, false)];
        self.stage.here.begin(world);
    }

    /// Belvo has this record, too.
    pub fn shows(&self, link: ProviderLink) {
        let owner = match &link.claim {
            Claim::Named(id) => id.clone(),
            Claim::Absent | Claim::Malformed => self.people[0][0].clone(),
        };
        let session = SessionId::parse(self.names[&b's'].as_str()).expect("a session");
        self.stage.here.with(|world| world.belvo.make(truth(link, owner, session)));
    }

    /// The function that has this path.
    pub fn router(&self, path: &str) -> Router {
        let cast = &self.stage.casts[0];
        let router = match path {
            "/users" => &cast.register,
            "/webhooks/belvo" => &cast.webhook,
            path if path.ends_with("/callbacks") => &cast.callback,
            _ => &cast.links,
        };
        router.clone()
    }

    /// What the router answers.
    pub fn answer<B>(&self, router: Router, request: Request<B>) -> Answer
    where
        B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let request = request.map(Body::new);
        self.run(async move {
            let (parts, body) = router.oneshot(request).await.expect("routers do not fail").into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kept = parts.headers.get(header::CACHE_CONTROL).is_none_or(|control| control != "no-store");
            Answer { status: parts.status, kind: kind.unwrap_or_default().to_owned(), kept, body }
        })
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let _within = self.stage.within();
        let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
        for _ in 0..10_000 {
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
            self.stage.here.with(|world| {
                if let Wake::At(at) = world.task().wake.take().expect("something that it waits for") {
                    world.now = world.now.max(at);
                }
            });
        }
        panic!("a request that does not end");
    }
}

fn text(told: &Value, name: &str) -> String {
    told[name].as_str().expect("text").to_owned()
}

fn truth(link: ProviderLink, made_for: ExternalId, session: SessionId) -> Truth {
    let at = Timestamp::UNIX_EPOCH;
    Truth { link, made_for, session, shown_from: at, listed_from: at, gone_at: None, planted: false }
}
