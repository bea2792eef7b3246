//! The calls of a person as `application/dialog-info+xml` (RFC 4235).

use std::fmt::Write as _;

/// The calls of a person, all of them: "full" state (RFC 4235 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogInfo {
    dialogs: Vec<DialogState>,
}

/// One call of a person (RFC 4235 section 4.1.6).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogState {
    /// Tells this call from the person's others, and stays the same from its begin to its end.
    pub id: String,
    /// How far it is.
    pub phase: DialogPhase,
    /// Who called.
    pub direction: Option<DialogDirection>,
    /// The person's own side.
    pub local: Option<Party>,
    /// The other side. Whoever may watch learns it, so leave it out where that is not wanted.
    pub remote: Option<Party>,
    /// What is needed to take the call over by Replaces (RFC 3891). Leave it out where nobody should.
    pub identifiers: Option<DialogIdentifiers>,
}

/// How far a call is (RFC 4235 section 3.7.1).
#[expect(clippy::exhaustive_enums, reason = "RFC 4235 section 3.7.1 has these five")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DialogPhase {
    /// The INVITE was sent, and nothing has come back.
    Trying,
    /// A provisional response without a tag came.
    Proceeding,
    /// It rings.
    Early,
    /// They talk.
    Confirmed,
    /// It is over.
    Terminated,
}

/// Who called (RFC 4235 section 4.1.6.1).
#[expect(clippy::exhaustive_enums, reason = "RFC 4235 section 4.1.6.1 has these two")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DialogDirection {
    /// The person called.
    Initiator,
    /// The person is or was called.
    Recipient,
}

/// One side of a call.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its address, such as `sip:101@example.com`.
    pub uri: String,
    /// Its name.
    pub display: Option<String>,
}

/// The identifiers of a dialog.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogIdentifiers {
    /// Call-ID.
    pub call_id: String,
    /// The tag of the person's side.
    pub local_tag: Option<String>,
    /// The tag of the other side.
    pub remote_tag: Option<String>,
}

impl DialogInfo {
    /// The most calls that are told. More than ten fill a datagram, and no lamp shows them.
    pub const MAX_DIALOGS: usize = 10;
    /// The longest text of a person or an identifier, in characters; what is longer is cut.
    pub const MAX_TEXT: usize = 256;

    /// Returns the state of a person with these calls, the last [`MAX_DIALOGS`](Self::MAX_DIALOGS) of them.
    #[must_use]
    pub fn new(dialogs: impl IntoIterator<Item = DialogState>) -> Self {
        let mut dialogs: Vec<_> = dialogs.into_iter().collect();
        let surplus = dialogs.len().saturating_sub(Self::MAX_DIALOGS);
        drop(dialogs.drain(..surplus));
        Self { dialogs }
    }

    /// Returns the calls.
    #[must_use]
    pub fn dialogs(&self) -> &[DialogState] {
        &self.dialogs
    }

    /// Returns the furthest phase of all calls: what a single lamp shows. `None` if there is no call.
    #[must_use]
    pub fn phase(&self) -> Option<DialogPhase> {
        let phases = self.dialogs.iter().map(|dialog| dialog.phase);
        phases.filter(|phase| *phase != DialogPhase::Terminated).max()
    }

    /// Writes the document. `entity` is the address of the person; `version` counts the documents that one watcher
    /// was sent, from 0.
    ///
    /// Without any call one is written that has ended: what a lamp knows best to be dark.
    #[must_use]
    pub fn to_xml(&self, entity: &str, version: u32) -> String {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
             <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
             state=\"full\" entity=\"{}\">\r\n",
            escape(entity)
        );
        if self.dialogs.is_empty() {
            xml.push_str("<dialog id=\"none\"><state>terminated</state></dialog>\r\n");
        }
        for dialog in &self.dialogs {
            dialog.write(&mut xml);
        }
        xml.push_str("</dialog-info>\r\n");
        xml
    }
}

impl DialogState {
    /// Returns a call about which nothing but its phase is told.
    pub fn new(id: impl Into<String>, phase: DialogPhase) -> Self {
        Self { id: id.into(), phase, direction: None, local: None, remote: None, identifiers: None }
    }

    fn write(&self, xml: &mut String) {
        // Writing to a string does not fail.
        let _ = write!(xml, "<dialog id=\"{}\"", escape(&self.id));
        if let Some(identifiers) = &self.identifiers {
            let _ = write!(xml, " call-id=\"{}\"", escape(&identifiers.call_id));
            let tags = [("local", &identifiers.local_tag), ("remote", &identifiers.remote_tag)];
            for (side, tag) in tags {
                if let Some(tag) = tag {
                    let _ = write!(xml, " {side}-tag=\"{}\"", escape(tag));
                }
            }
        }
        if let Some(direction) = self.direction {
            let _ = write!(xml, " direction=\"{}\"", direction.as_str());
        }
        let _ = write!(xml, ">\r\n<state>{}</state>\r\n", self.phase.as_str());
        for (side, party) in [("local", &self.local), ("remote", &self.remote)] {
            if let Some(party) = party {
                party.write(side, xml);
            }
        }
        xml.push_str("</dialog>\r\n");
    }
}

impl Party {
    /// Returns a side with its address.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), display: None }
    }

    fn write(&self, side: &str, xml: &mut String) {
        let _ = write!(xml, "<{side}><identity");
        if let Some(display) = &self.display {
            let _ = write!(xml, " display=\"{}\"", escape(display));
        }
        let uri = escape(&self.uri);
        let _ = write!(xml, ">{uri}</identity><target uri=\"{uri}\"/></{side}>\r\n");
    }
}

impl DialogIdentifiers {
    /// Returns the identifiers of a dialog.
    #[must_use]
    pub const fn new(
        call_id: String,
        local_tag: Option<String>,
        remote_tag: Option<String>,
    ) -> Self {
        Self { call_id, local_tag, remote_tag }
    }
}

impl DialogPhase {
    /// Returns what the document says.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Proceeding => "proceeding",
            Self::Early => "early",
            Self::Confirmed => "confirmed",
            Self::Terminated => "terminated",
        }
    }
}

impl DialogDirection {
    /// Returns what the document says.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Recipient => "recipient",
        }
    }
}

/// Writes text so that it is text in XML, in an element as well as between double quotes. Characters that XML 1.0
/// cannot have at all (section 2.2) are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().take(DialogInfo::MAX_TEXT) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
