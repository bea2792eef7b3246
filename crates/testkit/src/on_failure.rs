//! What was being done when a test failed.

/// Prints a text if a check fails while this is there: which session it was, which seed.
#[derive(Clone, Debug)]
pub struct OnFailure(String);

impl OnFailure {
    /// Returns one that prints this.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Drop for OnFailure {
    #[expect(clippy::print_stderr, reason = "a test that fails says where")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}
