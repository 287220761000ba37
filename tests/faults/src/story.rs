//! One schedule: who does what when, everybody at work in turns, until nothing is left to do.

mod converge;
mod doing;
mod drawing;
mod following;
mod working;

pub use drawing::Omitted;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use adapters::http::request_context;
use axum::http::Method;
use domain::{
    external_id::ExternalId,
    link::Marker,
    values::{LinkId, Reference, SessionId},
};
use jiff::{SignedDuration, Timestamp};
use lambda_http::request::RequestContext;

use crate::{
    deed::{Callback, Came, Deed, Which},
    here::Here,
    invariants,
    rare::Rare,
    stage::{Cast, Stage, reference_key},
    weather::Kind,
    world::{Task, Wake, Who},
};

/// More requests than any schedule needs: whoever makes more runs in circles.
const MOST: u64 = 20_000;

/// Somebody with a token of their own.
#[derive(Clone, Debug)]
pub struct Person {
    context: RequestContext,
    /// What the app knows of them.
    pub id: Option<ExternalId>,
    /// Whether they are up to something.
    pub attacker: bool,
    /// Sessions of theirs that the app knows, and for whom they were opened.
    sessions: Vec<SessionId>,
}

type Work = Pin<Box<dyn Future<Output = Came> + Send>>;

struct Running {
    task: usize,
    work: Work,
    deed: Deed,
}

/// A story.
pub struct Story<'a> {
    here: Here,
    cast: &'a Cast,
    people: Vec<Person>,
    queue: BTreeMap<(Timestamp, u64), Deed>,
    running: Vec<Running>,
    numbered: u64,
    /// Callbacks that were taken in, and webhooks: they may come again at any time.
    delivered: Vec<Deed>,
    /// Whether clients go on after what they are answered.
    lively: bool,
}

impl<'a> Story<'a> {
    /// An empty one, on this stage, under one of its policies.
    pub fn new(stage: &'a Stage, policy: usize) -> Self {
        let cast = &stage.casts[policy % stage.casts.len()];
        stage.here.with(|world| world.policy = cast.policy.clone());
        Self {
            here: stage.here.clone(),
            cast,
            people: Vec::new(),
            queue: BTreeMap::new(),
            running: Vec::new(),
            numbered: 0,
            delivered: Vec::new(),
            lively: true,
        }
    }

    /// From now on nobody draws what to do after an answer.
    pub fn by_the_book(&mut self) {
        self.lively = false;
    }

    /// Looks at the world.
    pub fn world<T>(&self, look: impl FnOnce(&mut crate::world::World) -> T) -> T {
        self.here.with(look)
    }

    /// Does this now, to its end.
    pub fn does(&mut self, deed: Deed) {
        self.after(0, deed);
        self.play();
    }

    /// One more person.
    pub fn join(&mut self, attacker: bool) -> usize {
        let number = self.people.len();
        let reference = format!("person-{number}");
        let claims = serde_json::json!({"sub": reference, "scope": ""});
        let context = request_context(&Method::POST, "/", "r-1", Some(claims)).expect("a context");
        let id = ExternalId::derive(&reference_key(), &Reference::parse(reference).expect("a reference"));
        self.here.with(|world| world.people.push(vec![id]));
        self.people.push(Person { context, id: None, attacker, sessions: Vec::new() });
        number
    }

    /// Does this then.
    pub fn at(&mut self, at: Timestamp, deed: Deed) {
        self.numbered += 1;
        self.queue.insert((at, self.numbered), deed);
    }

    /// Does this after a while.
    pub fn after(&mut self, seconds: i64, deed: Deed) {
        let at = self.here.with(|world| world.now) + SignedDuration::from_secs(seconds);
        self.at(at, deed);
    }

    /// Plays until nothing is left to do, or something happened that must never be.
    pub fn play(&mut self) {
        loop {
            let (now, over) = self.here.with(|world| {
                let endless = world.trace.operations > MOST;
                if endless && world.violations.is_empty() {
                    world.violated("endless", format!("more than {MOST} requests"));
                }
                (world.now, !world.violations.is_empty())
            });
            if over {
                return self.stop();
            }
            if let Some(due) = self.queue.first_entry().filter(|next| next.key().0 <= now) {
                let deed = due.remove();
                self.perform(deed);
            } else if let Some(place) = self.somebody(now) {
                self.poll(place);
            } else if !self.pass_time() {
                return;
            }
        }
    }

