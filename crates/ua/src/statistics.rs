//! Counters.

/// What an [`Endpoint`](crate::Endpoint) has counted since its start.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Datagrams received.
    pub datagrams: u64,
    /// Keep-alives: datagrams of line ends alone.
    pub keep_alives: u64,
    /// Datagrams that are no messages, and messages without the headers that all must have.
    pub malformed: u64,
    /// Responses and ACKs that belong to nothing.
    pub strays: u64,
    /// Requests that reached their transaction again.
    pub retransmissions: u64,
    /// Requests answered by a challenge.
    pub challenged: u64,
    /// Requests refused because their source has guessed passwords.
    pub locked_out: u64,
    /// Responses to signed requests whose sender does not know our password, though he says so
    /// (`rspauth`): somebody else answers.
    pub false_servers: u64,
    /// Requests refused or dropped because something was full, or because of a shutdown.
    pub overloaded: u64,
    /// Calls that came in and were told.
    pub incoming_calls: u64,
    /// Calls that went out.
    pub outgoing_calls: u64,
    /// Messages of ours that could not be sent, as the owner of the sockets says.
    pub unsent: u64,
    /// Messages of ours that could not be written.
    pub unsendable: u64,
}
