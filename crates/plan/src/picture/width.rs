//! How wide a text is, about. It is never narrower in a usual font without serifs.

/// Returns the width of a text in pixels, in letters of this size.
pub(super) fn width(text: &str, size: i64) -> i64 {
    (text.chars().map(advance).sum::<i64>() * size + 99) / 100
}

/// Returns as much of a text as is no wider than that, with an ellipsis if some is left out.
pub(super) fn clip(text: &str, size: i64, most: i64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut left = most - width("…", size);
    let fits = |c: &char| {
        left -= (advance(*c) * size + 99) / 100;
        left >= 0
    };
    let clipped: String = text.chars().take_while(fits).collect();
    clipped.trim_end().to_owned() + "…"
}

/// Returns how far a character advances, in hundredths of the size.
const fn advance(c: char) -> i64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 29,
        '.' | ',' | ':' | ';' | '!' | ' ' | 'I' => 34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 42,
        '“' | '”' | '"' => 50,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 58,
        'm' | 'M' | 'W' | '…' | '@' | '%' => 102,
        'w' | '+' | '=' | '<' | '>' | '→' => 84,
        'A'..='Z' => 74,
        '\u{0}'..='\u{2fff}' => 63,
        _ => 105,
    }
}
