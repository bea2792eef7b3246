//! A picture as the text of a Mermaid flowchart.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{Card, Line, Picture};

impl Picture {
    /// Returns the picture as a Mermaid flowchart. What no caller reaches has dashed borders; what
    /// happens without a caller's wish is a dotted line.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        let number = self.cards.keys().zip(0_usize..).collect::<BTreeMap<_, _>>();
        // Writing to a string cannot fail, here and below.
        for (nth, (card, shown)) in self.cards.iter().enumerate() {
            let (open, close) = match card {
                Card::Entry(_) => ("([", "])"),
                Card::To(_) | Card::Apology => ("[", "]"),
            };
            let class = if shown.is_reached { "" } else { ":::unreachable" };
            let _ = writeln!(text, "  n{nth}{open}\"{}\"{close}{class}", escape(&shown.text));
        }
        for ((from, to, line), link) in &self.links {
            let (Some(from), Some(to)) = (number.get(from), number.get(to)) else { continue };
            let arrow = if *line == Line::Unwanted { "-.->" } else { "-->" };
            let label = escape(&link.label(*line));
            let label = if label.is_empty() { label } else { format!("|\"{label}\"|") };
            let _ = writeln!(text, "  n{from} {arrow}{label} n{to}");
        }
        let told = self.legend.iter().chain(&self.caption).map(|line| escape(line));
        let _ = writeln!(text, "  legend[\"{}\"]", told.collect::<Vec<_>>().join("<br>"));
        text.push_str("  classDef unreachable stroke-dasharray: 4\n");
        text
    }
}

/// Writes what has a meaning in Mermaid's labels as character codes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' | '|' | '[' | ']' | '(' | ')' | '{'
            | '}' => {
                let _ = write!(escaped, "#{};", u32::from(character));
            }
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
