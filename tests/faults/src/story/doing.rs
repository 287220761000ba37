//! Deeds, when their time has come.

use axum::http::Method;
use domain::{
    link::{Claim, LinkStatus, ProviderLink},
    values::{Institution, InstitutionUserId, LinkId},
};
use jiff::SignedDuration;
use serde_json::json;

use super::{Story, Work};
use crate::{
    belvo::Truth,
    deed::{Callback, Deed, Which, Widget},
    rare::Rare,
    world::Who,
};

/// How long a widget's token works at Belvo: what is published says twenty minutes.
const TOKEN: SignedDuration = SignedDuration::from_mins(20);
/// The institutions.
const BANKS: [&str; 2] = ["erebor_mx_retail", "gringotts_br_retail"];

impl Story<'_> {
    /// Does it, or begins to.
    pub(super) fn perform(&mut self, deed: Deed) {
        match &deed {
            Deed::Widget(widget) => return self.widget(widget),
            Deed::Flip(which, status) => return self.flip(*which, status),
            Deed::Vanish(which) => return self.vanish(*which),
            Deed::Switch(stopped) => return self.here.with(|world| world.table.stopped = *stopped),
            Deed::Register(_)
            | Deed::Open(..)
            | Deed::Callback(_)
            | Deed::Exit(..)
            | Deed::Claim(..)
            | Deed::Disconnect(..)
            | Deed::Erase(_)
            | Deed::List(_)
            | Deed::Attack(..)
            | Deed::Webhook(..)
            | Deed::Sweep(_)
            | Deed::FollowUp
            | Deed::Delete
            | Deed::Give(_)
            | Deed::Cancel(_)
            | Deed::Apply => {}
        }
        let who = match (&deed, deed.person()) {
            (_, Some(person)) => Who::Person(person),
            (Deed::Webhook(..), None) => Who::Belvo,
            (Deed::Give(_) | Deed::Cancel(_) | Deed::Apply, None) => Who::Operator,
            (_, None) => Who::Schedule,
        };
        if let Some((deed, work)) = self.work(deed) {
            self.start(who, deed, work);
        }
    }

    /// The work of a deed, with the link that was chosen for it. None when there is nothing to be done.
    fn work(&mut self, deed: Deed) -> Option<(Deed, Work)> {
        let mine = |rest: &str| format!("/users/me{rest}");
        Some(match deed {
            Deed::Webhook(ref body, older) => (deed.clone(), self.webhook(body, older)),
            Deed::Sweep(full) => (deed, self.sweep(full)),
            Deed::FollowUp => (deed, self.follow_up()),
            Deed::Delete => (deed, self.delete()),
            Deed::Register(person) => {
                (deed, self.asks(person, Method::POST, "/users".to_owned(), String::new()))
            }
            Deed::List(person) => (deed, self.asks(person, Method::GET, mine("/links"), String::new())),
            Deed::Erase(person) => {
                if self.is_busy(person) {
                    self.here.with(|world| world.seen.saw(Rare::ErasedMeanwhile));
                }
                (deed, self.asks(person, Method::DELETE, mine(""), String::new()))
            }
            Deed::Callback(callback) => self.callback(callback)?,
            Deed::Attack(person, link) => {
                let session = self.people[person].sessions.last().cloned()?;
                self.callback(Callback { person, session, link })?
            }
            Deed::Exit(person, session, duplicated) => {
                let work = self.exit(person, session.as_str(), duplicated);
                (Deed::Exit(person, session, duplicated), work)
            }
            Deed::Open(..) | Deed::Claim(..) | Deed::Disconnect(..) | Deed::Give(_) | Deed::Cancel(_) => {
                return self.about_a_link(&deed);
            }
            Deed::Apply => {
                let plan = self.here.with(|world| {
                    let open = world.table.plans.values().filter(|plan| plan.applied_at.is_none());
                    open.max_by_key(|plan| plan.made_at).map(|plan| plan.id.clone())
                });
                (Deed::Apply, self.apply(plan?))
            }
            Deed::Widget(_) | Deed::Flip(..) | Deed::Vanish(_) | Deed::Switch(_) => return None,
        })
    }

    fn about_a_link(&mut self, deed: &Deed) -> Option<(Deed, Work)> {
        let sessions = || "/users/me/link-sessions".to_owned();
        if let Deed::Open(person, None) = *deed {
            return Some((deed.clone(), self.asks(person, Method::POST, sessions(), String::new())));
        }
        let (Deed::Open(_, Some(which))
        | Deed::Claim(_, which)
        | Deed::Disconnect(_, which)
        | Deed::Give(which)
        | Deed::Cancel(which)) = deed
        else {
            return None;
        };
        let id = self.choose(*which)?;
        let (it, person) = (Which::Id(id), deed.person());
        if let (Deed::Open(..), Some(person)) = (deed, person) {
            let body = json!({"link_id": id.to_string()}).to_string();
            return Some((Deed::Open(person, Some(it)), self.asks(person, Method::POST, sessions(), body)));
        }
        if let (Deed::Claim(..), Some(person)) = (deed, person) {
            let path = format!("/users/me/links/{id}/claim");
            return Some((Deed::Claim(person, it), self.asks(person, Method::POST, path, String::new())));
        }
        if let (Deed::Disconnect(..), Some(person)) = (deed, person) {
            let path = format!("/users/me/links/{id}");
            return Some((
                Deed::Disconnect(person, it),
                self.asks(person, Method::DELETE, path, String::new()),
            ));
        }
        if let Deed::Give(_) = deed {
            let of = self.here.with(|world| world.belvo.links.get(&id).map(|truth| truth.made_for.clone()));
            return Some((Deed::Give(it), self.give(of?, id)));
        }
        Some((Deed::Cancel(it), self.cancel(id)))
    }

    fn callback(&mut self, callback: Callback) -> Option<(Deed, Work)> {
        let id = self.choose(callback.link)?;
        let erased = self.people[callback.person].id.is_none();
        self.here.with(|world| {
            if erased {
                world.seen.saw(Rare::CallbackAfterErasure);
            }
            if world.owned(id).is_some_and(domain::link::LinkRecord::is_buried) {
                world.seen.saw(Rare::ReplayAfterTombstone);
            }
        });
        let body = json!({"type": "success", "link": id.to_string(), "institution": BANKS[0]}).to_string();
        let path = format!("/users/me/link-sessions/{}/callbacks", callback.session);
        let work = self.asks(callback.person, Method::POST, path, body);
        Some((Deed::Callback(Callback { link: Which::Id(id), ..callback }), work))
    }

    fn exit(&mut self, person: usize, session: &str, duplicated: bool) -> Work {
        let body = if duplicated {
            json!({"type": "event", "eventName": "ERROR",
                "meta_data": {"error_code": "duplicated", "institution_name": BANKS[0]}})
        } else {
            json!({"type": "exit", "last_encountered_error": {"code": "login_error"}})
        };
        let path = format!("/users/me/link-sessions/{session}/callbacks");
        self.asks(person, Method::POST, path, body.to_string())
    }

    fn widget(&mut self, widget: &Widget) {
        let claimed = match widget.victim {
            Some(victim) => self.here.with(|world| world.people[victim].last().cloned()),
            None => Some(widget.of.clone()),
        };
        let Some(claimed) = claimed else { return };
        let made = self.here.with(|world| {
            if world.now.duration_since(widget.opened_at) > TOKEN {
                return None;
            }
            let truth = world.new_link(widget, &claimed);
            let (id, planted) = (truth.link.id, truth.planted);
            world.belvo.make(truth);
            let now = world.now;
            world.trace.tell(|| format!("{now:.3} Belvo: link {id} is made (planted: {planted})"));
            Some(id)
        });
        if let Some(id) = made {
            self.after_widget(widget, id, &claimed);
        }
    }

    fn flip(&mut self, which: Which, status: &LinkStatus) {
        let Some(id) = self.choose(which) else { return };
        let body = self.here.with(|world| {
            let now = world.now;
            let truth = world.belvo.links.get_mut(&id)?;
            truth.link.status = status.clone();
            world.trace.tell(|| format!("{now:.3} Belvo: link {id} is {}", status.as_str()));
            let waits = world.table.records.intents.values().any(|intent| {
                intent.is_open()
                    && matches!(intent.why, domain::deletion::Why::SupersededBy(kept) if kept == id)
            });
            if waits && *status != LinkStatus::Valid {
                world.seen.saw(Rare::SurvivorFlips);
            }
            world.chance.bool().then(|| {
                let code = if *status == LinkStatus::TokenRequired {
                    "token_required"
                } else {
                    "invalid_credentials"
                };
                json!({"webhook_id": world.chance.u64(..), "webhook_type": "LINKS", "webhook_code": code,
                    "link_id": id.to_string()})
            })
        });
        if let Some(body) = body {
            self.after(2, Deed::Webhook(body.to_string(), false));
        }
    }

    fn vanish(&mut self, which: Which) {
        let Some(id) = self.choose(which) else { return };
        self.here.with(|world| {
            let now = world.now;
            world.trace.tell(|| format!("{now:.3} Belvo: link {id} vanishes"));
            if let Some(truth) = world.belvo.links.get_mut(&id) {
                truth.gone_at = Some(truth.gone_at.map_or(now, |at| at.min(now)));
            }
        });
    }

    /// The link that is meant.
    fn choose(&mut self, which: Which) -> Option<LinkId> {
        self.here.with(|world| {
            let made = |wanted: &dyn Fn(&Truth) -> bool| -> Vec<LinkId> {
                world.belvo.links.values().filter(|truth| wanted(truth)).map(|truth| truth.link.id).collect()
            };
            let people = &world.people;
            let candidates = match which {
                Which::Id(id) => return Some(id),
                Which::Future => {
                    world.seen.saw(Rare::FutureId);
                    return Some(world.belvo.id(0));
                }
                Which::Guess => return Some(world.belvo.id(1_000)),
                Which::Of(person) => made(&|truth| people[person].contains(&truth.made_for)),
                Which::NotOf(person) => made(&|truth| !people[person].contains(&truth.made_for)),
                Which::Any => made(&|_| true),
            };
            (!candidates.is_empty()).then(|| candidates[world.chance.usize(0..candidates.len())])
        })
    }
}

