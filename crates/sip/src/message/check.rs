//! Whether a message has what it must have.

use crate::{HeaderError, Headers, Method, StatusCode};

/// Why a message that was parsed cannot be processed (RFC 3261 sections 8.1.1 and 8.2).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckMessageError {
    /// A header that every message must have is absent, malformed or repeated.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The method of `CSeq` is not that of the request line.
    #[error("the method of CSeq is not that of the request line")]
    MethodMismatch,
}

impl Headers {
    /// Reads the headers that every message must have, and returns the method of `CSeq`.
    pub(super) fn check_headers(&self) -> Result<Method, HeaderError> {
        self.via()?;
        for via in self.vias() {
            via?;
        }
        self.from()?;
        self.to()?;
        self.call_id()?;
        for contact in self.contacts() {
            contact?;
        }
        match self.max_forwards() {
            Ok(_) | Err(HeaderError::Absent(_)) => {}
            Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                return Err(error);
            }
        }
        Ok(self.cseq()?.method().clone())
    }
}

impl Headers {
    /// Reads those of the headers with a known grammar that are there. Those which a response repeats from a
    /// request are only the builder's business if it builds a request.
    pub(crate) fn check_present(&self, kind: BuiltKind) -> Result<(), HeaderError> {
        fn present<T>(read: Result<T, HeaderError>) -> Result<(), HeaderError> {
            match read {
                Ok(_) | Err(HeaderError::Absent(_)) => Ok(()),
                Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                    Err(error)
                }
            }
        }
        if matches!(kind, BuiltKind::Request) {
            self.vias().try_for_each(present)?;
            present(self.from())?;
            present(self.to())?;
            present(self.call_id())?;
            present(self.cseq())?;
        }
        present(self.max_forwards())?;
        present(self.expires())?;
        present(self.content_type())?;
        self.contacts().try_for_each(present)?;
        self.routes().try_for_each(present)?;
        self.record_routes().try_for_each(present)?;
        self.challenges().try_for_each(present)?;
        self.credentials().try_for_each(present)
    }
}

/// What a builder builds.
#[derive(Clone, Copy)]
pub(crate) enum BuiltKind {
    Request,
    Response,
}

impl CheckMessageError {
    /// Returns the status code that answers such a request.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Header(_) | Self::MethodMismatch => StatusCode::BAD_REQUEST,
        }
    }
}
