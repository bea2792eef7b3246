//! One turn; it ends with what was heard.

use centrala_dialogue::{
    Dialogue, DraftId, HeardBy, KeyRule, Phrase, RecordRule, Step, StepOf, Turn,
};
use centrala_keys::DigitMap;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OneTurn(pub(crate) Turn<&'static str>);

impl OneTurn {
    pub(crate) fn new(rules: &[(&'static str, &'static str)]) -> Self {
        let map = DigitMap::new(rules.iter().copied()).unwrap();
        Self(Turn::say([Phrase::text("two words")]).listen(KeyRule::new(map)))
    }

    pub(crate) fn record(mut self) -> Self {
        self.0 = self.0.record(RecordRule::new(DraftId::new(1)));
        self
    }
}

impl Dialogue for OneTurn {
    type Label = &'static str;
    type Outcome = HeardBy<Self>;
    type Ask = ();
    type Answer = ();
    type Signal = u8;

    fn begin(&mut self) -> StepOf<Self> {
        Step::Turn(self.0.clone())
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        Step::End(heard)
    }
}
