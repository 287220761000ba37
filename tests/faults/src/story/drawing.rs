//! What happens in the story of a seed: moments at which several things happen at once, hours or days apart.

use std::collections::BTreeSet;

use domain::link::LinkStatus;
use jiff::SignedDuration;

use super::Story;
use crate::{
    belvo::Belvo,
    deed::{Deed, Which},
    weather::{Kind, Weather},
    world::beginning,
};

/// What is left out of a story, to see whether it fails without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Deeds, by their number in the drawing.
    pub deeds: BTreeSet<usize>,
    /// Kinds of faults.
    pub kinds: BTreeSet<Kind>,
}

/// How much there is in a story at most.
struct Size {
    users: usize,
    attackers: usize,
    moments: (usize, usize),
}

/// One of so many stories is large. In little ones what takes few things to go wrong is met more often in the same time.
const ONE_OF: u32 = 4;
const LARGE: Size = Size { users: 4, attackers: 2, moments: (4, 10) };
const LITTLE: Size = Size { users: 2, attackers: 1, moments: (1, 4) };

impl Story<'_> {
    /// Draws it. How many deeds it has.
    pub fn draw_all(&mut self, omitted: &Omitted) -> usize {
        self.here.with(|world| {
            let mut weather = Weather::drawn(&mut world.chance);
            omitted.kinds.iter().for_each(|kind| weather.without(*kind));
            world.weather = weather;
            let (salt, page) = (world.chance.u64(..), [1, 2, 3, 1_000][world.chance.usize(0..4)]);
            world.belvo = Belvo::new(salt, page, world.chance.i8(-11..=12), world.chance.u32(0..4) == 0);
        });
        let size = self.here.with(|world| if world.chance.u32(0..ONE_OF) == 0 { LARGE } else { LITTLE });
        let (users, attackers) = self
            .here
            .with(|world| (world.chance.usize(1..=size.users), world.chance.usize(0..=size.attackers)));
        for person in 0..users + attackers {
            self.join(person >= users);
        }
        let mut deeds: Vec<(i64, Deed)> =
            (0..users + attackers).map(|person| (0, Deed::Register(person))).collect();
        let moments = self.here.with(|world| world.chance.usize(size.moments.0..=size.moments.1));
        let mut second = 60;
        for _ in 0..moments {
            let gap = [20, 120, 1_500, 4_000, 40_000, 90_000];
            second += self.here.with(|world| {
                let most = gap[world.chance.usize(0..gap.len())];
                world.chance.i64(1..=most)
            });
            for _ in 0..self.here.with(|world| world.chance.usize(1..=4)) {
                let some = self.some_deed();
                deeds.extend(some.into_iter().map(|deed| (second, deed)));
            }
        }
        let count = deeds.len();
        for (number, (second, deed)) in deeds.into_iter().enumerate() {
            if !omitted.deeds.contains(&number) {
                self.at(beginning() + SignedDuration::from_secs(second), deed);
            }
        }
        count
    }

    fn some_deed(&self) -> Vec<Deed> {
        let (kind, person, many) = self.here.with(|world| {
            let people = world.people.len();
            (world.chance.u32(0..100), world.chance.usize(0..people), world.chance.usize(1..=3))
        });
        match kind {
            0..34 => vec![Deed::Open(person, None)],
            34..40 => vec![Deed::Open(person, None); many],
            40..45 => vec![Deed::Open(person, Some(Which::Of(person)))],
            45..48 => vec![Deed::List(person)],
            48..51 => vec![Deed::Register(person); many],
            // What one takes away may be what the other is about to keep.
            51..57 if many > 2 => {
                let gone = Deed::Disconnect(person, Which::Of(person));
                vec![Deed::Open(person, None), gone.clone(), gone, Deed::Open(person, None)]
            }
            51..57 => vec![Deed::Disconnect(person, Which::Of(person)); many],
            57..61 => vec![Deed::Erase(person); many.min(2)],
            61..67 => vec![Deed::Sweep(false); many + 2],
            67..70 => vec![Deed::Sweep(true); many],
            70..75 => vec![Deed::FollowUp; many],
            75..81 => vec![Deed::Delete; many],
            81..84 => vec![Deed::Vanish(Which::Any); many],
            84..87 => vec![self.flip_of()],
            87..89 => vec![Deed::Give(Which::Any)],
            89..91 => vec![Deed::Cancel(Which::Any)],
            91 => vec![Deed::Switch(many > 1)],
            92 => vec![Deed::Apply],
            _ => vec![self.attack(person)],
        }
    }

    fn flip_of(&self) -> Deed {
        let status = self.here.with(|world| match world.chance.u32(0..4) {
            0 => LinkStatus::Valid,
            1 => LinkStatus::TokenRequired,
            _ => LinkStatus::Invalid,
        });
        Deed::Flip(Which::Any, status)
    }

    /// Somebody posts ids that are not theirs: seen, guessed, or of links that are yet to be made.
    fn attack(&self, person: usize) -> Deed {
        let which = self.here.with(|world| {
            [Which::NotOf(person), Which::NotOf(person), Which::Future, Which::Guess]
                [world.chance.usize(0..4)]
        });
        match self.here.with(|world| world.chance.u32(0..6)) {
            0 => Deed::Claim(person, which),
            1 => Deed::Disconnect(person, which),
            2 => Deed::Open(person, Some(which)),
            _ => Deed::Attack(person, which),
        }
    }
}
