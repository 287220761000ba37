//! A story: one world, and everything that a test does in it or looks at.

use adapters::ambient::SystemAmbient;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use belvo_simulator::{Link, NewLink, Switches};
use cli::{
    clock::HandClock,
    engine::Engine,
    stack::Stack,
    world::{TABLE, World},
};
use domain::{
    policy::{BindingProof, Policy},
    ports::Ambient,
    sweep::Report,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tower::ServiceExt;

use crate::{Person, Reply, Schemas, Table, described, published, used};

/// What proves whose a link is: every flow holds under both.
pub const BOTH_PROOFS: [BindingProof; 2] = [BindingProof::Session, BindingProof::ExternalId];

/// A world with its API.
pub struct Story {
    /// The world.
    pub world: World,
    api: Router,
}

/// Once told, a story leaves behind what each function asked the table for.
impl Drop for Story {
    fn drop(&mut self) {
        used::leave(&self.world.engine.usage());
    }
}

impl Story {
    /// A story under the default rules.
    pub async fn begin() -> Self {
        Self::under(Policy::default()).await
    }

    /// A story with this proof.
    pub async fn proven_by(proof: BindingProof) -> Self {
        Self::under(Policy { proof, ..Policy::default() }).await
    }

    /// A story under these rules.
    pub async fn under(policy: Policy) -> Self {
        Self::on(Engine::in_memory().expect("memory"), policy).await
    }

    /// A story that began an hour ago: an operator's commands know no other time than the real one.
    pub async fn of_today(engine: Engine, policy: Policy) -> Self {
        engine.note_usage();
        let began = SystemAmbient.now() - SignedDuration::from_hours(1);
        let world = World::from(began, engine, policy).await.expect("a world");
        let api = world.stack.api();
        Self { world, api }
    }

    /// A story on an engine that may hold data already.
    pub async fn on(engine: Engine, policy: Policy) -> Self {
        engine.note_usage();
        let world = World::on(engine, policy).await.expect("a world");
        let api = world.stack.api();
        Self { world, api }
    }

    /// Belvo behaves otherwise from now on.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        let mut switches = self.world.belvo.switches();
        change(&mut switches);
        self.world.belvo.set_switches(switches);
    }

    /// The same API over another stack of this world: other keys, a failing store.
    #[must_use]
    pub fn over(mut self, stack: Stack<HandClock>) -> Self {
        self.api = stack.api();
        self.world.stack = stack;
        self
    }

    /// Where this story's Belvo listens.
    pub async fn belvo_address(&self) -> String {
        let clerk = self.unregistered("clerk who asks for the address");
        clerk.registers().await;
        let session = clerk.opens().await;
        let hosted = session.answer["widget"]["hosted_url"].as_str().expect("text");
        hosted.split_once("/widget/").expect("the simulator's address").0.to_owned()
    }

    /// A person whom the app has registered.
    pub async fn registered(&self, name: &str) -> Person<'_> {
        let person = self.unregistered(name);
        let reply = person.registers().await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        person
    }

    /// A person whom the app has not registered.
    pub fn unregistered(&self, name: &str) -> Person<'_> {
        Person::new(self, name)
    }

    /// Calls the API; a null body sends none.
    pub async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.send(request.body(body).expect("a request")).await
    }

    /// Sends any request. The answer must be as `openapi.json` says.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.api.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let reply = Reply::of(response).await;
        assert_eq!(described::flaw(&method, &path, &reply), None);
        reply
    }

    /// One tick of the schedule.
    pub async fn sweep(&self) -> Report {
        self.world.sweep().await.expect("a sweep")
    }

    /// Runs the function that deletes links, once a minute for so long.
    pub async fn delete_for(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.delete().await.expect("a run");
            self.minutes(1);
        }
    }

    /// Runs the function that deletes links until an erasure is certified, for an hour and a half at most.
    pub async fn delete_until_certified(&self) {
        for _ in 0..90 {
            self.delete_for(1).await;
            if !self.table().await.of_kind("certificate").is_empty() {
                return;
            }
        }
        panic!("no certificate");
    }

    /// One tick of the follow-up.
    pub async fn follow_up(&self) -> follow_up::Answer {
        self.world.follow_up().await.expect("a follow-up")
    }

    /// Lets minutes pass.
    pub fn minutes(&self, minutes: i64) {
        self.world.pass(SignedDuration::from_mins(minutes));
    }

    /// The time, and it passes by looking.
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Puts a link at Belvo that nobody made in a widget.
    pub fn plant(&self, new: NewLink) -> String {
        self.world.belvo.plant(new).id
    }

    /// Belvo's record of a link, whether it lists it or not.
    pub fn at_belvo(&self, link: &str) -> Option<Link> {
        self.world.belvo.links().into_iter().find(|known| known.id == link)
    }

    /// What is in the table.
    pub async fn table(&self) -> Table {
        Table::read(&self.world.engine.client(), TABLE).await
    }

    /// Each event of the trail went into the table's stream, and what is told of it is as its schema says (I14).
    pub async fn assert_what_is_told(&self) {
        let filed = published::filed(&self.world.engine).await;
        assert_eq!(filed.len(), self.table().await.of_kind("audit").len());
        Schemas::read().hold(&published::told(&filed));
    }

    /// Every link at Belvo is somewhere here: bound, parked, waiting or in quarantine (I2).
    pub async fn assert_nothing_is_lost(&self) {
        let table = self.table().await;
        let records = table.of_kind("link");
        for link in self.world.belvo.links() {
            let held = records.iter().any(|record| record["link_id"] == *link.id);
            let known = held || !table.quarantine(&link.id).is_empty();
            assert!(known || link.status == belvo_simulator::Status::Unconfirmed, "lost: {link:?}");
        }
        self.assert_what_is_told().await;
    }

    /// Every bound link is explained by a session of its owner that was issued before it (I1).
    pub async fn assert_every_owner_is_proven(&self) {
        let table = self.table().await;
        let bound = |record: &&Value| record["state"] != "pending" && record["created_at"].is_string();
        for record in table.of_kind("link").into_iter().filter(bound) {
            let Some(made) = self.at_belvo(record["link_id"].as_str().expect("an id")) else { continue };
            let owner = record["external_id"].as_str().expect("an owner");
            let session = table.session(owner, record["session_id"].as_str().unwrap_or("none"));
            assert_eq!(session["made_link_id"], record["link_id"], "{record}");
            let issued: Timestamp = session["issued_at"].as_str().expect("a time").parse().expect("a time");
            assert!(issued <= made.created_at, "{session} {made:?}");
            assert_eq!(table.owner(&made.id), Some(owner));
        }
    }
}
