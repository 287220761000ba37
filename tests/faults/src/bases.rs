//! Small stories without chance, for crash points: at each request of each, before its effect and after, the process may
//! die; and everything must come right on clean days.

use domain::{
    external_id::ExternalId,
    link::{Claim, LinkStatus, ProviderLink},
    values::{Institution, InstitutionUserId, LinkId, SessionId},
};
use jiff::SignedDuration;

use crate::{
    belvo::{Belvo, Truth},
    deed::{Callback, Deed, Which},
    story::Story,
};

/// A story with its name, and the policy that it is played under.
#[derive(Clone, Copy)]
pub struct Base {
    /// Its name.
    pub name: &'static str,
    /// Which of the stage's policies.
    pub policy: usize,
    /// What happens.
    pub tell: fn(&mut Story<'_>),
}

/// All of them.
pub const BASES: [Base; 11] = [
    Base { name: "connect", policy: 0, tell: connect },
    Base { name: "connect a duplicate, which is deleted in the end", policy: 1, tell: duplicate },
    Base { name: "disconnect", policy: 0, tell: disconnect },
    Base { name: "disconnect, and take it back", policy: 0, tell: take_back },
    Base { name: "erase", policy: 0, tell: erase },
    Base { name: "disconnect, erase, come back", policy: 0, tell: come_back },
    Base { name: "a sweep adopts what lost its callback", policy: 0, tell: orphan },
    Base { name: "callbacks and webhooks at once", policy: 0, tell: at_once },
    Base { name: "claim one of two", policy: 0, tell: claim },
    Base { name: "links vanish", policy: 0, tell: ghosts },
    Base { name: "three sweeps at once", policy: 0, tell: together },
];

/// The session that a person opened last, if it was recorded.
fn opened(story: &Story<'_>, person: usize) -> Option<(SessionId, ExternalId)> {
    story.world(|world| {
        let theirs = world.table.records.sessions.values();
        let theirs = theirs.filter(|session| world.people[person].contains(&session.owner));
        theirs
            .max_by_key(|session| session.issued_at)
            .map(|session| (session.id.clone(), session.owner.clone()))
    })
}

/// The person goes through the widget with a session of theirs; the link is of this login.
fn makes(story: &Story<'_>, (session, of): &(SessionId, ExternalId), login: &str) -> LinkId {
    story.world(|world| {
        let (id, now) = (world.belvo.id(0), world.now);
        world.belvo.make(Truth {
            link: ProviderLink {
                id,
                institution: Institution::parse("erebor_mx_retail").expect("an institution"),
                access_mode: None,
                status: LinkStatus::Valid,
                claim: Claim::Named(of.clone()),
                created_at: now,
                institution_user_id: Some(InstitutionUserId::parse(login).expect("a login")),
            },
            made_for: of.clone(),
            session: session.clone(),
            shown_from: now,
            listed_from: now,
            gone_at: None,
            planted: false,
        });
        id
    })
}

/// Opens a session and makes a link. None when the session was not to be had.
fn makes_one(story: &mut Story<'_>, person: usize, login: &str) -> Option<(SessionId, LinkId)> {
    story.does(Deed::Open(person, None));
    let session = opened(story, person)?;
    let link = makes(story, &session, login);
    Some((session.0, link))
}

fn begins(story: &mut Story<'_>) -> usize {
    story.world(|world| world.belvo = Belvo::new(7, 2, 0, false));
    let person = story.join(false);
    story.does(Deed::Register(person));
    person
}

fn callback(person: usize, session: &SessionId, link: LinkId) -> Deed {
    Deed::Callback(Callback { person, session: session.clone(), link: Which::Id(link) })
}

fn webhook(link: LinkId) -> Deed {
    let body = serde_json::json!({
        "webhook_type": "ACCOUNTS", "webhook_code": "historical_update", "link_id": link.to_string(),
    });
    Deed::Webhook(body.to_string(), false)
}

fn connects(story: &mut Story<'_>, person: usize, login: &str) -> Option<LinkId> {
    let (session, link) = makes_one(story, person, login)?;
    story.does(callback(person, &session, link));
    Some(link)
}

fn minutes(story: &Story<'_>, minutes: i64) {
    story.world(|world| world.now += SignedDuration::from_mins(minutes));
}

fn deletes(story: &mut Story<'_>) {
    for wait in [1, 2, 25, 25] {
        minutes(story, wait);
        story.does(Deed::Delete);
    }
}

fn connect(story: &mut Story<'_>) {
    let person = begins(story);
    if let Some(link) = connects(story, person, "login") {
        story.does(webhook(link));
        minutes(story, 30);
        story.does(Deed::FollowUp);
        story.does(Deed::Sweep(true));
    }
}

fn duplicate(story: &mut Story<'_>) {
    let person = begins(story);
    let _first = connects(story, person, "login");
    minutes(story, 40);
    let _second = connects(story, person, "login");
    story.does(Deed::Delete);
    minutes(story, 70);
    deletes(story);
}

fn disconnect(story: &mut Story<'_>) {
    let person = begins(story);
    if let Some(link) = connects(story, person, "login") {
        story.does(Deed::Disconnect(person, Which::Id(link)));
        deletes(story);
    }
}

fn take_back(story: &mut Story<'_>) {
    let person = begins(story);
    if let Some(link) = connects(story, person, "login") {
        story.does(Deed::Disconnect(person, Which::Id(link)));
        story.does(Deed::Cancel(Which::Id(link)));
        story.does(Deed::Delete);
    }
}

fn erase(story: &mut Story<'_>) {
    let person = begins(story);
    let _bound = connects(story, person, "login");
    let _orphan = makes_one(story, person, "another");
    story.does(Deed::Erase(person));
    deletes(story);
    deletes(story);
}

fn come_back(story: &mut Story<'_>) {
    let person = begins(story);
    if let Some(link) = connects(story, person, "login") {
        story.does(Deed::Disconnect(person, Which::Id(link)));
    }
    story.does(Deed::Erase(person));
    story.does(Deed::Register(person));
    let _fresh = connects(story, person, "login");
    deletes(story);
}

fn orphan(story: &mut Story<'_>) {
    let person = begins(story);
    let _unheard = makes_one(story, person, "login");
    minutes(story, 45);
    story.does(Deed::Sweep(true));
    story.does(Deed::FollowUp);
}

fn at_once(story: &mut Story<'_>) {
    let person = begins(story);
    if let Some((session, link)) = makes_one(story, person, "login") {
        for deed in [callback(person, &session, link), callback(person, &session, link), webhook(link)] {
            story.after(0, deed);
        }
        story.play();
    }
}

fn claim(story: &mut Story<'_>) {
    let person = begins(story);
    let planted = makes_one(story, person, "theirs").map(|(session, _)| {
        let of = story.world(|world| world.people[person][0].clone());
        makes(story, &(session, of), "planted")
    });
    minutes(story, 45);
    story.does(Deed::Sweep(true));
    if planted.is_some() {
        story.does(Deed::Claim(person, Which::Any));
    }
}

fn ghosts(story: &mut Story<'_>) {
    let person = begins(story);
    let _stays = connects(story, person, "stays");
    if let Some(link) = connects(story, person, "goes") {
        story.does(Deed::Vanish(Which::Id(link)));
    }
    for _ in 0..2 {
        story.does(Deed::Sweep(true));
        minutes(story, 25 * 60);
    }
}

fn together(story: &mut Story<'_>) {
    let person = begins(story);
    let made = makes_one(story, person, "login");
    let _other = makes_one(story, person, "login");
    minutes(story, 45);
    for _ in 0..3 {
        story.after(0, Deed::Sweep(true));
    }
    if let Some((session, link)) = made {
        story.after(0, callback(person, &session, link));
    }
    story.play();
}
