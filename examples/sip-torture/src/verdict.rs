//! Whether what happened to a message is what had to happen.

use std::fmt;

use sip_lint::{Layer, Report, Warning, WarningKind};

use crate::manifest::{Case, Expected};

/// Why a server refuses a message: where it notices, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    layer: Layer,
    code: String,
    status: Option<u16>,
}

/// What happened to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Why it was not even parsed.
    refused: Option<Reason>,
    /// What was found in the parsed message.
    found: Vec<Reason>,
    /// Leniencies that refuse nothing.
    leniencies: usize,
}

impl Outcome {
    pub(crate) fn of(report: &Report) -> Self {
        let refused = report.error.as_ref().map(|error| Reason {
            layer: error.layer,
            code: error.code.clone(),
            status: error.status,
        });
        let is_response = matches!(report.start_line, Some(sip_lint::StartLine::Response { .. }));
        let found = report.warnings.iter().filter_map(|warning| reason(warning, is_response));
        let leniencies =
            report.warnings.iter().filter(|warning| warning.kind == WarningKind::Leniency).count();
        Self { refused, found: found.collect(), leniencies }
    }

    /// Says what happened; of many reasons one that the manifest asks for.
    pub(crate) fn describe(&self, case: &Case) -> String {
        if let Some(reason) = &self.refused {
            return format!("refused, {reason}");
        }
        let fitting = self.found.iter().find(|reason| case.responses.allow(reason.status));
        match (fitting.or_else(|| self.found.first()), self.leniencies) {
            (Some(reason), _) if self.found.len() > 1 => {
                format!("parsed, {reason} and {} more", self.found.len() - 1)
            }
            (Some(reason), _) => format!("parsed, {reason}"),
            (None, 0) => "parsed".to_owned(),
            (None, 1) => "parsed, 1 leniency".to_owned(),
            (None, count) => format!("parsed, {count} leniencies"),
        }
    }

    /// Tells whether this is what the manifest asks for.
    pub(crate) fn meets(&self, case: &Case) -> bool {
        let is_parsed = self.refused.is_none();
        let is_allowed = |reason: &&Reason| case.responses.allow(reason.status);
        let refused = self.refused.iter().find(is_allowed);
        let is_refused = refused.is_some() || self.found.iter().any(|reason| is_allowed(&reason));
        match case.expected {
            Expected::Valid | Expected::ValidApp | Expected::Liberal => {
                is_parsed && self.found.is_empty()
            }
            Expected::Syntax => {
                let is_syntax = |reason: &&Reason| reason.layer != Layer::Semantic;
                refused.is_some()
                    || self.found.iter().filter(is_syntax).any(|reason| is_allowed(&reason))
            }
            Expected::SyntaxLiberal | Expected::HeaderLiberal | Expected::SemanticLiberal => {
                is_parsed || is_refused
            }
            Expected::Semantic => is_refused || (is_parsed && case.responses.allow_acceptance()),
            Expected::Unreferenced => true,
        }
    }
}

/// The reason that a warning is, if a server would refuse for it.
fn reason(warning: &Warning, is_response: bool) -> Option<Reason> {
    let is_header = matches!(warning.code.as_str(), "malformed-header" | "repeated-header");
    let is_refusing = match warning.kind {
        WarningKind::Leniency => is_header,
        WarningKind::Semantic => {
            warning.status.is_some() || (is_response && warning.code != "octets-after-body")
        }
        _ => false,
    };
    let layer = if is_header { Layer::Header } else { Layer::Semantic };
    is_refusing.then(|| Reason { layer, code: warning.code.clone(), status: warning.status })
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layer = match self.layer {
            Layer::Framing => "framing",
            Layer::StartLine => "start line",
            Layer::Header => "header",
            Layer::Semantic | _ => "semantic",
        };
        match self.status {
            Some(status) => write!(formatter, "{layer}: {} {status}", self.code),
            None => write!(formatter, "{layer}: {} drop", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(expected: &str, response: &str) -> Case {
        crate::manifest::parse(&format!("x\t1\t{expected}\t{response}")).unwrap().remove(0)
    }

    fn reason(layer: Layer, status: Option<u16>) -> Reason {
        Reason { layer, code: "x".to_owned(), status }
    }

    #[test]
    fn each_verdict_is_met_by_what_it_means() {
        let parsed = Outcome { refused: None, found: Vec::new(), leniencies: 2 };
        let refused =
            Outcome { refused: Some(reason(Layer::Framing, Some(400))), ..parsed.clone() };
        let header = Outcome { found: vec![reason(Layer::Header, Some(400))], ..parsed.clone() };
        let semantic =
            Outcome { found: vec![reason(Layer::Semantic, Some(416))], ..parsed.clone() };
        let dropped = Outcome { found: vec![reason(Layer::Header, None)], ..parsed.clone() };
        for (expected, response, met) in [
            ("valid", "-", [true, false, false, false, false]),
            ("valid-app", "200", [true, false, false, false, false]),
            ("liberal", "-", [true, false, false, false, false]),
            ("syntax", "400", [false, true, true, false, false]),
            ("syntax", "drop", [false, false, false, false, true]),
            ("syntax", "-", [false, true, true, false, true]),
            ("syntax-liberal", "400", [true, true, true, true, true]),
            ("syntax-liberal", "505", [true, false, true, true, true]),
            ("header-liberal", "400", [true, true, true, true, true]),
            ("semantic", "416", [false, false, false, true, false]),
            ("semantic", "404/200", [true, false, true, true, true]),
            ("semantic", "400", [false, true, true, false, false]),
            ("semantic-liberal", "416", [true, false, true, true, true]),
            ("unreferenced", "-", [true, true, true, true, true]),
        ] {
            let case = case(expected, response);
            let got = [&parsed, &refused, &header, &semantic, &dropped]
                .map(|outcome| outcome.meets(&case));
            assert_eq!(got, met, "{expected} {response}");
        }
    }
}
