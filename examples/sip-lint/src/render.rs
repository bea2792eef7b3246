//! The report for people.

use std::fmt::{self, Write as _};

use crate::{
    mask::{mask, starts_credentials},
    position::line_start,
    report::{Layer, Refusal, Report, StartLine, Warning, WarningKind},
    safe::{Piece, pieces},
};

/// Columns that are shown before and after the caret.
const BEFORE: usize = 40;
const AFTER: usize = 32;

/// Writes a report as text. Nothing in it can command a terminal.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(report, &mut text);
    text
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    if let Some(start_line) = &report.start_line {
        match start_line {
            StartLine::Request { method, uri } => writeln!(out, "request {method} {uri}")?,
            StartLine::Response { status, reason } => writeln!(out, "response {status} {reason}")?,
        }
    }
    let width = report.headers.iter().map(|header| header.name.len()).max().unwrap_or(0).min(26);
    for header in &report.headers {
        let compact = if header.written.eq_ignore_ascii_case(&header.name) {
            String::new()
        } else {
            format!(" (written {})", header.written)
        };
        let line = format!("  {:<width$}  {}{compact}", header.name, header.summary);
        writeln!(out, "{}", line.trim_end())?;
    }
    if let Some(body) = &report.body {
        match &body.content_type {
            _ if body.length == 0 => writeln!(out, "no body")?,
            Some(content_type) => writeln!(out, "body {} octets, {content_type}", body.length)?,
            None => writeln!(out, "body {} octets, no type", body.length)?,
        }
    }
    for warning in &report.warnings {
        write_warning(warning, out)?;
    }
    match &report.error {
        Some(error) => write_refusal(error, &report.text, out),
        None => {
            let count = report.warnings.len();
            let plural = if count == 1 { "" } else { "s" };
            writeln!(out, "parsed, {count} warning{plural}")
        }
    }
}

fn write_warning(warning: &Warning, out: &mut String) -> fmt::Result {
    match warning.kind {
        WarningKind::Leniency => write!(out, "warning[{}]: ", warning.code)?,
        WarningKind::Semantic => write!(out, "warning({}): ", warning.code)?,
    }
    out.push_str(&warning.message);
    if let Some(header) =
        warning.header.as_ref().filter(|header| !warning.message.contains(*header))
    {
        write!(out, " in {header}")?;
    }
    if let (Some(line), Some(column)) = (warning.line, warning.column) {
        write!(out, ", line {line} column {column}")?;
    }
    if let Some(rule) = &warning.rule {
        write!(out, " ({rule})")?;
    }
    if let Some(status) = warning.status {
        write!(out, ", answered with {status}")?;
    }
    out.push('\n');
    Ok(())
}

fn write_refusal(error: &Refusal, text: &[u8], out: &mut String) -> fmt::Result {
    let layer = match error.layer {
        Layer::Framing => "framing",
        Layer::StartLine => "start line",
        Layer::Header => "header",
        Layer::Semantic => "semantic",
    };
    let answer = match error.status {
        Some(status) => format!("answered with {status}"),
        None => "dropped".to_owned(),
    };
    writeln!(out, "error[{}]: {} ({layer}), {answer}", error.code, error.message)?;
    writeln!(out, "  at line {}, column {}, offset {}", error.line, error.column, error.offset)?;
    let (shown, column) = caret(text, error.offset);
    let number = error.line.to_string();
    writeln!(out, "  {number} | {shown}")?;
    writeln!(out, "  {} | {}^", " ".repeat(number.len()), " ".repeat(column))
}

/// Returns the line of an offset, cut around it, and the column under which the caret stands.
fn caret(text: &[u8], offset: usize) -> (String, usize) {
    let offset = offset.min(text.len());
    let start = line_start(text.get(..offset).unwrap_or_default());
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let pieces = pieces(&mask(line, belongs_to_credentials(text, start)));
    let at = pieces.partition_point(|piece| piece.offset + start <= offset).saturating_sub(1);
    let is_behind = offset >= start + line.len();
    let at = if is_behind { pieces.len() } else { at };
    let columns = |part: &[Piece]| part.iter().map(|piece| piece.columns).sum::<usize>();
    let mut first = at;
    while first > 0 && columns(pieces.get(first - 1..at).unwrap_or_default()) <= BEFORE {
        first -= 1;
    }
    let mut last = at;
    while last < pieces.len() && columns(pieces.get(at..=last).unwrap_or_default()) <= AFTER {
        last += 1;
    }
    let cut_before = if first > 0 { "…" } else { "" };
    let cut_after = if last < pieces.len() { "…" } else { "" };
    let part = pieces.get(first..last).unwrap_or_default();
    let shown: String = part.iter().map(|piece| piece.text.as_str()).collect();
    let column = cut_before.chars().count() + columns(pieces.get(first..at).unwrap_or_default());
    (format!("{cut_before}{shown}{cut_after}"), column)
}

/// Tells whether a line, or the one that it continues, holds credentials. What has no name of its own continues
/// a line, too: it may be one that was cut.
fn belongs_to_credentials(text: &[u8], mut start: usize) -> bool {
    while start > 0 && !has_name(text.get(start..).unwrap_or_default()) {
        if starts_credentials(text.get(start..).unwrap_or_default()) {
            return true;
        }
        start = line_start(text.get(..start - 1).unwrap_or_default());
    }
    starts_credentials(text.get(start..).unwrap_or_default())
}

/// Tells whether a line starts with a word and a colon.
fn has_name(line: &[u8]) -> bool {
    let is_end = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"-._!~*'+`%".contains(byte);
    let end = line.iter().position(is_end).unwrap_or(line.len());
    let mut rest = line.get(end..).unwrap_or_default().iter();
    end > 0 && rest.find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], offset: usize, expected: &str, pointed: char) {
        let (shown, column) = caret(text, offset);
        assert_eq!(shown, expected);
        assert_eq!(shown.chars().nth(column).unwrap_or('\u{4}'), pointed);
    }

    #[test]
    fn the_caret_stands_under_the_octet() {
        check(b"abc\r\ndef\r\n", 6, "def", 'e');
        check(b"abc", 3, "abc", '\u{4}');
        check(b"a\x01b\r\n", 2, "a\\u{1}b", 'b');
        check("łab\r\n".as_bytes(), 2, "łab", 'a');
        check("łab\r\n".as_bytes(), 1, "łab", 'ł');
        check(b"a\xffb\r\n", 1, "a\\xffb", '\\');
        check(b"\r\n", 0, "", '\u{4}');
    }

    #[test]
    fn long_lines_are_cut_on_both_sides() {
        let text = [b"x".repeat(500), b"!".to_vec(), b"y".repeat(500)].concat();
        let (shown, column) = caret(&text, 500);
        assert_eq!(shown.chars().nth(column), Some('!'));
        assert_eq!(shown.chars().count(), 1 + BEFORE + AFTER + 1);
        assert!(shown.starts_with("…x") && shown.ends_with("y…"));
    }

    #[test]
    fn credentials_stay_hidden_under_the_caret() {
        let text = b"X: 1\r\nAuthorization: Digest\r\n response=\"abcd\"\r\n";
        let (shown, _) = caret(text, text.len() - 5);
        assert_eq!(shown, " ********=\"****\"");
        let text = b"X: 1\r\nAuthorization: Digest x=y, rea\nlm=\"abcd\", uri=\"sip:h\"\r\n";
        let (shown, _) = caret(text, text.len() - 9);
        assert_eq!(shown, "**=\"****\", ***=\"*****\"");
    }
}
