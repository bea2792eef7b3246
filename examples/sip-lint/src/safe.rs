//! Octets from the network as text that a terminal can show.

/// One piece of a shown text: the octets from `offset` on, in `columns` columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) offset: usize,
    pub(crate) text: String,
    pub(crate) columns: usize,
}

/// Cuts octets into pieces that can be shown: characters as they are, all else as escapes.
pub(crate) fn pieces(octets: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut offset = 0;
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            let text = shown(character);
            let columns = if text.len() == character.len_utf8() && !character.is_ascii() {
                columns(character)
            } else {
                text.len()
            };
            pieces.push(Piece { offset, text, columns });
            offset += character.len_utf8();
        }
        for octet in chunk.invalid() {
            pieces.push(Piece { offset, text: format!("\\x{octet:02x}"), columns: 4 });
            offset += 1;
        }
    }
    pieces
}

/// Returns octets as text that can be shown, cut after that many pieces.
pub(crate) fn shown_within(octets: &[u8], limit: usize) -> String {
    let pieces = pieces(octets);
    let mut text: String = pieces.iter().take(limit).map(|piece| piece.text.as_str()).collect();
    if pieces.len() > limit {
        text.push('…');
    }
    text
}

fn shown(character: char) -> String {
    match character {
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        '\n' => "\\n".to_owned(),
        '\0' => "\\0".to_owned(),
        _ if character.is_control() || is_invisible(character) => {
            character.escape_unicode().to_string()
        }
        _ => character.to_string(),
    }
}

/// Characters that take no column or turn the direction of others: they could hide what a line says.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The columns of a character: two for the wide ones of East Asia and for pictures.
fn columns(character: char) -> usize {
    let is_wide = matches!(character,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    if is_wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(shown_within(b"a\tb\x1b[2J\0\xff", 99), "a\\tb\\u{1b}[2J\\0\\xff");
        assert_eq!(shown_within("ł\u{202e}x".as_bytes(), 99), "ł\\u{202e}x");
        assert_eq!(shown_within(b"abcdef", 3), "abc…");
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        let widths: Vec<_> =
            pieces("ał電\n".as_bytes()).iter().map(|piece| piece.columns).collect();
        assert_eq!(widths, [1, 1, 2, 2]);
        let offsets: Vec<_> = pieces("ał電x".as_bytes()).iter().map(|piece| piece.offset).collect();
        assert_eq!(offsets, [0, 1, 3, 6]);
    }
}
