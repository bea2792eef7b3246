//! A proxy and redirect server: test equipment on our transactions (RFC 3261 section 16).
//!
//! It remembers transactions, forks, records its route, asks for a password, and cancels what it need not wait for.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Host, Message, Method, Request, Response, ResponseBuilder, StatusCode, Transport,
    Uri, Via,
};
use centrala_testkit::Path;
use centrala_time::Timestamp;
use centrala_ua::transaction::{
    ClientOutput, InviteClient, InviteServer, NonInviteClient, NonInviteServer, Reliability,
    ServerOutput, Timers,
};

use self::rules::{address_of, cancel_of, exchange, name_of, rank};
use crate::digest;

mod config;
mod rules;

pub(crate) use config::ProxyConfig;

#[derive(Debug)]
pub(crate) struct Proxy {
    config: ProxyConfig,
    next_number: u64,
    servers: BTreeMap<u64, Server>,
    by_request: BTreeMap<(String, Method), u64>,
    clients: BTreeMap<(String, Method), Client>,
    /// The offers that were kept back, by Call-ID and number.
    offers: BTreeMap<(String, u32), Bytes>,
    outputs: VecDeque<(SocketAddr, Bytes)>,
}

/// A request that came, and what became of it.
#[derive(Debug)]
struct Server {
    key: (String, Method),
    request: Request,
    source: SocketAddr,
    machine: ServerMachine,
    /// The best refusal so far.
    best: Option<Response>,
    is_answered: bool,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(InviteServer),
    NonInvite(NonInviteServer),
}

/// A request that was forwarded.
#[derive(Debug)]
struct Client {
    server: Option<u64>,
    request: Request,
    destination: SocketAddr,
    machine: ClientMachine,
    state: Progress,
    timer_c: Timestamp,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(InviteClient),
    NonInvite(NonInviteClient),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Calling,
    /// To be cancelled as soon as something has come back.
    Unwanted,
    Proceeding,
    Cancelled,
    Settled,
}

