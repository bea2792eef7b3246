//! What has to happen to each message.

use std::str::FromStr;

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// The file, without its suffix.
    pub(crate) name: String,
    /// The section of the RFC, for people.
    pub(crate) section: String,
    pub(crate) expected: Expected,
    pub(crate) responses: Responses,
}

/// The verdict that a message must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Parsed, and nothing in it is a reason to refuse it.
    Valid,
    /// As `Valid`; what is odd about it concerns the application.
    ValidApp,
    /// Refused for its grammar, by the framing, the start line or a header.
    Syntax,
    /// As `Syntax`, or parsed by the liberal.
    SyntaxLiberal,
    /// Parsed; a header that is malformed may be refused or counted as absent.
    HeaderLiberal,
    /// Refused for what it says.
    Semantic,
    /// As `Semantic`, or accepted by the liberal.
    SemanticLiberal,
    /// Parsed by the liberal, which all should be.
    Liberal,
    /// In no section: any verdict will do.
    Unreferenced,
}

/// The answers that are right, any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Responses {
    pub(crate) codes: Vec<u16>,
    pub(crate) drop: bool,
}

/// Why a manifest cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseManifestError {
    #[error("line {0}: fewer columns than name, section, expected and response")]
    Columns(usize),
    #[error("line {0}: a name must be a file name without a suffix")]
    Name(usize),
    #[error("line {line}: {word} is no verdict")]
    Expected { line: usize, word: String },
    #[error("line {line}: {word} is neither a status code nor drop")]
    Response { line: usize, word: String },
}

impl Expected {
    const WORDS: [(&str, Self); 9] = [
        ("valid", Self::Valid),
        ("valid-app", Self::ValidApp),
        ("syntax", Self::Syntax),
        ("syntax-liberal", Self::SyntaxLiberal),
        ("header-liberal", Self::HeaderLiberal),
        ("semantic", Self::Semantic),
        ("semantic-liberal", Self::SemanticLiberal),
        ("liberal", Self::Liberal),
        ("unreferenced", Self::Unreferenced),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, expected)| *expected == self).map_or("", |(word, _)| word)
    }

    fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(other, _)| *other == word).map(|(_, expected)| *expected)
    }
}

impl FromStr for Responses {
    type Err = String;

    /// Reads `-`, or codes and `drop` with `or` or a slash between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut responses = Self::default();
        for word in text.split([' ', '/']).filter(|word| !matches!(*word, "" | "-" | "or")) {
            match word.parse() {
                Ok(code @ 100..=699) => responses.codes.push(code),
                _ if word == "drop" => responses.drop = true,
                Ok(_) | Err(_) => return Err(word.to_owned()),
            }
        }
        Ok(responses)
    }
}

impl Responses {
    /// Tells whether the manifest leaves open what is answered.
    pub(crate) fn is_open(&self) -> bool {
        self.codes.is_empty() && !self.drop
    }

    /// Tells whether an answer, or none, is one of these.
    pub(crate) fn allow(&self, status: Option<u16>) -> bool {
        self.is_open() || status.map_or(self.drop, |status| self.codes.contains(&status))
    }

    /// Tells whether accepting is one of these.
    pub(crate) fn allow_acceptance(&self) -> bool {
        self.codes.iter().any(|code| (200..300).contains(code))
    }
}

/// Reads a manifest: lines of columns with tabs between them.
pub(crate) fn parse(text: &str) -> Result<Vec<Case>, ParseManifestError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .filter(|(_, line)| !line.starts_with("name\t"))
        .map(|(number, line)| case(number, line))
        .collect()
}

fn case(line: usize, text: &str) -> Result<Case, ParseManifestError> {
    let mut columns = text.split('\t').map(str::trim);
    let mut column = || columns.next().ok_or(ParseManifestError::Columns(line));
    let (name, section, expected, responses) = (column()?, column()?, column()?, column()?);
    // A manifest names messages of its directory only.
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        return Err(ParseManifestError::Name(line));
    }
    Ok(Case {
        name: name.to_owned(),
        section: section.to_owned(),
        expected: Expected::of(expected)
            .ok_or_else(|| ParseManifestError::Expected { line, word: expected.to_owned() })?,
        responses: responses.parse().map_err(|word| ParseManifestError::Response { line, word })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_the_header_and_empty_lines_are_left_aside() {
        let text = "# a comment\nname\tsection\texpected\tresponse\tnote\n\n\
                    one\t3.1\tvalid\t-\tall is well\ntwo\t3.2\tsemantic\t501 or 400\n\
                    three\t3.3\tsyntax\tdrop\nfour\t3.4\tsemantic\t404/200\t\n";
        let cases = parse(text).unwrap();
        let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["one", "two", "three", "four"]);
        assert!(cases[0].responses.is_open());
        assert_eq!(cases[1].responses.codes, [501, 400]);
        assert!(cases[2].responses.allow(None) && !cases[2].responses.allow(Some(400)));
        assert!(cases[3].responses.allow_acceptance() && !cases[1].responses.allow_acceptance());
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for (text, error) in [
            ("one\t3.1\tvalid", ParseManifestError::Columns(1)),
            ("#\n../one\t3.1\tvalid\t-", ParseManifestError::Name(2)),
            (".\t3.1\tvalid\t-", ParseManifestError::Name(1)),
            (
                "one\t3.1\tfine\t-",
                ParseManifestError::Expected { line: 1, word: "fine".to_owned() },
            ),
            (
                "one\t3.1\tvalid\t99",
                ParseManifestError::Response { line: 1, word: "99".to_owned() },
            ),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
