//! What is looked for. Each module is one question.

pub(crate) mod ends;
pub(crate) mod etiquette;
pub(crate) mod keys;
pub(crate) mod operator;
pub(crate) mod reach;
