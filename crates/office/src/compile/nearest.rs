//! "Did you mean …?"

/// Longer words have no near ones: the distance costs the product of the lengths.
const MAX_WORD_LEN: usize = 40;

/// Returns the candidate that is most like `word`, if one is like it at all.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().take(MAX_WORD_LEN + 1).collect();
    if word.len() > MAX_WORD_LEN {
        return None;
    }
    let most = (word.len() / 3).max(1);
    let near = |candidate: &'a str| {
        let length = candidate.chars().take(MAX_WORD_LEN + 1).count();
        if length.abs_diff(word.len()) > most {
            return None;
        }
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        let distance = distance(&word, &other);
        (distance <= most).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(near).min().map(|(_, candidate)| candidate)
}

/// Returns how many letters must be put in, left out, replaced or exchanged with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut before = None;
    for (y, &a) in from.iter().enumerate() {
        let mut next = vec![y + 1];
        let mut left = None;
        let mut last = y + 1;
        for (x, &b) in to.iter().enumerate() {
            let at = |row: &[usize], x: usize| row.get(x).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&row, x) + usize::from(a != b);
            let mut cost = replaced.min(at(&row, x + 1) + 1).min(last + 1);
            if before == Some(b) && left == Some(a) && x > 0 {
                cost = cost.min(at(&above, x - 1) + 1);
            }
            next.push(cost);
            last = cost;
            left = Some(b);
        }
        before = Some(a);
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_left_out_replaced_and_exchanged_cost_one_each() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("sales", "sales", 0),
            ("sale", "sales", 1),
            ("salles", "sales", 1),
            ("sakes", "sales", 1),
            ("slaes", "sales", 1),
            ("kitten", "sitting", 3),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(from), &chars(to)), expected, "{from} {to}");
        }
    }

    #[test]
    fn only_what_is_alike_is_suggested_and_the_most_alike_first() {
        let names = ["reception", "sales", "scales", "support"];
        for (word, expected) in [
            ("sale", Some("sales")),
            ("Sales", Some("sales")),
            ("scale", Some("scales")),
            ("recepton", Some("reception")),
            ("suport", Some("support")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(10_000), names), None);
    }
}
