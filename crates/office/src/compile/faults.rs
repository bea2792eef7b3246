//! The faults that were found so far.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::DeValue;

use crate::{Fault, MAX_ERRORS, office_errors::Found};

/// The faults that were found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Found>,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault, span: Range<usize>) {
        self.found.push(Found { fault, span, related: None });
    }

    /// Adds a fault, another place that has to do with it, and why.
    pub(crate) fn push_related(
        &mut self,
        fault: Fault,
        span: Range<usize>,
        related: (Range<usize>, String),
    ) {
        self.found.push(Found { fault, span, related: Some(related) });
    }

    pub(crate) fn wrong_type(
        &mut self,
        key: &str,
        expected: &'static str,
        value: &Spanned<DeValue<'_>>,
    ) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        let fault = Fault::WrongType { key: super::section::clip(key), expected, found };
        self.push(fault, value.span());
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns whether a suggestion may still be searched for. Each looks at all names; without
    /// an end a file of nothing but wrong names would cost the square of its length.
    pub(crate) const fn may_suggest(&self) -> bool {
        self.found.len() < MAX_ERRORS
    }

    pub(crate) fn into_found(self) -> Vec<Found> {
        self.found
    }
}