impl Proxy {
    pub(crate) fn new(config: ProxyConfig) -> Self {
        Self {
            config,
            next_number: 0,
            servers: BTreeMap::new(),
            by_request: BTreeMap::new(),
            clients: BTreeMap::new(),
            offers: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Returns how many transactions there are.
    pub(crate) fn transaction_count(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    pub(crate) fn handle_datagram(&mut self, path: Path, datagram: Bytes, now: Timestamp) {
        match Message::parse(datagram).unwrap() {
            Message::Request(request) => self.handle_request(request, path.remote, now),
            Message::Response(response) => self.handle_response(response, now),
        }
        self.sweep();
    }

    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        let servers: Vec<_> = self.servers.keys().copied().collect();
        for id in servers {
            if let Some(server) = self.servers.get_mut(&id) {
                match &mut server.machine {
                    ServerMachine::Invite(machine) => machine.handle_timeout(now),
                    ServerMachine::NonInvite(machine) => machine.handle_timeout(now),
                }
            }
            self.drain_server(id);
        }
        let clients: Vec<_> = self.clients.keys().cloned().collect();
        for key in clients {
            if let Some(client) = self.clients.get_mut(&key) {
                match &mut client.machine {
                    ClientMachine::Invite(machine) => machine.handle_timeout(now),
                    ClientMachine::NonInvite(machine) => machine.handle_timeout(now),
                }
                if client.state == Progress::Proceeding && client.timer_c <= now {
                    self.cancel(&key, now);
                }
            }
            self.drain_client(&key, now);
        }
        self.sweep();
    }

    pub(crate) fn poll_output(&mut self) -> Option<(SocketAddr, Bytes)> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        let servers = self.servers.values().filter_map(|server| match &server.machine {
            ServerMachine::Invite(machine) => machine.poll_timeout(),
            ServerMachine::NonInvite(machine) => machine.poll_timeout(),
        });
        let clients = self.clients.values().filter_map(|client| match &client.machine {
            ClientMachine::Invite(machine) => {
                let rings = client.state == Progress::Proceeding;
                machine.poll_timeout().into_iter().chain(rings.then_some(client.timer_c)).min()
            }
            ClientMachine::NonInvite(machine) => machine.poll_timeout(),
        });
        servers.chain(clients).min()
    }

    fn handle_request(&mut self, mut request: Request, source: SocketAddr, now: Timestamp) {
        request.stamp_top_via(source.ip(), source.port()).unwrap();
        let branch = request.via().unwrap().branch().unwrap().to_owned();
        let method = request.method().clone();
        let invite = (branch.clone(), Method::Invite);
        if method == Method::Ack {
            let id = self.by_request.get(&invite).copied();
            let server = id.and_then(|id| self.servers.get_mut(&id));
            let is_hop_by_hop = server.is_some_and(|server| match &mut server.machine {
                ServerMachine::Invite(machine) => machine.handle_ack(now),
                ServerMachine::NonInvite(_) => false,
            });
            if !is_hop_by_hop {
                self.pass_on(request);
            }
            return;
        }
        if let Some(id) = self.by_request.get(&(branch.clone(), method.clone())).copied() {
            match &mut self.servers.get_mut(&id).unwrap().machine {
                ServerMachine::Invite(machine) => machine.handle_retransmission(),
                ServerMachine::NonInvite(machine) => machine.handle_retransmission(),
            }
            self.drain_server(id);
            return;
        }
        let id = self.accept(request, (branch, method.clone()), source);
        if method == Method::Cancel {
            let cancelled = self.by_request.get(&invite).copied();
            let status = match cancelled {
                Some(_) => StatusCode::OK,
                None => StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST,
            };
            self.reply(id, status, &[], now);
            if let Some(cancelled) = cancelled {
                self.cancel_all(cancelled, now);
            }
        } else {
            self.forward(id, now);
        }
    }

    fn accept(&mut self, request: Request, key: (String, Method), source: SocketAddr) -> u64 {
        self.next_number += 1;
        let (id, timers) = (self.next_number, Timers::default());
        let machine = if key.1 == Method::Invite {
            ServerMachine::Invite(InviteServer::new(timers, Reliability::Unreliable))
        } else {
            ServerMachine::NonInvite(NonInviteServer::new(timers, Reliability::Unreliable))
        };
        self.by_request.insert(key.clone(), id);
        let server = Server { key, request, source, machine, best: None, is_answered: false };
        self.servers.insert(id, server);
        id
    }

    /// Sends a request on (section 16.6), or answers it.
    fn forward(&mut self, id: u64, now: Timestamp) {
        let mut request = self.servers[&id].request.clone();
        let makes_dialog =
            *request.method() == Method::Invite && request.to().unwrap().tag().is_none();
        if let Some(realm) = self.config.realm
            && makes_dialog
            && !digest::is_signed(&request, realm)
        {
            let challenge = digest::challenge(realm);
            let header = (HeaderName::PROXY_AUTHENTICATE, challenge);
            self.reply(id, StatusCode::PROXY_AUTHENTICATION_REQUIRED, &[header], now);
            return;
        }
        let targets = self.targets(&mut request);
        if self.config.redirects {
            let contacts = targets.iter().map(|(uri, _)| (HeaderName::CONTACT, format!("<{uri}>")));
            let contacts: Vec<_> = contacts.collect();
            self.reply(id, StatusCode::MOVED_TEMPORARILY, &contacts, now);
            return;
        }
        if request.decrement_max_forwards().is_err() {
            self.reply(id, StatusCode::TOO_MANY_HOPS, &[], now);
            return;
        }
        if targets.is_empty() {
            self.reply(id, StatusCode::NOT_FOUND, &[], now);
            return;
        }
        if makes_dialog && self.config.records_route {
            let route = format!("<sip:{};lr>", self.config.address);
            request.push_front(&HeaderName::RECORD_ROUTE, route).unwrap();
        }
        self.translate(&mut request);
        if makes_dialog && self.config.delays_offers {
            self.offers.insert(name_of(&request), request.body());
            request.remove_body().unwrap();
        }
        for (uri, address) in targets {
            let mut copy = request.clone();
            copy.set_uri(&uri);
            self.start(Some(id), copy, address, now);
        }
        if *request.method() == Method::Invite {
            self.reply(id, StatusCode::TRYING, &[], now);
        }
    }

    /// Sends a request without remembering it: an ACK for a 2xx.
    fn pass_on(&mut self, mut request: Request) {
        let Some((uri, address)) = self.targets(&mut request).into_iter().next() else { return };
        if request.decrement_max_forwards().is_err() {
            return;
        }
        request.set_uri(&uri);
        let via = self.via();
        request.push_via(&via).unwrap();
        self.translate(&mut request);
        if let Some(offer) = self.offers.get(&name_of(&request)) {
            request.set_body("application/sdp", offer.clone()).unwrap();
        }
        self.send(address, request.to_bytes());
    }

    /// Returns where a request goes; takes our own route away (section 16.4).
    fn targets(&self, request: &mut Request) -> Vec<(Uri, SocketAddr)> {
        let ours = |uri: &Uri| address_of(uri) == Some(self.config.address);
        if request.routes().next().is_some_and(|route| ours(route.unwrap().uri())) {
            request.pop_route().unwrap();
        }
        let uri = request.uri().clone();
        if let Some(route) = request.routes().next() {
            return vec![(uri, address_of(route.unwrap().uri()).unwrap())];
        }
        let user = uri.user().unwrap_or_default().to_owned();
        if request.to().unwrap().tag().is_none()
            && let Some(places) = self.config.places.get(&user)
        {
            let place = |at: &SocketAddr| (format!("sip:{user}@{at}").parse().unwrap(), *at);
            return places.iter().map(place).collect();
        }
        let known = address_of(&uri).filter(|address| *address != self.config.address);
        let next = known.or(self.config.next_hop);
        next.into_iter().map(|address| (uri.clone(), address)).collect()
    }

    fn start(&mut self, server: Option<u64>, mut request: Request, to: SocketAddr, now: Timestamp) {
        // A CANCEL has the branch of its INVITE already.
        if *request.method() != Method::Cancel {
            let via = self.via();
            request.push_via(&via).unwrap();
        }
        let branch = request.via().unwrap().branch().unwrap().to_owned();
        let key = (branch, request.method().clone());
        let (timers, reliability) = (Timers::default(), Reliability::Unreliable);
        let machine = if key.1 == Method::Invite {
            ClientMachine::Invite(InviteClient::new(request.clone(), timers, reliability, now))
        } else {
            ClientMachine::NonInvite(NonInviteClient::new(&request, timers, reliability, now))
        };
        let (state, timer_c) = (Progress::Calling, now + self.config.patience);
        let client = Client { server, request, destination: to, machine, state, timer_c };
        self.clients.insert(key.clone(), client);
        self.drain_client(&key, now);
    }

    fn handle_response(&mut self, response: Response, now: Timestamp) {
        let branch = response.via().unwrap().branch().unwrap().to_owned();
        let key = (branch, response.cseq().unwrap().method().clone());
        if let Some(client) = self.clients.get_mut(&key) {
            match &mut client.machine {
                ClientMachine::Invite(machine) => machine.handle_response(response, now),
                ClientMachine::NonInvite(machine) => machine.handle_response(response, now),
            }
            self.drain_client(&key, now);
        }
    }

    fn drain_client(&mut self, key: &(String, Method), now: Timestamp) {
        loop {
            let Some(client) = self.clients.get_mut(key) else { return };
            let output = match &mut client.machine {
                ClientMachine::Invite(machine) => machine.poll_output(),
                ClientMachine::NonInvite(machine) => machine.poll_output(),
            };
            let destination = client.destination;
            match output {
                Some(ClientOutput::Send(datagram)) => self.send(destination, datagram),
                Some(ClientOutput::Response(response)) => self.relay(key, *response, now),
                Some(ClientOutput::TimedOut) => {
                    let status = StatusCode::TEMPORARILY_UNAVAILABLE;
                    let silence = ResponseBuilder::for_request(&client.request, status);
                    let silence = silence.to_tag("silence").reason("No Response").build().unwrap();
                    self.relay(key, silence, now);
                }
                Some(_) => unreachable!("there are no other outputs"),
                None => return,
            }
        }
    }

    /// Takes a response of one branch (section 16.7).
    fn relay(&mut self, key: &(String, Method), mut response: Response, now: Timestamp) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let Some(id) = client.server else { return };
        let status = response.status();
        if status.is_provisional() {
            client.timer_c = now + self.config.patience;
            match client.state {
                Progress::Calling => client.state = Progress::Proceeding,
                Progress::Unwanted => {
                    client.state = Progress::Proceeding;
                    self.cancel(key, now);
                }
                Progress::Proceeding | Progress::Cancelled | Progress::Settled => {}
            }
        } else {
            client.state = Progress::Settled;
        }
        response.pop_via().unwrap();
        self.translate_back(&mut response);
        let Some(server) = self.servers.get_mut(&id) else { return };
        if status.is_success() {
            server.is_answered = true;
            self.respond(id, &response, now);
            self.cancel_all(id, now);
        } else if status.is_provisional() {
            if status != StatusCode::TRYING && !server.is_answered {
                self.respond(id, &response, now);
            }
        } else {
            let is_better =
                server.best.as_ref().is_none_or(|best| rank(status) < rank(best.status()));
            if is_better {
                server.best = Some(response);
            }
            if status.as_u16() >= 600 {
                self.cancel_all(id, now);
            }
            self.conclude(id, now);
        }
    }