    fn stop(&mut self) {
        self.running.clear();
        self.queue.clear();
    }

    /// Somebody who may go on.
    fn somebody(&self, now: Timestamp) -> Option<usize> {
        self.here.with(|world| {
            let ready = |running: &Running| match world.tasks[running.task].wake {
                Some(Wake::Now) => true,
                Some(Wake::At(at)) => at <= now,
                None => false,
            };
            let count = self.running.iter().filter(|running| ready(running)).count();
            let chosen = if count == 0 { return None } else { world.chance.usize(0..count) };
            self.running
                .iter()
                .enumerate()
                .filter(|(_, running)| ready(running))
                .nth(chosen)
                .map(|(at, _)| at)
        })
    }

    /// Nobody can go on now: it is later. False when nothing will happen any more.
    fn pass_time(&self) -> bool {
        let next = self.queue.keys().next().map(|(at, _)| *at);
        self.here.with(|world| {
            let wakes = self.running.iter().filter_map(|running| match world.tasks[running.task].wake {
                Some(Wake::At(at)) => Some(at),
                Some(Wake::Now) | None => None,
            });
            let Some(at) = wakes.chain(next).min() else { return false };
            world.now = world.now.max(at);
            true
        })
    }

    fn poll(&mut self, place: usize) {
        let task = self.running[place].task;
        self.here.with(|world| {
            world.current = task;
            world.tasks[task].wake = None;
        });
        let polled = self.running[place].work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let doomed = self.here.with(|world| world.tasks[task].doomed);
        let came = match polled {
            Poll::Ready(came) => came,
            Poll::Pending if doomed => Came::Died,
            Poll::Pending => return,
        };
        let Running { work, deed, .. } = self.running.swap_remove(place);
        drop(work);
        self.here.with(|world| {
            let task = &mut world.tasks[task];
            (task.alive, task.gate, task.pass) = (false, None, None);
        });
        self.answered(deed, &came);
    }

    fn answered(&mut self, deed: Deed, came: &Came) {
        self.here.with(|world| {
            world.trace.tell(|| format!("    {} came to {}", deed.name(), told(came)));
            if let Came::Answered(status, body) = came {
                world.trace.note(u64::from(*status));
                invariants::after_answer(world, &deed, *status, body);
            }
        });
        if let (Deed::Callback(_) | Deed::Webhook(..), Came::Answered(200..300, _)) = (&deed, came) {
            self.delivered.push(deed.clone());
        }
        if self.lively {
            self.follow(deed, came);
        }
    }

    /// A process begins.
    fn start(&mut self, who: Who, deed: Deed, work: Work) {
        let task = self.here.with(|world| {
            let skew = world.skew();
            let schedule = who == Who::Schedule;
            let wrong_keys = schedule && world.strikes(Kind::WrongKeys);
            if wrong_keys {
                world.seen.saw(Rare::WrongEnvironment);
            }
            let name = deed.name();
            world.trace.word(name);
            let (task, now) = (world.tasks.len(), world.now);
            world.trace.tell(|| format!("{now:.3} #{task} {who:?} begins: {deed:?} (clock {skew:#})"));
            world.tasks.push(Task::new(name, who, skew, wrong_keys));
            world.tasks.len() - 1
        });
        self.running.push(Running { task, work, deed });
    }

    /// Whether somebody's request is under way.
    fn is_busy(&self, person: usize) -> bool {
        self.running.iter().any(|running| running.deed.person() == Some(person))
    }

    /// Sends everything again that was delivered once, one after the other: the budget of calls has room for all. But for
    /// callbacks of what waits for its user's word: that is what they would be.
    fn again(&mut self) {
        let mut delivered = std::mem::take(&mut self.delivered);
        self.here.with(|world| {
            let waits =
                |id: &LinkId| matches!(world.table.records.markers.get(id), Some(Marker::Quarantined(_)));
            delivered.retain(
                |deed| !matches!(deed, Deed::Callback(Callback { link: Which::Id(id), .. }) if waits(id)),
            );
        });
        for (minute, deed) in (1..).zip(delivered) {
            self.after(60 * minute, deed);
        }
    }
}

fn told(came: &Came) -> String {
    match came {
        Came::Answered(status, body) => format!("{status} {}", String::from_utf8_lossy(body)),
        Came::Ended(well) => if *well { "its end" } else { "a failure" }.to_owned(),
        Came::Died => "a death".to_owned(),
    }
}
