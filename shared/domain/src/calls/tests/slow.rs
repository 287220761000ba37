//! A table that answers late, and one that cannot be told of a pause.

use super::*;

/// A table that takes a second for its first grant, and cannot be told of a pause.
struct Distant<'a> {
    purse: &'a Purse,
    hand: &'a Hand,
    late: Mutex<bool>,
}

impl Budget for &Distant<'_> {
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        if std::mem::take(&mut *self.late.lock().expect("one thread")) {
            self.hand.sleep(SignedDuration::from_secs(1)).await;
        }
        self.purse.take(wanted).await
    }

    async fn room(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.purse.room(wanted).await
    }

    async fn shut(&self, _: &str, _: &[Window]) -> Result<(), StoreError> {
        Err(StoreError::Busy("down".into()))
    }
}

#[test]
fn a_grant_that_came_when_its_window_was_over_is_not_used() {
    for class in Class::ALL {
        let (purse, hand) = (Purse::default(), Hand::at(start() + SignedDuration::from_millis(5_500)));
        let distant = Distant { purse: &purse, hand: &hand, late: Mutex::new(true) };
        let governor = Governor::new(&distant, Shared(&hand), Limits::default(), class, "b");
        let sent = Mutex::new(None);
        let attempt = || async {
            *sent.lock().expect("one thread") = Some(Window::of(hand.now()));
            Ok::<_, ProviderError>(())
        };
        finished(governor.pass(attempt)).expect("sent in the next window");
        let window = sent.into_inner().expect("one thread").expect("sent");
        let counted = purse.with(|counted| {
            let alone = Limits::default().bounds(class)[0].counter;
            counted.counters.get(&(window, alone)).copied()
        });
        assert!(counted.is_some(), "{class:?}: a call in a window that did not count it");
    }
}

#[test]
fn a_process_keeps_to_the_pause_even_when_it_cannot_tell_the_table() {
    let (purse, hand) = (Purse::default(), Hand::at(start()));
    let deaf = Distant { purse: &purse, hand: &hand, late: Mutex::new(false) };
    let governor = Governor::new(&deaf, Shared(&hand), Limits::default(), Class::Interactive, "b");
    assert!(finished(governor.pass(|| async { THROTTLED() })).is_err());
    for _ in 0..10 {
        finished(hand.sleep(SignedDuration::from_secs(6)));
        let answer = finished(governor.pass(|| async { FINE() }));
        assert!(matches!(answer, Err(ProviderError::Unsent(_))), "{:?}", hand.now());
    }
    finished(hand.sleep(SignedDuration::from_secs(6)));
    finished(governor.pass(|| async { FINE() })).expect("the pause is over");
}
