//! Which scopes are known not to be granted, and how many.

use tokenkeep::manager::Scoped;

use crate::stage::Stage;

fn is_refused(stage: &Stage, scope: &str) -> bool {
    matches!(stage.manager.scoped(scope), Scoped::Refused(_))
}

#[test]
fn one_scope_that_was_not_granted_is_not_forgotten_for_another() {
    let stage = Stage::new();
    stage.manager.refuse_scope("guild");
    stage.manager.refuse_scope("workspace");
    assert!(is_refused(&stage, "guild") && is_refused(&stage, "workspace"));
}

#[test]
fn of_many_scopes_the_one_that_was_asked_for_first_is_forgotten() {
    let stage = Stage::new();
    for number in 0..65 {
        stage.manager.refuse_scope(&number.to_string());
        stage.clock.advance(std::time::Duration::from_millis(1));
    }
    assert!(!is_refused(&stage, "0"));
    assert!((1..65).all(|number| is_refused(&stage, &number.to_string())));
}
