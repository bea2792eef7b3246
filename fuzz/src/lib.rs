//! The laws that the fuzz targets hold inputs against: each takes any octets, and panics if a law is broken.
//!
//! A target is a line around one of these; a corpus file replays through the same functions.

pub mod bodies;
pub mod build;
pub mod choices;
pub mod edit;
pub mod endpoint;
pub mod headers;
pub mod media;
pub mod message;
pub mod offer_answer;
pub mod plan;
pub mod sdp;
pub mod stream;
pub mod uri;
pub mod views;
