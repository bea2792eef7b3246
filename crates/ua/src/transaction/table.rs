//! All transactions of an endpoint, with their deadlines.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use centrala_sip::{Method, Request, Response, StatusCode};
use centrala_time::{Deadlines, Timestamp};

use super::{
    ClientOutput, InviteClient, InviteServer, NonInviteClient, NonInviteServer, ServerOutput,
    Timers, ack,
    key::{ClientKey, MergeKey, ServerKey},
};
use crate::{Flow, Ticket};

/// A transaction of this table. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TransactionId(u64);

/// What the transactions ask for. `O` tells the user of a client transaction.
#[derive(Debug)]
pub(crate) enum TableOutput<O> {
    Send {
        destination: Flow,
        datagram: Bytes,
        ticket: Ticket,
    },
    Response {
        id: TransactionId,
        owner: O,
        response: Box<Response>,
        source: Flow,
    },
    /// Nobody answered.
    TimedOut {
        owner: O,
    },
    /// It could not even be sent.
    Unsent {
        owner: O,
    },
}

/// An ACK for a 2xx, kept to be sent again when the 2xx comes again.
#[derive(Debug)]
struct Acknowledgement {
    to_tag: String,
    datagram: Bytes,
    destination: Flow,
}

#[derive(Debug)]
struct Client<O> {
    machine: ClientMachine,
    key: ClientKey,
    destination: Flow,
    owner: O,
    acknowledgements: Vec<Acknowledgement>,
    /// The request again, and where it goes if it cannot be sent as it is.
    fallback: Option<Box<Routed>>,
    /// How often it was sent another way.
    attempt: u8,
}

/// A request and where it goes.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) request: Request,
    pub(crate) destination: Flow,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(InviteClient),
    NonInvite(NonInviteClient),
}

#[derive(Debug)]
struct Server<O> {
    machine: ServerMachine,
    key: ServerKey,
    merge: Option<MergeKey>,
    destination: Flow,
    owner: O,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(InviteServer),
    NonInvite(NonInviteServer),
}

/// What a request that reached a transaction means to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matched {
    /// It was dealt with.
    Absorbed,
    /// An ACK for a 2xx, whose transaction it shares the branch with: the dialog's.
    Acknowledged,
    /// It belongs to no transaction.
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Transactions<O> {
    timers: Timers,
    next_id: u64,
    clients: BTreeMap<TransactionId, Client<O>>,
    servers: BTreeMap<TransactionId, Server<O>>,
    by_response: BTreeMap<ClientKey, TransactionId>,
    by_request: BTreeMap<ServerKey, TransactionId>,
    merges: BTreeMap<MergeKey, TransactionId>,
    deadlines: Deadlines<TransactionId>,
    outputs: VecDeque<TableOutput<O>>,
}

