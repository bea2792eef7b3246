//! Where registered telephones can be reached, kept on disk over a restart.
