//! What processes do: the production's own use cases, over the ports of the model.

use std::hash::{Hash, Hasher};

use domain::{
    deletion::{Deleter, cancel::cancel, disconnect::disconnect},
    link_sessions::{self, For},
    policy::Policy,
    ports::Lookup,
    sweep::{Order, Scope, Sweeper},
};

use crate::{
    kept::{Answer, Heard, print_of},
    line::Line,
    names::{ana, ids},
    ports::Port,
    request::Request,
    world::Asker,
};

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errand {
    /// A run of `delete-links`.
    Delete,
    /// A sweep of the user's links by an operator, who takes the lease from whoever has it.
    Sweep,
    /// A session start in the app: repairs the user's links, without a lease.
    Start,
    /// The user disconnects a link.
    Disconnect(usize),
    /// An operator takes the deletion of a link back.
    Cancel(usize),
}

impl Errand {
    /// Plays it: what it asks next, or `None` when it is at its end.
    pub fn play(self, line: &Line<'_>, policy: &Policy) -> Option<Request> {
        let port = &Port(line);
        match self {
            Self::Delete => {
                let deleter =
                    Deleter { store: port, provider: port, ambient: port, policy, account: "belvo" };
                line.advance(async { drop(deleter.run(None).await) })
            }
            Self::Sweep => {
                let sweeper = Sweeper { store: port, provider: port, ambient: port, policy, watcher: &() };
                let scope = Some(Scope::User(ana().clone()));
                let order = Order { scope, take_over: true, ..Order::default() };
                line.advance(async { drop(sweeper.tick(&order).await) })
            }
            Self::Start => line.advance(async {
                drop(link_sessions::open(port, port, port, policy, ana(), For::Create).await);
            }),
            Self::Disconnect(n) => {
                line.advance(async { drop(disconnect(port, port, ana(), ids()[n]).await) })
            }
            Self::Cancel(n) => line.advance(async { drop(cancel(port, port, ids()[n]).await) }),
        }
    }
}

/// A process at work.
#[derive(Clone)]
pub struct Process {
    /// What it is there for.
    pub errand: Errand,
    /// The minute in which it began.
    pub begun: i64,
    /// What it has been answered so far.
    pub heard: Vec<Heard>,
    /// Whether anything that it asked for has an effect.
    pub wrote: bool,
    /// What it asks now. Follows from the rest.
    pub wanted: Request,
}

impl Process {
    /// One that begins now; `None` when it has nothing to ask.
    pub fn begin(errand: Errand, now: i64, policy: &Policy) -> Option<Self> {
        let wanted = errand.play(&Line::new(now, &[], None), policy)?;
        Some(Self { errand, begun: now, heard: Vec::new(), wrote: false, wanted })
    }

    /// The same after this answer; `None` when it has come to its end.
    pub fn hear(&self, answer: Answer, now: i64, policy: &Policy) -> Option<Self> {
        let mut heard = self.heard.clone();
        heard.push(Heard { answer, at: now });
        let wanted = self.errand.play(&Line::new(self.begun, &heard, None), policy)?;
        let wrote = self.wrote || self.wanted.has_effect();
        Some(Self { errand: self.errand, begun: self.begun, heard, wrote, wanted })
    }

    /// What it asks, in few words.
    pub fn told(&self) -> String {
        format!("{:?} asks {}", self.errand, self.wanted.told())
    }

    /// Who asks.
    pub fn asker(&self) -> Asker {
        let mut asker = Asker { errand: self.errand, vouched: false };
        self.heard.iter().for_each(|heard| asker.hear(&heard.answer));
        asker
    }
}

impl Asker {
    /// Takes in what the process hears.
    pub fn hear(&mut self, answer: &Answer) {
        self.vouched |= matches!(answer.value(), Some(Lookup::Found(_)));
    }
}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.errand, self.begun, &self.heard).hash(state);
    }
}

impl PartialEq for Process {
    fn eq(&self, other: &Self) -> bool {
        print_of(self) == print_of(other)
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} after {} answers", self.errand, self.heard.len())
    }
}
