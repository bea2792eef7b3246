//! Headers that are one number.

use crate::{HeaderError, HeaderName, Headers};

impl Headers {
    /// Returns Content-Length: the value as it stands there, which a message that was parsed agrees with.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn content_length(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::CONTENT_LENGTH)
    }

    /// Returns Min-Expires in seconds (RFC 3261 section 20.23).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn min_expires(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::MIN_EXPIRES)
    }

    /// Returns Min-SE, the shortest session timer that is accepted, in seconds (RFC 4028 section 5).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn min_se(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::MIN_SE)
    }

    /// Returns the number of a reliable provisional response (RFC 3262 section 7.1).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn rseq(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::RSEQ)
    }

    /// Returns Flow-Timer: after how many seconds without a keep-alive the server forgets the flow (RFC 5626
    /// section 10).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn flow_timer(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::FLOW_TIMER)
    }
}