    /// Sends the best refusal when all branches have refused.
    fn conclude(&mut self, id: u64, now: Timestamp) {
        let mut branches = self.clients.values().filter(|client| client.server == Some(id));
        let is_open = branches.any(|client| client.state != Progress::Settled);
        let Some(server) = self.servers.get_mut(&id).filter(|server| !server.is_answered) else {
            return;
        };
        if let Some(best) = server.best.take_if(|_| !is_open) {
            server.is_answered = true;
            self.respond(id, &best, now);
        }
    }

    fn cancel_all(&mut self, id: u64, now: Timestamp) {
        let of_this = self.clients.iter().filter(|(_, client)| client.server == Some(id));
        let keys: Vec<_> = of_this.map(|(key, _)| key.clone()).collect();
        keys.iter().for_each(|key| self.cancel(key, now));
    }

    /// Cancels an INVITE that was forwarded (section 9.1).
    fn cancel(&mut self, key: &(String, Method), now: Timestamp) {
        let Some(client) = self.clients.get_mut(key) else { return };
        match (client.state, &mut client.machine) {
            (Progress::Calling, ClientMachine::Invite(_)) => client.state = Progress::Unwanted,
            (Progress::Proceeding, ClientMachine::Invite(machine)) => {
                client.state = Progress::Cancelled;
                machine.set_give_up(now + Timers::default().transaction_timeout());
                let (cancel, destination) = (cancel_of(&client.request), client.destination);
                self.start(None, cancel, destination, now);
            }
            _ => {}
        }
    }