impl crate::world::World {
    /// The link that the widget makes.
    fn new_link(&mut self, widget: &Widget, claimed: &domain::external_id::ExternalId) -> Truth {
        let now = self.now;
        let planted = widget.victim.is_some();
        let nulled = self.chance.u32(0..30) == 0;
        if nulled {
            self.seen.saw(Rare::NoExternalId);
        }
        if planted {
            self.seen.saw(Rare::Planted);
        }
        let claim = if nulled { Claim::Absent } else { Claim::Named(claimed.clone()) };
        let status = if self.chance.u32(0..20) == 0 { LinkStatus::Unconfirmed } else { LinkStatus::Valid };
        let login = match self.chance.u32(0..20) {
            0 => "shared".to_owned(),
            1..12 => format!("login-{}", widget.person),
            _ => format!("login-{}-{}", widget.person, self.chance.u32(0..3)),
        };
        let shown_from = now
            + SignedDuration::from_secs(if self.chance.u32(0..5) == 0 { self.chance.i64(1..60) } else { 0 });
        let listed = if self.chance.u32(0..10) == 0 { self.chance.i64(1..120) } else { 0 };
        let bank = BANKS[usize::from(self.chance.u32(0..4) == 0)];
        Truth {
            link: ProviderLink {
                id: self.belvo.id(0),
                institution: Institution::parse(bank).expect("an institution"),
                access_mode: None,
                status,
                claim,
                created_at: now,
                institution_user_id: (self.chance.u32(0..12) > 0)
                    .then(|| InstitutionUserId::parse(login).expect("a login")),
            },
            made_for: widget.of.clone(),
            session: widget.session.clone(),
            shown_from,
            listed_from: shown_from + SignedDuration::from_secs(listed),
            gone_at: None,
            planted,
        }
    }
}
