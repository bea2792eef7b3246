//! Says something, and is done.

use centrala_dialogue::{Dialogue, Heard, HeardBy, Phrase, Step, StepOf, Turn, laws::World};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Announcement;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Heeded {
    ToTheEnd,
    NotToTheEnd,
}

impl Dialogue for Announcement {
    type Label = ();
    type Outcome = Heeded;
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Turn(Turn::say([Phrase::text("we are open")]))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        Step::End(match heard {
            Heard::Finished => Heeded::ToTheEnd,
            _ => Heeded::NotToTheEnd,
        })
    }
}

pub(crate) struct Quiet;

impl World<Announcement> for Quiet {
    fn answers(&self, _: &()) -> Vec<()> {
        Vec::new()
    }
}