impl<O: Copy> Transactions<O> {
    pub(crate) fn new(timers: Timers) -> Self {
        Self {
            timers,
            next_id: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            by_response: BTreeMap::new(),
            by_request: BTreeMap::new(),
            merges: BTreeMap::new(),
            deadlines: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Sends a request in a new client transaction. `branch` is that of its topmost Via.
    pub(crate) fn request(
        &mut self,
        Routed { request, destination }: Routed,
        fallback: Option<Routed>,
        branch: &str,
        owner: O,
        now: Timestamp,
    ) -> TransactionId {
        let id = self.new_id();
        let key = ClientKey::new(branch, request.method().clone());
        let machine = ClientMachine::new(request, self.timers, destination, now);
        self.by_response.insert(key.clone(), id);
        let (acknowledgements, fallback) = (Vec::new(), fallback.map(Box::new));
        let client =
            Client { machine, key, destination, owner, acknowledgements, fallback, attempt: 0 };
        self.clients.insert(id, client);
        self.drain_client(id, destination);
        id
    }

    /// What a client transaction wanted to send could not be sent: it takes the other way if it has one, or ends.
    pub(crate) fn handle_unsent(&mut self, ticket: Ticket, now: Timestamp) {
        let id = TransactionId(ticket.transaction);
        let Some(client) = self.clients.get_mut(&id) else { return };
        // A report on the way that was given up meanwhile says nothing about the other.
        if !client.machine.is_unanswered() || ticket.attempt != client.attempt {
            return;
        }
        if let Some(fallback) = client.fallback.take() {
            let Routed { request, destination } = *fallback;
            client.attempt = client.attempt.saturating_add(1);
            client.destination = destination;
            client.machine = ClientMachine::new(request, self.timers, destination, now);
            self.drain_client(id, destination);
        } else if let Some(client) = self.clients.remove(&id) {
            self.by_response.remove(&client.key);
            self.deadlines.clear(&id);
            self.outputs.push_back(TableOutput::Unsent { owner: client.owner });
        }
    }

    /// Returns the CANCEL for an INVITE of ours that has no final response yet, and where it goes: the way of the
    /// INVITE (RFC 3261 section 9.1).
    pub(crate) fn cancel(&self, id: TransactionId) -> Option<Routed> {
        let client = self.clients.get(&id)?;
        let ClientMachine::Invite(machine) = &client.machine else { return None };
        Some(Routed { request: ack::cancel(machine.request()?)?, destination: client.destination })
    }

    /// Starts a server transaction for a request that matched none. Responses go to `destination`.
    pub(crate) fn accept(
        &mut self,
        request: &Request,
        destination: Flow,
        owner: O,
    ) -> Option<TransactionId> {
        let key = ServerKey::of(request)?;
        let (id, reliability) = (self.new_id(), destination.reliability());
        let machine = if *request.method() == Method::Invite {
            ServerMachine::Invite(InviteServer::new(self.timers, reliability))
        } else {
            ServerMachine::NonInvite(NonInviteServer::new(self.timers, reliability))
        };
        self.by_request.insert(key.clone(), id);
        let merge = MergeKey::of(request);
        if let Some(merge) = &merge {
            self.merges.insert(merge.clone(), id);
        }
        self.servers.insert(id, Server { machine, key, merge, destination, owner });
        Some(id)
    }

    /// Sends a response in a server transaction; a transaction that is over sends nothing.
    pub(crate) fn respond(
        &mut self,
        id: TransactionId,
        status: StatusCode,
        response: Bytes,
        now: Timestamp,
    ) {
        if let Some(server) = self.servers.get_mut(&id) {
            match &mut server.machine {
                ServerMachine::Invite(machine) => machine.respond(status, response, now),
                ServerMachine::NonInvite(machine) => machine.respond(status, response, now),
            }
        }
        self.drain_server(id);
    }

    /// A request came: a retransmission, an ACK, or something new.
    pub(crate) fn handle_request(&mut self, request: &Request, now: Timestamp) -> Matched {
        let id = ServerKey::of(request).and_then(|key| self.by_request.get(&key)).copied();
        let Some((id, server)) = id.and_then(|id| Some((id, self.servers.get_mut(&id)?))) else {
            return Matched::Unknown;
        };
        let is_ack = *request.method() == Method::Ack;
        let matched = match &mut server.machine {
            ServerMachine::Invite(machine) if is_ack => {
                if machine.handle_ack(now) {
                    Matched::Absorbed
                } else {
                    Matched::Acknowledged
                }
            }
            ServerMachine::Invite(machine) => {
                machine.handle_retransmission();
                Matched::Absorbed
            }
            ServerMachine::NonInvite(machine) => {
                machine.handle_retransmission();
                Matched::Absorbed
            }
        };
        self.drain_server(id);
        matched
    }

    /// A response came. Returns whether it belongs to a transaction.
    pub(crate) fn handle_response(
        &mut self,
        response: Response,
        source: Flow,
        now: Timestamp,
    ) -> bool {
        let id = ClientKey::of(&response).and_then(|key| self.by_response.get(&key)).copied();
        let Some((id, client)) = id.and_then(|id| Some((id, self.clients.get_mut(&id)?))) else {
            return false;
        };
        match &mut client.machine {
            ClientMachine::Invite(machine) => machine.handle_response(response, now),
            ClientMachine::NonInvite(machine) => machine.handle_response(response, now),
        }
        self.drain_client(id, source);
        true
    }

    /// Lets the due transactions retransmit or end.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(client) = self.clients.get_mut(&id) {
                let destination = client.destination;
                match &mut client.machine {
                    ClientMachine::Invite(machine) => machine.handle_timeout(now),
                    ClientMachine::NonInvite(machine) => machine.handle_timeout(now),
                }
                self.drain_client(id, destination);
            } else if let Some(server) = self.servers.get_mut(&id) {
                match &mut server.machine {
                    ServerMachine::Invite(machine) => machine.handle_timeout(now),
                    ServerMachine::NonInvite(machine) => machine.handle_timeout(now),
                }
                self.drain_server(id);
            }
        }
    }

    /// Keeps the ACK that was sent for a 2xx.
    pub(crate) fn keep_ack(
        &mut self,
        id: TransactionId,
        to_tag: String,
        datagram: Bytes,
        destination: Flow,
    ) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.acknowledgements.push(Acknowledgement { to_tag, datagram, destination });
        }
    }

    /// Sends the ACK for a 2xx again. Returns whether there is one.
    pub(crate) fn repeat_ack(&mut self, id: TransactionId, to_tag: &str) -> bool {
        let Some(client) = self.clients.get(&id) else { return false };
        let mut all = client.acknowledgements.iter();
        let Some(found) = all.find(|one| one.to_tag == to_tag) else { return false };
        let (destination, datagram) = (found.destination, found.datagram.clone());
        let ticket = id.ticket(client.attempt);
        self.outputs.push_back(TableOutput::Send { destination, datagram, ticket });
        true
    }

    /// Returns how many dialogs an INVITE of ours has made by 2xx.
    pub(crate) fn acknowledged(&self, id: TransactionId) -> usize {
        self.clients.get(&id).map_or(0, |client| client.acknowledgements.len())
    }

    /// Bounds the wait for the final response to an INVITE of ours: from now on 64 × T1.
    pub(crate) fn give_up(&mut self, id: TransactionId, now: Timestamp) {
        if let Some(Client { machine: ClientMachine::Invite(machine), destination, .. }) =
            self.clients.get_mut(&id)
        {
            let destination = *destination;
            machine.set_give_up(now + self.timers.transaction_timeout());
            self.drain_client(id, destination);
        }
    }

    /// Returns the server transaction of the INVITE that a CANCEL is about, and whose it is.
    pub(crate) fn cancelled_by(&self, cancel: &Request) -> Option<(TransactionId, O)> {
        let id = *self.by_request.get(&ServerKey::cancelled_by(cancel)?)?;
        Some((id, self.servers.get(&id)?.owner))
    }

    /// Returns whether the same request is being dealt with on another way.
    pub(crate) fn is_merged(&self, request: &Request) -> bool {
        MergeKey::of(request).is_some_and(|key| self.merges.contains_key(&key))
    }

    pub(crate) fn poll_output(&mut self) -> Option<TableOutput<O>> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    fn new_id(&mut self) -> TransactionId {
        self.next_id += 1;
        TransactionId(self.next_id)
    }

    /// Passes on what the machine wants; `source` is where a response came from.
    fn drain_client(&mut self, id: TransactionId, source: Flow) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let (owner, destination, attempt) = (client.owner, client.destination, client.attempt);
        loop {
            let output = match &mut client.machine {
                ClientMachine::Invite(machine) => machine.poll_output(),
                ClientMachine::NonInvite(machine) => machine.poll_output(),
            };
            self.outputs.push_back(match output {
                Some(ClientOutput::Send(datagram)) => {
                    TableOutput::Send { destination, datagram, ticket: id.ticket(attempt) }
                }
                Some(ClientOutput::Response(response)) => {
                    TableOutput::Response { id, owner, response, source }
                }
                Some(ClientOutput::TimedOut) => TableOutput::TimedOut { owner },
                None => break,
            });
        }
        let (timeout, is_over) = match &client.machine {
            ClientMachine::Invite(machine) => (machine.poll_timeout(), machine.is_terminated()),
            ClientMachine::NonInvite(machine) => (machine.poll_timeout(), machine.is_terminated()),
        };
        self.deadlines.update(id, timeout);
        if is_over && let Some(client) = self.clients.remove(&id) {
            self.by_response.remove(&client.key);
        }
    }

    fn drain_server(&mut self, id: TransactionId) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let destination = server.destination;
        loop {
            let output = match &mut server.machine {
                ServerMachine::Invite(machine) => machine.poll_output(),
                ServerMachine::NonInvite(machine) => machine.poll_output(),
            };
            match output {
                Some(ServerOutput::Send(datagram)) => {
                    let ticket = id.ticket(0);
                    self.outputs.push_back(TableOutput::Send { destination, datagram, ticket });
                }
                // Nobody waits for the ACK of a refusal.
                Some(ServerOutput::TimedOut) => {}
                None => break,
            }
        }
        let (timeout, is_over) = match &server.machine {
            ServerMachine::Invite(machine) => (machine.poll_timeout(), machine.is_terminated()),
            ServerMachine::NonInvite(machine) => (machine.poll_timeout(), machine.is_terminated()),
        };
        self.deadlines.update(id, timeout);
        if is_over && let Some(server) = self.servers.remove(&id) {
            self.by_request.remove(&server.key);
            if let Some(merge) = server.merge
                && self.merges.get(&merge) == Some(&id)
            {
                self.merges.remove(&merge);
            }
        }
    }
}

impl TransactionId {
    const fn ticket(self, attempt: u8) -> Ticket {
        Ticket { transaction: self.0, attempt }
    }
}

impl ClientMachine {
    fn new(request: Request, timers: Timers, destination: Flow, now: Timestamp) -> Self {
        let reliability = destination.reliability();
        if *request.method() == Method::Invite {
            Self::Invite(InviteClient::new(request, timers, reliability, now))
        } else {
            Self::NonInvite(NonInviteClient::new(&request, timers, reliability, now))
        }
    }

    /// Returns whether nothing has come back yet.
    const fn is_unanswered(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_calling(),
            Self::NonInvite(machine) => machine.is_pending(),
        }
    }
}
