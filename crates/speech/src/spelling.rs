//! Text in the letters that the English voice knows.

use crate::SpeakError;

/// Returns `text` in ASCII that the voice can say: accents are left off, signs become words.
///
/// # Errors
///
/// Names the characters that have no counterpart.
pub(crate) fn to_english_letters(text: &str) -> Result<String, SpeakError> {
    let mut letters = String::with_capacity(text.len());
    let mut unspeakable = Vec::new();
    for character in text.chars() {
        match counterpart(character) {
            Some(Counterpart::Itself) => letters.push(character),
            Some(Counterpart::Written(other)) => letters.push_str(other),
            None if unspeakable.len() < MAX_REPORTED && !unspeakable.contains(&character) => {
                unspeakable.push(character);
            }
            None => {}
        }
    }
    if !unspeakable.is_empty() {
        return Err(SpeakError::Unspeakable { characters: unspeakable.into_iter().collect() });
    }
    if !letters.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Err(SpeakError::NothingToSay);
    }
    Ok(letters)
}

enum Counterpart {
    Itself,
    Written(&'static str),
}

fn counterpart(character: char) -> Option<Counterpart> {
    let written = match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => return Some(Counterpart::Itself),
        ' ' | '\n' | '\t' | '.' | ',' | ':' | ';' | '?' | '!' | '\'' | '"' | '(' | ')' | '-'
        | '$' | '/' => return Some(Counterpart::Itself),
        '\r' | '\u{a0}' | '_' => " ",
        '&' => " and ",
        '+' => " plus ",
        '%' => " percent ",
        '@' => " at ",
        '#' => " number ",
        '*' => " star ",
        '=' => " equals ",
        '[' | '{' => "(",
        ']' | '}' => ")",
        '‘' | '’' | '‚' | '´' | '`' | 'ʼ' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '‐' | '‑' => "-",
        '–' | '—' | '…' | '·' | '•' => ", ",
        '€' => " euros ",
        '£' => " pounds ",
        '°' => " degrees ",
        '\u{ad}' | '\u{200b}' => "",
        // A letter that was written as two characters: the accent follows.
        '\u{300}'..='\u{36f}' => "",
        other => latin(other)?,
    };
    Some(Counterpart::Written(written))
}

/// Returns the letters nearest to an accented Latin letter, by its sound where English has it.
fn latin(letter: char) -> Option<&'static str> {
    let found = LATIN.iter().find(|(accented, _)| accented.contains(letter));
    found.map(|(_, plain)| *plain)
}

/// How many characters an error names.
const MAX_REPORTED: usize = 16;

#[rustfmt::skip]
const LATIN: [(&str, &str); 62] = [
    ("àáâãåāăą", "a"), ("ÀÁÂÃÅĀĂĄ", "A"), ("äæ", "ae"), ("ÄÆ", "Ae"),
    ("çćĉċ", "c"), ("ÇĆĈĊ", "C"), ("č", "ch"), ("Č", "Ch"), ("ďđ", "d"), ("ĎĐ", "D"), ("ð", "th"), ("Ð", "Th"),
    ("èéêëēĕėęě", "e"), ("ÈÉÊËĒĔĖĘĚ", "E"), ("ĝğġģ", "g"), ("ĜĞĠĢ", "G"),
    ("ĥħ", "h"), ("ĤĦ", "H"), ("ìíîïĩīĭįı", "i"), ("ÌÍÎÏĨĪĬĮİ", "I"), ("ĵ", "j"), ("Ĵ", "J"),
    ("ķĸ", "k"), ("Ķ", "K"), ("ĺļľŀ", "l"), ("ĹĻĽĿ", "L"), ("ł", "w"), ("Ł", "W"),
    ("ñ", "ny"), ("Ñ", "Ny"), ("ńņňŋ", "n"), ("ŃŅŇŊ", "N"),
    ("òóôõøōŏő", "o"), ("ÒÓÔÕØŌŎŐ", "O"), ("öœ", "oe"), ("ÖŒ", "Oe"), ("ŕŗř", "r"), ("ŔŖŘ", "R"),
    ("śŝ", "s"), ("ŚŜ", "S"), ("šşș", "sh"), ("ŠŞȘ", "Sh"), ("ß", "ss"), ("ẞ", "SS"),
    ("ţťŧț", "t"), ("ŢŤŦȚ", "T"), ("þ", "th"), ("Þ", "Th"),
    ("ùúûũūŭůűų", "u"), ("ÙÚÛŨŪŬŮŰŲ", "U"), ("ü", "ue"), ("Ü", "Ue"), ("ŵ", "w"), ("Ŵ", "W"),
    ("ýÿŷ", "y"), ("ÝŸŶ", "Y"), ("źż", "z"), ("ŹŻ", "Z"), ("ž", "zh"), ("Ž", "Zh"), ("ĳ", "ij"), ("Ĳ", "Ij"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_signs_become_what_the_voice_knows() {
        for (text, expected) in [
            ("Sally Jones", "Sally Jones"),
            ("Łukasz Żółć", "Wukasz Zowc"),
            ("Müller & Søn", "Mueller  and  Son"),
            ("O’Brien – “sales”…", "O'Brien ,  \"sales\", "),
            ("e\u{301}te", "ete"),
            ("[x]", "(x)"),
        ] {
            assert_eq!(to_english_letters(text).unwrap(), expected);
        }
    }

    #[test]
    fn characters_without_counterpart_are_named_once_each() {
        let error = to_english_letters("Иван Παπ | Ива").unwrap_err();
        assert_eq!(error, SpeakError::Unspeakable { characters: "ИванΠαπ|".into() });
        let many = ('\u{4e00}'..'\u{4f00}').collect::<String>();
        let SpeakError::Unspeakable { characters } = to_english_letters(&many).unwrap_err() else {
            panic!("no other error is possible")
        };
        assert_eq!(characters.chars().count(), MAX_REPORTED);
    }

    #[test]
    fn no_accented_letter_is_listed_twice() {
        let mut all = LATIN.iter().flat_map(|(accented, _)| accented.chars()).collect::<Vec<_>>();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
