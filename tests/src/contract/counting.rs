//! The account's budget of calls: one counter for everybody, whoever asks and however many at once.

use domain::{
    budget::{Class, Limits, Window},
    ports::{Budget, Permit, Wanted},
};

use super::place::Place;

const BELVO: &str = "belvo.example";

fn window(number: i64) -> Window {
    Window::of(jiff::Timestamp::UNIX_EPOCH).after(number)
}

fn wanted(window: Window, class: Class, calls: u32, limits: &Limits) -> Wanted<'_> {
    Wanted { account: BELVO, window, class, calls, limits }
}

async fn take(place: &Place, window: Window, class: Class, calls: u32) -> Permit {
    let limits = Limits::default();
    place.budget().take(&wanted(window, class, calls, &limits)).await.expect("the engine answers")
}

async fn room(place: &Place, window: Window, class: Class, calls: u32) -> Permit {
    let limits = Limits::default();
    place.budget().room(&wanted(window, class, calls, &limits)).await.expect("the engine answers")
}

/// Looking tells what taking would come to, and takes nothing.
pub async fn looking_tells_what_taking_would_come_to(place: &Place) {
    for (class, most) in [(Class::Sweep, 6), (Class::Interactive, 3), (Class::Delete, 1)] {
        for _ in 0..most {
            assert_eq!(room(place, window(1), class, 1).await, Permit::Granted);
            assert_eq!(take(place, window(1), class, 1).await, Permit::Granted);
        }
        assert_eq!(room(place, window(1), class, 1).await, Permit::Full, "{class:?}");
        assert_eq!(take(place, window(1), class, 1).await, Permit::Full, "{class:?}");
    }
}

/// A grant of several is whole or none.
pub async fn a_grant_is_whole_or_none(place: &Place) {
    assert_eq!(take(place, window(2), Class::Sweep, 4).await, Permit::Granted);
    assert_eq!(take(place, window(2), Class::Sweep, 3).await, Permit::Full);
    assert_eq!(take(place, window(2), Class::Sweep, 2).await, Permit::Granted);
}

/// Nobody has counted in the window yet, so there is no counter to compare: the number itself is too large.
pub async fn more_than_a_class_may_have_is_never_granted(place: &Place) {
    for (class, most) in [(Class::Interactive, 7), (Class::Sweep, 6), (Class::Delete, 5)] {
        for calls in [most + 1, 1_000] {
            assert_eq!(room(place, window(9), class, calls).await, Permit::Full, "{class:?}");
            assert_eq!(take(place, window(9), class, calls).await, Permit::Full, "{class:?}");
        }
    }
}

/// Whether or not somebody shut the window: looking and taking tell the same.
pub async fn more_than_a_class_may_have_is_as_much_in_a_shut_window(place: &Place) {
    place.budget().shut(BELVO, &[window(10)]).await.expect("the engine answers");
    assert_eq!(room(place, window(10), Class::Sweep, 1_000).await, Permit::Full);
    assert_eq!(take(place, window(10), Class::Sweep, 1_000).await, Permit::Full);
}

/// Windows and environments of Belvo are counted apart.
pub async fn every_window_and_every_environment_counts_for_itself(place: &Place) {
    assert_eq!(take(place, window(3), Class::Interactive, 7).await, Permit::Granted);
    assert_eq!(take(place, window(3), Class::Interactive, 1).await, Permit::Full);
    assert_eq!(take(place, window(4), Class::Interactive, 7).await, Permit::Granted);
    let limits = Limits::default();
    let other = Wanted { account: "another.example", ..wanted(window(3), Class::Interactive, 7, &limits) };
    let other = place.budget().take(&other).await;
    assert_eq!(other.expect("the engine answers"), Permit::Granted);
}

/// A shut window is shut for every class, also when nobody has called in it yet.
pub async fn a_shut_window_is_shut_for_everybody(place: &Place) {
    assert_eq!(take(place, window(5), Class::Sweep, 1).await, Permit::Granted);
    for _ in 0..2 {
        place.budget().shut(BELVO, &[window(5), window(6)]).await.expect("the engine answers");
    }
    for number in [5, 6] {
        for class in Class::ALL {
            assert_eq!(room(place, window(number), class, 1).await, Permit::Paused, "{class:?}");
            assert_eq!(take(place, window(number), class, 1).await, Permit::Paused, "{class:?}");
        }
    }
    assert_eq!(take(place, window(7), Class::Sweep, 1).await, Permit::Granted);
}

/// However many ask at once, exactly as many get through as there is room for.
pub async fn of_many_at_once_as_many_get_through_as_there_is_room_for(place: &Place) {
    let asking = (0..30).map(|number| {
        let (place, class) = (place.clone(), Class::ALL[number % 3]);
        tokio::spawn(async move { (class, take(&place, window(8), class, 1).await) })
    });
    let asking: Vec<_> = asking.collect();
    let (mut granted, mut kept) = (0, 0);
    for asked in asking {
        let (class, permit) = asked.await.expect("no panic");
        granted += usize::from(permit == Permit::Granted);
        kept += usize::from(permit == Permit::Granted && class == Class::Interactive);
    }
    assert_eq!(granted, 10, "the whole window");
    assert!(kept >= 3, "and what is kept for people: {kept}");
}