    fn reply(
        &mut self,
        id: u64,
        status: StatusCode,
        headers: &[(HeaderName, String)],
        now: Timestamp,
    ) {
        let server = self.servers.get_mut(&id).unwrap();
        server.is_answered = status.is_final();
        let mut builder = ResponseBuilder::for_request(&server.request, status);
        if status != StatusCode::TRYING {
            builder = builder.to_tag(&format!("proxy{id}"));
        }
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let response = builder.build().unwrap();
        self.respond(id, &response, now);
    }

    fn respond(&mut self, id: u64, response: &Response, now: Timestamp) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let (status, datagram) = (response.status(), response.to_bytes());
        match &mut server.machine {
            ServerMachine::Invite(machine) => machine.respond(status, datagram, now),
            ServerMachine::NonInvite(machine) => machine.respond(status, datagram, now),
        }
        self.drain_server(id);
    }

    fn drain_server(&mut self, id: u64) {
        loop {
            let Some(server) = self.servers.get_mut(&id) else { return };
            let output = match &mut server.machine {
                ServerMachine::Invite(machine) => machine.poll_output(),
                ServerMachine::NonInvite(machine) => machine.poll_output(),
            };
            let source = server.source;
            match output {
                Some(ServerOutput::Send(datagram)) => self.send(source, datagram),
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Forgets what is over.
    fn sweep(&mut self) {
        self.servers.retain(|_, server| {
            let is_over = match &server.machine {
                ServerMachine::Invite(machine) => machine.is_terminated(),
                ServerMachine::NonInvite(machine) => machine.is_terminated(),
            };
            if is_over {
                self.by_request.remove(&server.key);
            }
            !is_over
        });
        self.clients.retain(|_, client| match &client.machine {
            ClientMachine::Invite(machine) => !machine.is_terminated(),
            ClientMachine::NonInvite(machine) => !machine.is_terminated(),
        });
    }

    fn via(&mut self) -> Via {
        self.next_number += 1;
        let (address, number) = (self.config.address, self.next_number);
        let branch = format!("z9hG4bKp{}x{number}", address.port());
        Via::new(Transport::Udp, Host::from(address.ip()), Some(address.port()), &branch).unwrap()
    }

    fn translate(&self, request: &mut Request) {
        if let Some((inside, outside)) = self.config.translates
            && !request.body().is_empty()
        {
            let body = exchange(&request.body(), inside, outside);
            request.set_body("application/sdp", body).unwrap();
        }
    }

    fn translate_back(&self, response: &mut Response) {
        if let Some((inside, outside)) = self.config.translates
            && !response.body().is_empty()
        {
            let body = exchange(&response.body(), inside, outside);
            response.set_body("application/sdp", body).unwrap();
        }
    }

    fn send(&mut self, to: SocketAddr, datagram: Bytes) {
        self.outputs.push_back((to, datagram));
    }
}
