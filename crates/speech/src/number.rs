//! Numbers and keys as words.

use std::fmt::Write as _;

use centrala_dialogue::Language;
use centrala_keys::Key;

/// Returns a number in the words of `language`; in figures if they are not known here.
pub(crate) fn number(number: u32, language: Language) -> String {
    if !is_english(language) {
        return number.to_string();
    }
    if number == 0 {
        return word(&ONES, 0).into();
    }
    let mut words = String::new();
    let mut rest = number;
    for (scale, name) in [(1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand")] {
        if rest >= scale {
            append_hundreds(&mut words, rest / scale);
            append(&mut words, name);
            rest %= scale;
        }
    }
    append_hundreds(&mut words, rest);
    words
}

/// Returns keys one by one: "one zero one".
pub(crate) fn keys(keys: &[Key], language: Language) -> String {
    let mut words = String::new();
    for &key in keys {
        let letter = key.to_char();
        match (key, letter.to_digit(10)) {
            (Key::Star, _) if is_english(language) => append(&mut words, "star"),
            (Key::Pound, _) if is_english(language) => append(&mut words, "pound"),
            (_, Some(digit)) if is_english(language) => append(&mut words, word(&ONES, digit)),
            _ => drop(write!(words, "{}{letter}", if words.is_empty() { "" } else { " " })),
        }
    }
    words
}

/// Returns whether a language is some English.
pub(crate) fn is_english(language: Language) -> bool {
    let mut subtags = language.tag().split('-');
    subtags.next().is_some_and(|primary| primary.eq_ignore_ascii_case("en"))
}

/// Appends 1 to 999; nothing for 0.
fn append_hundreds(words: &mut String, number: u32) {
    if number >= 100 {
        append(words, word(&ONES, number / 100));
        append(words, "hundred");
    }
    let rest = number % 100;
    if rest >= 20 {
        append(words, word(&TENS, rest / 10));
    }
    let ones = if rest < 20 { rest } else { rest % 10 };
    if ones > 0 {
        append(words, word(&ONES, ones));
    }
}

fn append(words: &mut String, word: &str) {
    if !words.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
}

fn word(table: &[&'static str], index: u32) -> &'static str {
    usize::try_from(index).ok().and_then(|index| table.get(index)).copied().unwrap_or_default()
}

#[rustfmt::skip]
const ONES: [&str; 20] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
];
#[rustfmt::skip]
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

#[cfg(test)]
mod tests {
    use centrala_keys::Digits;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_words() {
        for (value, expected) in [
            (0, "zero"),
            (1, "one"),
            (19, "nineteen"),
            (20, "twenty"),
            (42, "forty two"),
            (100, "one hundred"),
            (115, "one hundred fifteen"),
            (1_000, "one thousand"),
            (70_007, "seventy thousand seven"),
            (1_000_001, "one million one"),
            (
                u32::MAX,
                "four billion two hundred ninety four million nine hundred sixty seven thousand \
                 two hundred ninety five",
            ),
        ] {
            assert_eq!(number(value, Language::new("en-GB")), expected);
        }
        assert_eq!(number(42, Language::new("pl")), "42");
    }

    #[test]
    fn keys_are_spoken_one_by_one() {
        let digits: Digits = "101*#A".parse().unwrap();
        assert_eq!(keys(&digits, Language::ENGLISH), "one zero one star pound A");
        assert_eq!(keys(&digits, Language::new("pl")), "1 0 1 * # A");
        assert_eq!(keys(&[], Language::ENGLISH), "");
    }

    proptest! {
        /// The value of the words is the number: read back by another rule than they are made by.
        #[test]
        fn the_words_of_a_number_mean_it(value: u32) {
            let words = number(value, Language::ENGLISH);
            let (mut total, mut group) = (0_u64, 0_u64);
            for word in words.split(' ') {
                match word {
                    "hundred" => group *= 100,
                    "thousand" => (total, group) = (total + group * 1_000, 0),
                    "million" => (total, group) = (total + group * 1_000_000, 0),
                    "billion" => (total, group) = (total + group * 1_000_000_000, 0),
                    word => {
                        let ones = ONES.iter().position(|one| *one == word);
                        let tens = || TENS.iter().position(|ten| *ten == word).unwrap() * 10;
                        group += u64::try_from(ones.unwrap_or_else(tens)).unwrap();
                    }
                }
            }
            prop_assert_eq!(total + group, u64::from(value));
        }
    }
}
