//! Which greeting a caller hears.

use centrala_voicemail::{GreetingKind, Reason, choose_greeting};

#[test]
fn the_greeting_follows_the_reason() {
    use GreetingKind::{Busy, Name, Regular, Temporary, Unavailable};
    for (name, reason, recorded, expected) in [
        ("nothing recorded", Reason::NoAnswer, &[][..], None),
        ("only a name", Reason::NoAnswer, &[Name], None),
        ("nobody answers", Reason::NoAnswer, &[Regular, Busy, Unavailable], Some(Regular)),
        ("talking", Reason::Busy, &[Regular, Busy], Some(Busy)),
        ("talking, nothing for that", Reason::Busy, &[Regular, Unavailable], Some(Regular)),
        ("away", Reason::Unavailable, &[Regular, Unavailable], Some(Unavailable)),
        ("away, nothing for that", Reason::Unavailable, &[Regular, Busy], None),
        ("the mailbox itself", Reason::Chosen, &[Regular, Busy], Some(Regular)),
        ("no answer, temporary", Reason::NoAnswer, &[Regular, Temporary], Some(Temporary)),
        ("talking, temporary", Reason::Busy, &[Busy, Temporary], Some(Temporary)),
        ("away, temporary", Reason::Unavailable, &[Unavailable, Temporary], Some(Temporary)),
    ] {
        assert_eq!(choose_greeting(reason, recorded), expected, "{name}");
    }
}
