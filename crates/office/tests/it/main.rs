//! The office as its users see it.

mod office_errors;
