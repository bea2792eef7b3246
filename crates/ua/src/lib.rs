//! A SIP user agent without sockets or clocks: transactions, dialogs, registrar, digest.
