//! Every story, cut after everything that happens in it: nothing is left, nothing is lost.

use centrala_switch::{Cause, Input, LegId, Output, Refusal};
use centrala_testkit::company::{Script, Shell, millis, secs};

use crate::stories;

/// Begins a story.
type Story = fn() -> Shell;

const STORIES: &[(&str, Story)] = &[
    ("sales", stories::sales),
    ("operator", stories::operator),
    ("message", stories::message),
    ("lost caller", stories::lost_caller),
    ("reception first", stories::reception_first),
];

/// Runs every story as far as each of its events, and a little further, lets `cut` happen, and runs
/// it to its end.
fn cut_everywhere(cut: impl Fn(&mut Shell), check: impl Fn(&Shell)) {
    for (name, story) in STORIES {
        let mut whole = story();
        whole.run();
        let events = whole.happened;
        assert!(events >= 6, "{name} is no story: {events} events");
        for (after, further) in (1..events).flat_map(|after| [(after, 0), (after, 1_700)]) {
            let mut shell = story();
            for _ in 0..after {
                shell.step();
            }
            shell.run_for(millis(further));
            if shell.callers().is_empty() {
                continue; // its own end came first
            }
            println!("{name}, cut after event {after} at {}", shell.now);
            cut(&mut shell);
            shell.run();
            shell.assert_tidy();
            check(&shell);
        }
    }
}

fn hang_up(shell: &mut Shell, legs: impl IntoIterator<Item = LegId>) {
    for leg in legs {
        shell.hang_up(leg);
    }
}

/// Lets the telephones that were called go: those that ring fail, those that talk hang up.
fn lose_telephones(shell: &mut Shell) {
    for leg in shell.legs().into_iter().filter(|leg| !leg.is_incoming()) {
        if shell.is_answered(leg) {
            shell.hang_up(leg);
        } else if shell.forget(leg) {
            shell.feed(Input::Failed { leg, cause: Cause::Gone });
        }
    }
}

#[test]
fn the_caller_may_hang_up_at_every_moment() {
    cut_everywhere(
        |shell| hang_up(shell, shell.callers()),
        |shell| {
            let after = shell.story();
            assert!(after.last().unwrap().ends_with("hung up"), "{after:#?}");
        },
    );
}

#[test]
fn nothing_is_played_to_a_caller_who_has_gone() {
    // The shell itself refuses orders for legs that are gone, so only silence may follow.
    cut_everywhere(
        |shell| {
            hang_up(shell, shell.callers());
            shell.outputs.clear();
        },
        |shell| {
            let heard = shell.count(|output| {
                matches!(
                    output,
                    Output::Play { .. } | Output::Record { .. } | Output::Bridge { .. }
                )
            });
            assert_eq!(heard, 0, "{:#?}", shell.outputs);
        },
    );
}

#[test]
fn telephones_may_be_lost_at_every_moment_and_the_caller_goes_on() {
    cut_everywhere(lose_telephones, |shell| {
        let story = shell.story();
        // Whoever talked is told; whoever waited is led on. Nobody is cut off while waiting.
        let last = story.last().unwrap();
        let told = ["the caller hung up", "the called person hung up"];
        assert!(told.iter().any(|told| last.ends_with(told)), "{story:#?}");
    });
}

#[test]
fn everybody_may_be_gone_at_once() {
    cut_everywhere(|shell| hang_up(shell, shell.legs()), |_| {});
    cut_everywhere(
        |shell| {
            lose_telephones(shell);
            hang_up(shell, shell.callers());
        },
        |_| {},
    );
}

#[test]
fn a_shutdown_at_every_moment_ends_within_its_bound_and_keeps_what_was_said() {
    cut_everywhere(
        |shell| {
            shell.feed(Input::Drain);
            shell.call(Script::outside("+15550100"));
            shell.run_for(secs(36));
            assert!(shell.exchange.is_idle(), "{:#?}", shell.story());
        },
        |shell| {
            let refused = |output: &Output| {
                matches!(output, Output::Refuse { cause: Refusal::ShuttingDown, .. })
            };
            assert!(shell.count(refused) >= 1);
        },
    );
}
