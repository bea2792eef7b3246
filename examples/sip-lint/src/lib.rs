//! What `sip-lint` finds in a message; `sip-torture` judges whole suites by it.
//!
//! ```
//! use bytes::Bytes;
//! use sip_lint::{Mode, Report};
//!
//! let report = Report::of(
//!     Bytes::from_static(b"OPTIONS sip:a@b.example SIP/2.0\r\nTo: <sip:a@b.example>\r\n\r\n"),
//!     Mode::Lenient,
//! );
//! assert!(report.error.is_none());
//! assert_eq!(report.warnings[0].code, "missing-header"); // there is no Via
//! assert_eq!(report.warnings[0].status, Some(400));
//! ```

mod fault;
mod mask;
mod position;
mod render;
mod report;
mod safe;
mod summary;

pub use fault::{Fault, faults};
pub use position::Position;
pub use render::render;
pub use report::{Body, HeaderLine, Layer, Mode, Refusal, Report, StartLine, Warning, WarningKind};
