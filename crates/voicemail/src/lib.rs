//! Mailboxes: the conversation that takes a message, and the store it is kept in.
