//! Who was faster, and what it costs to know.

use tokenkeep::store::{Saved, Store};

use super::board::{BACKUP, Desk, Sticks, Whim, access, record};

#[test]
fn a_renewal_under_the_lock_costs_one_load_and_one_save() {
    let desk = Desk::with_session();
    let lease = desk.lock();
    desk.loaded();
    desk.put(2, "two", Some(1));
    // And what follows on it knows what lies there: a claimed record that is renewed at once.
    desk.put(3, "three", Some(2));
    assert_eq!(desk.asked(), ["lock 10", "load", "save Some(1) 2", "save Some(2) 3"]);
    assert_eq!(desk.backup().unwrap().generation, 2);
    drop(lease);
    desk.forget();
    desk.put(4, "four", Some(3));
    assert_eq!(desk.asked(), ["load", "save Some(3) 4"], "what was seen under the lock is not believed after it");
}

#[test]
fn who_loses_the_race_gets_the_winner() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    for expected in [None, Some(1), Some(3)] {
        match desk.save(record(9, Some("nine")), expected, BACKUP).unwrap() {
            Saved::Lost(Some(winner)) => assert_eq!(access(&winner).as_deref(), Some("two")),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn who_loses_between_load_and_save_gets_the_winner() {
    let sticks = Sticks::default();
    let (ours, theirs) = (Desk::at(sticks.clone(), Vec::new()), Desk::at(sticks, Vec::new()));
    ours.put(1, "one", None);
    let _lease = ours.lock();
    ours.loaded();
    theirs.put(2, "theirs", Some(1));
    match ours.save(record(2, Some("ours")), Some(1), BACKUP).unwrap() {
        Saved::Lost(Some(winner)) => assert_eq!(access(&winner).as_deref(), Some("theirs")),
        other => panic!("{other:?}"),
    }
    assert_eq!(access(&theirs.loaded()).as_deref(), Some("theirs"));
}

#[test]
fn who_loses_against_a_removal_gets_nothing() {
    let desk = Desk::with_session();
    let _lease = desk.lock();
    desk.loaded();
    desk.sticks.0.lock().unwrap().texts.clear();
    assert!(matches!(desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap(), Saved::Lost(None)));
}

#[test]
fn accounts_do_not_touch_one_another() {
    let desk = Desk::with_session();
    let bob = tokenkeep::identity::Identity { account: "bob@example.com".to_owned(), ..desk.identity.clone() };
    let saved = desk.start(desk.store.save(&bob, record(7, Some("bob's")), None, BACKUP)).answer();
    assert!(matches!(saved, Ok(Saved::Done)), "{saved:?}");
    assert_eq!(access(&desk.loaded()).as_deref(), Some("one"));
}

/// What a text is, whose generation the shelf has as 7: torn, foreign, of another version.
fn garbage_with_generation() -> [&'static str; 3] {
    [r#"{"version":2,"generation":7}"#, r#"{"version":1,"generation":7,"provider":"x"}"#, r#"{"generation":7}"#]
}

#[test]
fn a_text_of_no_use_is_replaced_as_the_generation_that_it_names() {
    for text in garbage_with_generation() {
        let desk = Desk::new();
        desk.plant(7, text);
        let trouble = desk.trouble();
        assert!(trouble.contains(&desk.key) && trouble.contains("takes its place"), "{trouble}");
        desk.forget();
        desk.put(9, "nine", None);
        assert_eq!(desk.asked(), ["load", "save Some(7) 9"]);
        assert_eq!(access(&desk.loaded()).as_deref(), Some("nine"));
    }
}

#[test]
fn a_text_whose_generation_cannot_be_told_stays_and_is_told_of() {
    for text in ["", "torn", "{\"version\":1,\"generat", "[7]", "null", r#"{"generation":9007199254740993}"#] {
        let desk = Desk::new();
        desk.plant(7, text);
        let trouble = desk.trouble();
        assert!(trouble.contains("delete it"), "{trouble}");
        let trouble = desk.save(record(9, Some("nine")), None, BACKUP).unwrap_err().0;
        assert!(trouble.contains("memory only") && trouble.contains(&desk.key), "{trouble}");
        assert_eq!(desk.text(), text);
    }
}

#[test]
fn a_giant_is_not_read() {
    let desk = Desk::with_session();
    desk.plant(1, &format!("{}{}", desk.text(), " ".repeat(256 << 10)));
    assert!(desk.trouble().contains("256 KiB"));
}

#[test]
fn a_generation_that_javascript_cannot_count_is_none() {
    let desk = Desk::with_session();
    let text = desk.text().replace("\"generation\":1", "\"generation\":9007199254740992");
    desk.plant(1, &text);
    desk.trouble();
    desk.plant(1, &desk.text().replace("9007199254740992", "9007199254740991"));
    assert_eq!(desk.loaded().generation, (1 << 53) - 1);
    let trouble = desk.save(record(1 << 53, Some("next")), Some((1 << 53) - 1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("2^53"), "{trouble}");
}

#[test]
fn a_refusal_that_nothing_explains_is_told_of() {
    let desk = Desk::with_session();
    desk.loaded();
    desk.sticks.0.lock().unwrap().texts.get_mut(&desk.key).unwrap().0 = 5;
    let trouble = desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("refuses to replace generation 1") && trouble.contains(&desk.key), "{trouble}");
}

#[test]
fn a_shelf_that_does_not_know_that_it_is_empty_is_told_of() {
    let desk = Desk::new();
    // Loads have nothing to refuse.
    (0..5).for_each(|_| desk.will(Whim::Refuses));
    let trouble = desk.save(record(2, Some("two")), None, BACKUP).unwrap_err().0;
    assert!(trouble.contains("first generation"), "{trouble}");
}

#[test]
fn a_sibling_that_came_and_went_is_no_trouble() {
    let desk = Desk::new();
    let _lease = desk.lock();
    assert!(desk.load().record.is_none());
    desk.will(Whim::Refuses);
    assert!(matches!(desk.save(record(2, Some("two")), None, BACKUP), Ok(Saved::Done)));
    assert_eq!(desk.asked(), ["lock 10", "load", "save None 2", "load", "save None 2"]);
}
