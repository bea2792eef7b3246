//! The names of the leniencies.

#![expect(
    clippy::doc_markdown,
    reason = "products and projects are written as they write themselves"
)]

use core::fmt;

macro_rules! leniencies {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $rule:literal, $summary:literal;)*) => {
        /// A way in which a message may leave the grammar or a MUST of its RFC, and is read all the same.
        ///
        /// Each variant says what forbids it and who is known to send it. Where nobody is named, none was
        /// found in public reports: refusing it helps nobody.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Leniency {
            $($(#[$doc])* $variant,)*
        }

        impl Leniency {
            /// All of them, in the order of the message: lines, texts, parameters, addresses, single headers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name for people and files: small letters with hyphens.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the rule that is not kept.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }

            /// Returns in a few words what is wrong.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

leniencies! {
    /// CR or LF before the start line of a datagram. RFC 3261 section 7.5 lets only streams have them.
    ///
    /// Seen in captured datagrams with OPTIONS (sipcapture/heplify-server#594).
    LineEndsBeforeStartLine = "line-ends-before-start-line", "RFC 3261 section 7.5",
        "line ends before the start line of a datagram";
    /// A line that ends with LF alone. RFC 3261 section 7 wants CRLF; RFC 2543 allowed LF.
    ///
    /// Seen in production after a To (aboutsip/pkts#110), through OpenSIPS (SIPp/sipp#380), and
    /// from scanners (erlnets/nksip#52). Two readers that disagree about it can be played off against each
    /// other; streams never take it.
    BareLineFeed = "bare-line-feed", "RFC 3261 section 7",
        "a line ends with LF alone";
    /// `sip/2.0`. RFC 3261 section 7.1: the version is case-insensitive, but MUST be sent in upper case.
    ///
    /// Others' test suites have it; no device was found.
    VersionCase = "version-case", "RFC 3261 section 7.1",
        "the version is not in upper case";
    /// A status line that ends after the code. RFC 3261 section 7.2 wants a space, even before an empty phrase.
    ///
    /// Empty phrases are met (irontec/sngrep#116); who drops the space with them was not found.
    MissingReasonSpace = "missing-reason-space", "RFC 3261 section 7.2",
        "no space after the status code";
    /// An octet that no reason phrase may have, as a bracket or a quotation mark (RFC 3261 section 25.1).
    ReasonPhraseCharacter = "reason-phrase-character", "RFC 3261 section 25.1",
        "a character that no reason phrase may have";
    /// A folded line with nothing in it, between two parts of a value (RFC 3261 section 25.1, `LWS`).
    BlankContinuation = "blank-continuation", "RFC 3261 section 25.1",
        "a continuation line without content";
    /// Spaces after a value whose grammar has none there (RFC 3261 section 25.1).
    TrailingWhiteSpace = "trailing-white-space", "RFC 3261 section 25.1",
        "white space after the value";
    /// A control character, NUL among them, outside of a quoted pair (RFC 3261 section 25.1).
    ControlCharacter = "control-character", "RFC 3261 section 25.1",
        "a control character";
    /// Text that is not UTF-8, mostly Latin-1 in display names. RFC 3261 section 7 wants UTF-8.
    ///
    /// Capture servers have to repair it (sipcapture/heplify-server#26).
    NonUtf8Text = "non-utf8-text", "RFC 3261 section 7",
        "text that is not UTF-8";
    /// A backslash in a quoted string before a line end or a character above ASCII (RFC 3261 section 25.1).
    QuotedPair = "quoted-pair", "RFC 3261 section 25.1",
        "a backslash before what cannot be escaped";
    /// A header with a known grammar that the value does not follow. Only who asks for the header gets the
    /// error: a request is not lost for a `Date` that nobody reads (RFC 3261 section 16.3, step 1).
    ///
    /// SIPp 3.6.1 writes UTC where a Date has GMT (SIPp/sipp#535); a Cisco telephone quotes a display name
    /// twice (erlnets/nksip#20), and that To cannot be read.
    Malformed = "malformed-header", "RFC 3261 section 25.1",
        "the value does not follow the grammar of the header";
    /// More than one of a header that can be only once (RFC 3261 section 7.3.1).
    RepeatedHeader = "repeated-header", "RFC 3261 section 7.3.1",
        "the header can be only once";
    /// An empty element in a list, or a list of none where one is asked for (RFC 3261 section 25.1).
    EmptyElement = "empty-element", "RFC 3261 section 25.1",
        "an empty element in a list";
    /// Parameters or a comment after a number that has none, as in `Max-Forwards: 70;x` (RFC 3261 section 25.1).
    TextAfterNumber = "text-after-number", "RFC 3261 section 25.1",
        "text after a number";
    /// A Max-Forwards above 255 (RFC 3261 section 20.22), a number of seconds above 2^32 - 1 (section 20.19), an
    /// `RSeq` of 0 (RFC 3262 section 7.1).
    NumberOutOfRange = "number-out-of-range",
        "RFC 3261 sections 20.19 and 20.22, RFC 3262 section 7.1",
        "a number out of its range";
    /// A `CSeq` of 2^31 or more. RFC 3261 section 8.1.1.5: it MUST be less.
    CSeqOutOfRange = "cseq-out-of-range", "RFC 3261 section 8.1.1.5",
        "a sequence number of 2^31 or more";
    /// A Call-ID that is not `word [ "@" word ]` (RFC 3261 section 25.1).
    ///
    /// Call-IDs with `#` and `$` are met (BelledonneCommunications/linphone-android#226). It is an opaque text:
    /// cutting it loses the call.
    CallIdNotWord = "call-id-not-word", "RFC 3261 section 25.1",
        "a Call-ID with characters that no word has";
    /// `tag=` without a value (RFC 3261 section 25.1). It counts as no tag.
    ///
    /// Another stack keeps it for compatibility (restsend/rsipstack#78), without saying with whom.
    EmptyTag = "empty-tag", "RFC 3261 section 25.1",
        "a tag without a value";
    /// A parameter with an equal sign and no value (RFC 3261 section 25.1).
    EmptyParameterValue = "empty-parameter-value", "RFC 3261 section 25.1",
        "a parameter with an equal sign and no value";
    /// A parameter that is there more than once. RFC 3261 sections 7.3.1 and 19.1.1: it MUST NOT be. Here the first
    /// one counts; who takes the last one reads another message.
    RepeatedParameter = "repeated-parameter", "RFC 3261 sections 7.3.1 and 19.1.1",
        "a parameter more than once";
    /// A parameter without the value that it must have (RFC 3261 section 25.1, `m-parameter`).
    MissingParameterValue = "missing-parameter-value", "RFC 3261 section 25.1",
        "a parameter without its value";
    /// A parameter value that is not what the parameter takes: neither token nor host nor quoted string, or
    /// for known parameters not the number, token or address that it must be (RFC 3261 section 25.1).
    ParameterValue = "parameter-value", "RFC 3261 section 25.1",
        "a parameter value that does not follow the grammar";
    /// Parameters after a value that has none, as P-Asserted-Identity (RFC 3325 section 9.1).
    UnexpectedParameter = "unexpected-parameter", "RFC 3325 section 9",
        "a parameter where the grammar has none";
    /// A display name without quotes that is not made of tokens (RFC 3261 section 25.1): with `@`, parentheses or
    /// letters beyond ASCII.
    ///
    /// Others refuse such names (DoubangoTelecom/imsdroid#308, poroh/ersip#26); a call matters more than its label.
    UnquotedDisplayName = "unquoted-display-name", "RFC 3261 section 25.1",
        "a display name that needs quotes";
    /// An address without angle brackets in a header that wants them (RFC 3261 sections 20.30 and 20.34).
    ///
    /// Project Clearwater writes Record-Route so (onsip/SIP.js#319). What follows a semicolon belongs to the header
    /// then, `lr` among it.
    MissingBrackets = "missing-brackets", "RFC 3261 section 25.1",
        "an address without angle brackets";
    /// A part of a URI that it must not have in this place (RFC 3261 section 19.1.1, table 1).
    DisallowedUriPart = "disallowed-uri-part", "RFC 3261 section 19.1.1",
        "a part of a URI that it must not have in this place";
    /// A word, or parameters alone, in the place of the URI of Alert-Info, Call-Info or Error-Info (RFC 3261
    /// section 20.4).
    ///
    /// Telephones ring or answer by it: `Alert-Info: Ring Answer`, made for Snom telephones
    /// (drachtio/drachtio-server#105). A stack that is strict about it loses all headers after it.
    BareLink = "bare-link", "RFC 3261 section 25.1",
        "a word instead of a URI in brackets";
    /// `*` beside other contacts (RFC 3261 section 25.1).
    StarAmongContacts = "star-among-contacts", "RFC 3261 section 25.1",
        "a star beside other contacts";
    /// A character in the user part that must be escaped (RFC 3261 section 19.1.2).
    ///
    /// Mostly `#`, of feature codes and extensions: Microsoft Teams direct routing
    /// (MicrosoftDocs/OfficeDocs-SkypeForBusiness#9145), RingCentral (ringcentral/ringcentral-web-phone#135), a
    /// FreeSWITCH registrar (onsip/SIP.js#560), Dahua intercoms (juha-h/baresip-studio#158).
    UnescapedUser = "unescaped-user", "RFC 3261 section 19.1.2",
        "a character in the user part that must be escaped";
    /// A character elsewhere in a URI that must be escaped (RFC 3261 section 19.1.2).
    UnescapedUriPart = "unescaped-uri-part", "RFC 3261 section 19.1.2",
        "a character in the URI that must be escaped";
    /// A percent sign in a URI without two hexadecimal digits (RFC 3261 section 25.1).
    BrokenEscape = "broken-escape", "RFC 3261 section 25.1",
        "a percent sign without two hexadecimal digits";
    /// A header of a URI without an equal sign (RFC 3261 section 25.1).
    UriHeaderWithoutValue = "uri-header-without-value", "RFC 3261 section 25.1",
        "a header in a URI without an equal sign";
    /// A host name with an underscore (RFC 3261 section 25.1, RFC 1123 section 2.1).
    ///
    /// Asterisk writes the name of its machine, whatever that is (onsip/SIP.js#737).
    UnderscoreHost = "underscore-host", "RFC 3261 section 25.1",
        "a host name with an underscore";
    /// A host name with an empty label, a hyphen at the edge of one, or a top label that begins with a digit
    /// (RFC 3261 section 25.1).
    ///
    /// Asterisk in a container writes names like `1af019b2ba08` (versatica/JsSIP#938, onsip/SIP.js#1055).
    MalformedHostname = "malformed-hostname", "RFC 3261 section 25.1",
        "a host name that is none";
    /// `[2001:db8:::192.0.2.1]`. The grammar of RFC 3261 makes it by mistake; RFC 5118 section 4.10 wants it to be
    /// understood and never to be written.
    ThreeColons = "three-colons", "RFC 5118 section 4.10",
        "three colons in an IPv6 address";
    /// A tel URI with a local number and no `phone-context` (RFC 3966 section 5.1.5).
    LocalNumberWithoutContext = "local-number-without-context", "RFC 3966 section 5.1.5",
        "a local telephone number without phone-context";
    /// A tel URI with a number that is neither global nor local (RFC 3966 section 3).
    PhoneNumber = "phone-number", "RFC 3966 section 3",
        "a telephone number that is none";
    /// `received` with an IPv6 address in brackets (RFC 3261 section 25.1). RFC 5118 section 4.5 wants both forms to
    /// be understood.
    ///
    /// Asterisk writes it (onsip/SIP.js#594, pjsip/pjproject#2266), and linphone 4.1 dropped the answer for it
    /// (BelledonneCommunications/linphone-desktop#332).
    BracketedReceived = "bracketed-received", "RFC 5118 section 4.5",
        "received with brackets around its address";
    /// A branch whose magic cookie is in another case than `z9hG4bK` (RFC 3261 section 8.1.1.7).
    BranchCookieCase = "branch-cookie-case", "RFC 3261 section 8.1.1.7",
        "the cookie of the branch in another case";
    /// A digest parameter without the quotes that it must have, as `qop=auth` in a challenge (RFC 3261
    /// section 25.1).
    UnquotedAuthParameter = "unquoted-auth-parameter", "RFC 3261 section 25.1",
        "a digest parameter without its quotes";
    /// A digest parameter in quotes that it must not have, as `algorithm="MD5"` (RFC 3261 section 25.1).
    ///
    /// SIPp writes `qop="auth"` (SIPp/sipp#123), sip.js for Node a quoted algorithm, which BroadSoft refuses
    /// (kirm/sip.js#118), drachtio-srf before 4.4.36 a quoted `qop` (drachtio/drachtio-srf#85).
    QuotedAuthParameter = "quoted-auth-parameter", "RFC 3261 section 25.1",
        "a digest parameter in quotes";
    /// Credentials or a challenge of another scheme than Digest that are no parameters (RFC 3261 section 25.1).
    OpaqueCredentials = "opaque-credentials", "RFC 3261 section 25.1",
        "credentials that are no parameters";
    /// A Date with a day of one digit, names in other case, or other white space (RFC 3261 section 20.17).
    DateForm = "date-form", "RFC 3261 section 20.17",
        "a date in another form";
    /// A Warning with an agent that is neither host nor name, a text without quotes, or other white space than
    /// single spaces (RFC 3261 section 20.43).
    WarningForm = "warning-form", "RFC 3261 section 20.43",
        "a warning in another form";
    /// An Identity between quotes, as RFC 4474 had it, or one whose first parameter is not `info` (RFC 8224
    /// section 4).
    IdentityForm = "identity-form", "RFC 8224 section 4",
        "an identity in another form";
    /// Commas between the values of Privacy (RFC 3323 section 4.2).
    PrivacyComma = "privacy-comma", "RFC 3323 section 4.2",
        "a comma between privacy values";
    /// A P-Charging-Vector that does not begin with `icid-value` (RFC 7315 section 5.6).
    ParameterOrder = "parameter-order", "RFC 7315 section 5.6",
        "parameters in another order";
    /// User-Agent or Server that are neither products nor comments between spaces (RFC 3261 section 25.1).
    ///
    /// pjsua 2.14.1 (pjsip/pjproject#4293), the Android stack of Doubango 2.0.484 (DoubangoTelecom/imsdroid#339),
    /// Motorola VT1000 (kurotych/sipcore#34).
    ProductText = "product-text", "RFC 3261 section 25.1",
        "a product that is neither a token nor a comment";
}

impl fmt::Display for Leniency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
