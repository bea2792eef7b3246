//! Messages that cross: a telephone is answered in the moment in which it is told to stop.

use centrala_dialogue::DraftId;
use centrala_keys::Key;
use centrala_switch::{Cause, Input, LegId, Output};
use centrala_testkit::company::{Phone, Script, Shell, secs};

use crate::office::acme;

fn hang_ups(shell: &Shell, leg: LegId) -> usize {
    shell.count(|output| matches!(output, Output::HangUp { leg: hung_up } if *hung_up == leg))
}

fn called(shell: &Shell, user: &str) -> LegId {
    let leg = shell.outputs.iter().find_map(|(_, output)| match output {
        Output::Call { leg, user: called, .. } if **called == *user => Some(*leg),
        _ => None,
    });
    leg.unwrap()
}

fn bridges(shell: &Shell) -> usize {
    shell.count(|output| matches!(output, Output::Bridge { .. }))
}

#[test]
fn the_loser_that_was_answered_all_the_same_is_hung_up_again() {
    let mut shell = Shell::new(acme()).phone("110", Phone::ANSWERS).phone("103", Phone::Crosses);
    shell.call(Script::outside("+15550101"));
    shell.run();
    assert_eq!(bridges(&shell), 1);
    assert_eq!(hang_ups(&shell, called(&shell, "103")), 2);
    shell.assert_tidy();
}

#[test]
fn a_telephone_answered_as_its_turn_ends_does_not_cost_the_caller_the_next() {
    let mut shell = Shell::new(acme()).phone("101", Phone::Crosses).phone("102", Phone::ANSWERS);
    shell.call(Script::outside("+15550100").presses(secs(1), "1"));
    shell.run();
    assert_eq!(bridges(&shell), 1);
    let story = shell.story();
    assert!(story.iter().any(|line| line.ends_with("talking with Bob Smith")), "{story:#?}");
    assert_eq!(hang_ups(&shell, called(&shell, "101")), 2);
    shell.assert_tidy();
}

#[test]
fn a_telephone_answered_as_the_caller_hangs_up_is_hung_up() {
    let mut shell = Shell::new(acme()).phone("101", Phone::Crosses);
    let mut script = Script::outside("+15550102");
    script.patience = Some(secs(4));
    shell.call(script);
    shell.run();
    assert_eq!(bridges(&shell), 0);
    assert_eq!(hang_ups(&shell, called(&shell, "101")), 2);
    shell.assert_tidy();
}

#[test]
fn a_telephone_answered_as_the_ring_limit_ends_leaves_the_caller_at_the_mailbox() {
    let mut shell = Shell::new(acme()).phone("101", Phone::Crosses);
    shell.call(Script::outside("+15550102"));
    shell.run();
    assert_eq!(bridges(&shell), 0);
    assert_eq!(shell.store.messages("101").len(), 1);
    shell.assert_tidy();
}

#[test]
fn two_telephones_answered_at_the_same_instant_have_one_winner() {
    for order in [["110", "103"], ["103", "110"]] {
        let mut shell =
            Shell::new(acme()).phone("110", Phone::Ignores).phone("103", Phone::Ignores);
        shell.call(Script::outside("+15550101"));
        shell.run_for(secs(2));
        let [first, second] = order.map(|user| called(&shell, user));
        shell.pick_up(first);
        shell.feed(Input::Answered { leg: second });
        assert_eq!(bridges(&shell), 1, "{order:?}");
        let caller = shell.callers()[0];
        let bridged = |output: &Output| matches!(output, Output::Bridge { a, b } if (*a, *b) == (caller, first));
        assert_eq!(shell.count(bridged), 1, "{order:?}");
        assert_eq!(hang_ups(&shell, second), 2, "{order:?}");
        shell.run();
        shell.assert_tidy();
    }
}

#[test]
fn caller_and_telephone_that_hang_up_at_the_same_instant_end_one_call() {
    for caller_first in [true, false] {
        let mut shell = Shell::new(acme()).phone("101", Phone::ANSWERS);
        shell.call(Script::outside("+15550102"));
        shell.run_for(secs(5));
        let (caller, telephone) = (shell.callers()[0], called(&shell, "101"));
        for leg in if caller_first { [caller, telephone] } else { [telephone, caller] } {
            shell.feed(Input::HungUp { leg });
            shell.forget(leg);
        }
        shell.run();
        let ends = shell.story().iter().filter(|line| line.ends_with("hung up")).count();
        assert_eq!(ends, 1, "{:#?}", shell.story());
        shell.assert_tidy();
    }
}

#[test]
fn a_late_input_of_a_leg_that_is_gone_does_nothing() {
    let mut shell = Shell::new(acme()).phone("101", Phone::ANSWERS);
    shell.call(Script::outside("+15550102"));
    shell.run_for(secs(5));
    let (caller, telephone) = (shell.callers()[0], called(&shell, "101"));
    shell.run();
    let before = shell.outputs.len();
    for leg in [caller, telephone] {
        for input in [
            Input::Ringing { leg },
            Input::Failed { leg, cause: Cause::Busy },
            Input::HungUp { leg },
            Input::Onset { leg },
            Input::Key { leg, key: Key::Zero },
            Input::Silent { leg, draft: DraftId::new(1) },
        ] {
            shell.feed(input);
        }
    }
    assert_eq!(shell.outputs.len(), before);
    assert_eq!(shell.exchange.poll_timeout(), None);
}
