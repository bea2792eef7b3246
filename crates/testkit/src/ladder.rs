//! The figure of a message flow.

use core::fmt;

/// A message flow as the RFCs draw it: a column for each one who takes part, an arrow for each message.
///
/// ```
/// use centrala_testkit::Ladder;
///
/// let mut ladder = Ladder::new(["Alice", "Bob"]);
/// ladder.arrow(0, 1, "INVITE F1");
/// ladder.arrow(1, 0, "180 Ringing F2");
/// assert_eq!(ladder.to_string(), "\
/// Alice                Bob
///   |     INVITE F1     |
///   |------------------>|
///   |  180 Ringing F2   |
///   |<------------------|
/// ");
/// ```
#[derive(Clone, Debug)]
pub struct Ladder {
    names: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Arrow { from: usize, to: usize, label: String },
    Note(String),
}

/// The least distance of two columns.
const MIN_GAP: usize = 19;
/// Where the first column stands.
const MARGIN: usize = 2;

impl Ladder {
    /// Returns a flow without messages between these.
    #[must_use]
    pub fn new<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), steps: Vec::new() }
    }

    /// Adds a message between two columns, counted from 0. One between columns that are not there, or from a column to
    /// itself, becomes a line of text.
    pub fn arrow(&mut self, from: usize, to: usize, label: impl Into<String>) {
        let label = label.into();
        let known = from < self.names.len() && to < self.names.len();
        self.steps.push(if known && from != to {
            Step::Arrow { from, to, label }
        } else {
            Step::Note(label)
        });
    }

    /// Adds a line of text.
    pub fn note(&mut self, text: impl Into<String>) {
        self.steps.push(Step::Note(text.into()));
    }

    /// Returns where the columns stand: as far apart as the labels between neighbours want.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![MARGIN];
        for right in 1..self.names.len() {
            let labels = self.steps.iter().filter_map(|step| match step {
                Step::Arrow { from, to, label }
                    if *from.min(to) + 1 == right && *from.max(to) == right =>
                {
                    Some(label.chars().count() + 2)
                }
                Step::Arrow { .. } | Step::Note(_) => None,
            });
            let gap = labels.max().unwrap_or_default().max(MIN_GAP) + 1;
            places.push(places.last().copied().unwrap_or(MARGIN) + gap);
        }
        places
    }
}

/// Writes over a line from a column on, and over spaces only where `text` has none.
fn put(line: &mut Vec<char>, at: usize, text: &str) {
    for (place, character) in (at..).zip(text.chars()) {
        if line.len() <= place {
            line.resize(place + 1, ' ');
        }
        if let Some(there) = line.get_mut(place) {
            *there = character;
        }
    }
}

/// Returns where a label stands: beside its sender if it fits there, or else in the middle of its arrow.
fn place_label(places: &[usize], (from, to): (usize, usize), label: &str) -> usize {
    let next = if from < to { from + 1 } else { from.saturating_sub(1) };
    let gap = |one: usize, other: usize| {
        let place = |column: usize| places.get(column).copied().unwrap_or(MARGIN);
        (place(one.min(other)) + 1, place(one.max(other)))
    };
    let length = label.chars().count();
    let (left, right) = gap(from, next);
    let (left, right) = if left + length + 2 <= right { (left, right) } else { gap(from, to) };
    left + right.saturating_sub(left + length) / 2
}

fn write_line(f: &mut fmt::Formatter<'_>, line: &[char]) -> fmt::Result {
    let text: String = line.iter().collect();
    writeln!(f, "{}", text.trim_end())
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places();
        let mut head = Vec::new();
        for (name, place) in self.names.iter().zip(&places) {
            put(&mut head, place.saturating_sub(name.chars().count() / 2), name);
        }
        write_line(f, &head)?;
        let mut bars = Vec::new();
        places.iter().for_each(|place| put(&mut bars, *place, "|"));
        for step in &self.steps {
            let (from, to, label) = match step {
                Step::Note(text) => {
                    writeln!(f, "    {text}")?;
                    continue;
                }
                Step::Arrow { from, to, label } => (from, to, label),
            };
            let place = |column: &usize| places.get(*column).copied().unwrap_or(MARGIN);
            let (left, right) = (place(from.min(to)), place(from.max(to)));
            let room = right.saturating_sub(left).saturating_sub(1);
            let (mut above, mut below) = (bars.clone(), bars.clone());
            put(&mut above, place_label(&places, (*from, *to), label), label);
            let shaft = "-".repeat(room.saturating_sub(1));
            let arrow = if from < to { format!("{shaft}>") } else { format!("<{shaft}") };
            put(&mut below, left + 1, &arrow);
            write_line(f, &above)?;
            write_line(f, &below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_crosses_the_columns_between_its_ends() {
        let mut ladder = Ladder::new(["A", "B", "C"]);
        ladder.arrow(2, 0, "BYE");
        ladder.note("and so on");
        ladder.arrow(1, 1, "to itself");
        ladder.arrow(0, 7, "to nobody");
        let expected = [
            "  A                   B                   C",
            "  |                   |        BYE        |",
            "  |<--------------------------------------|",
            "    and so on",
            "    to itself",
            "    to nobody",
            "",
        ];
        assert_eq!(ladder.to_string(), expected.join("\n"));
    }

    #[test]
    fn columns_make_room_for_long_labels() {
        let mut ladder = Ladder::new(["A", "B"]);
        let label = "407 Proxy Authentication Required F2";
        ladder.arrow(1, 0, label);
        assert!(ladder.to_string().contains(&format!("| {label} |")), "{ladder}");
    }
}
