//! Event packages.

/// An event package that we serve (RFC 6665 section 7.2).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventPackage {
    /// Messages in a mailbox (RFC 3842).
    MessageSummary,
    /// The calls of a person (RFC 4235).
    Dialog,
}

impl EventPackage {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::MessageSummary, Self::Dialog];

    /// Returns what Event says.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
        }
    }

    /// Returns the type and the subtype of its bodies.
    #[must_use]
    pub const fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::MessageSummary => ("application", "simple-message-summary"),
            Self::Dialog => ("application", "dialog-info+xml"),
        }
    }

    /// Returns the package that an Event header names; `None` for one that we do not serve.
    #[must_use]
    pub fn of_event(event: &centrala_sip::Event) -> Option<Self> {
        Self::ALL.into_iter().find(|package| event.is(package.name()))
    }

    /// Returns what Content-Type says of its bodies.
    pub(crate) fn content_type(self) -> String {
        let (kind, subtype) = self.media_type();
        format!("{kind}/{subtype}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_by_its_name_and_not_with_a_template() {
        let package = |text: &str| EventPackage::of_event(&text.parse().unwrap());
        assert_eq!(package("dialog;id=7;sla"), Some(EventPackage::Dialog));
        assert_eq!(package("Message-Summary"), Some(EventPackage::MessageSummary));
        assert_eq!(package("dialog.winfo"), None);
        assert_eq!(package("presence"), None);
    }
}
