use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener as StdListener, TcpStream as StdStream, UdpSocket as StdUdp},
};

use centrala_sip::Message;
use mio::{Events, Poll};

use super::{tickets::ticket, *};

const FIRST: usize = 1;

/// Sockets and what came from them, in a time of their own.
struct Bench {
    poll: Poll,
    events: Events,
    transports: Transports,
    now: Timestamp,
    arrivals: Vec<Arrival>,
    /// How long a turn waits for something to come.
    patience: Duration,
}

impl Bench {
    fn new(listen: &[&str], limits: StreamLimits) -> Self {
        let poll = Poll::new().unwrap();
        let registry = poll.registry().try_clone().unwrap();
        let listen: Vec<Listen> = listen.iter().map(|text| text.parse().unwrap()).collect();
        let transports = Transports::bind(&listen, limits, registry, FIRST, 7).unwrap();
        let events = Events::with_capacity(64);
        let (now, arrivals, patience) = (Timestamp::ZERO, Vec::new(), Duration::from_millis(10));
        Self { poll, events, transports, now, arrivals, patience }
    }

    fn local(&self, place: usize) -> SocketAddr {
        self.transports.locals().nth(place).unwrap().1
    }

    /// One turn of a loop; the poll waits for a moment, and the time of the sockets stands still.
    fn turn(&mut self) {
        self.transports.flush(self.now);
        let more = self.transports.has_more();
        let patience = if more { Duration::ZERO } else { self.patience };
        self.poll.poll(&mut self.events, Some(patience)).unwrap();
        for event in &self.events {
            self.transports.handle_event(event, self.now);
        }
        self.transports.take(self.now);
        self.transports.handle_timeout(self.now);
        let arrivals = &mut self.arrivals;
        self.transports.hand_over(64, self.now, |arrival| arrivals.push(arrival));
    }

    /// Turns until something holds.
    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            self.turn();
            if holds(self) {
                return;
            }
        }
        panic!(
            "in vain: {what}; {} have come, {} are connected",
            self.arrivals.len(),
            self.connections()
        );
    }

    fn later(&mut self, by: Duration) {
        self.now += by;
        self.turn();
    }

    fn send(&mut self, flow: Flow, octets: &'static [u8], number: Option<usize>) {
        let octets = Bytes::from_static(octets);
        self.transports.send(flow, &octets, number.map(ticket), self.now);
    }

    fn connections(&self) -> usize {
        self.transports.connections.len()
    }

    fn messages(&self) -> Vec<(Flow, Message)> {
        let all = self.arrivals.iter().filter_map(|arrival| match arrival {
            Arrival::Frame(flow, frame) => match &**frame {
                Frame::Message(message) => Some((*flow, message.clone())),
                _ => None,
            },
            _ => None,
        });
        all.collect()
    }

    fn unsent(&self) -> Vec<Ticket> {
        let all = self.arrivals.iter().filter_map(|arrival| match arrival {
            Arrival::Unsent(ticket) => Some(*ticket),
            _ => None,
        });
        all.collect()
    }
}

/// What a test does not choose itself, the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

const OPTIONS: &[u8] =
    b"OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKx\r\n\
    Content-Length: 0\r\n\r\n";
const RESPONSE: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

fn peer(to: SocketAddr) -> StdStream {
    let stream = StdStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Returns a connection from another address of the loopback network.
fn peer_from(from: [u8; 4], to: SocketAddr) -> StdStream {
    let kind = socket2::Type::STREAM;
    let socket = socket2::Socket::new(socket2::Domain::IPV4, kind, None).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

/// Reads so many octets.
fn read(stream: &mut StdStream, count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    stream.read_exact(&mut octets).unwrap();
    octets
}

/// Returns whether the other side has closed a connection.
fn is_closed(stream: &mut StdStream) -> bool {
    matches!(stream.read(&mut [0; 64]), Ok(0))
        || stream.take_error().is_ok_and(|error| error.is_some())
}

#[test]
fn datagrams_of_both_families_come_and_go_on_their_own_sockets() {
    let mut bench =
        Bench::new(&["udp:127.0.0.1:0", "udp:[::1]:0", "tcp:127.0.0.1:0"], StreamLimits::default());
    let carriers: Vec<_> = bench.transports.interfaces().iter().map(|it| it.carrier).collect();
    assert_eq!(carriers, [Carrier::Udp, Carrier::Udp, Carrier::Tcp]);
    for (place, own) in [(0, "127.0.0.1:0"), (1, "[::1]:0")] {
        let peer = StdUdp::bind(own).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        peer.send_to(b"hello", bench.local(usize::from(place))).unwrap();
        bench.until("a datagram", |bench| !bench.arrivals.is_empty());
        let flow = match bench.arrivals.remove(0) {
            Arrival::Datagram(flow, octets, _) if octets == "hello" => flow,
            other => panic!("{other:?}"),
        };
        let source = peer.local_addr().unwrap();
        assert_eq!(flow, Flow::datagram(InterfaceId::new(place), source));
        bench.send(flow, b"answer", None);
        let mut buffer = [0; 16];
        let (length, from) = peer.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (&b"answer"[..], bench.local(usize::from(place))));
    }
}

#[test]
fn nothing_is_left_behind_by_a_full_batch_and_what_waits_is_seen() {
    let mut bench = Bench::new(&["udp:127.0.0.1:0"], StreamLimits::default());
    let peer = StdUdp::bind("127.0.0.1:0").unwrap();
    for number in 0..200_u32 {
        peer.send_to(&number.to_be_bytes(), bench.local(0)).unwrap();
    }
    bench.until("the first batch", |bench| bench.arrivals.len() == 64);
    assert_eq!(bench.transports.backlog(), Duration::ZERO);
    assert!(bench.transports.has_more());
    bench.later(Duration::from_millis(150));
    assert_eq!(bench.transports.backlog(), Duration::from_millis(150), "the second has waited");
    bench.until("all", |bench| bench.arrivals.len() == 200);
    bench.turn();
    assert!(!bench.transports.has_more());
    assert_eq!(bench.transports.backlog(), Duration::ZERO);
    let numbers = bench.arrivals.iter().map(|arrival| match arrival {
        Arrival::Datagram(_, octets, _) => u32::from_be_bytes(octets[..].try_into().unwrap()),
        other => panic!("{other:?}"),
    });
    assert!(numbers.eq(0..200), "in their order");
}

#[test]
fn what_cannot_be_sent_comes_back() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let nobody = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for number in 0..3 {
        bench.send(Flow::to(Carrier::Tcp, nobody), b"BYE", Some(number));
    }
    bench.send("[::1]:5060".parse().unwrap(), b"BYE", Some(3));
    bench.until("the tickets", |bench| bench.unsent().len() == 4);
    let mut unsent = bench.unsent();
    unsent.sort();
    assert_eq!(unsent, [0, 1, 2, 3].map(ticket));
    assert_eq!(bench.connections(), 0);
}

#[test]
fn a_request_goes_over_an_open_connection_and_else_over_a_new_one_for_all_that_follow() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let (server, port) = (bench.local(1), StdListener::bind("127.0.0.1:0").unwrap());
    // Who has connected to us is reached on his connection, named or not.
    let mut client = peer(server);
    client.write_all(OPTIONS).unwrap();
    bench.until("a request", |bench| bench.messages().len() == 1);
    let (flow, _) = bench.messages()[0];
    assert_eq!(flow.remote(), client.local_addr().unwrap());
    assert_eq!((flow.carrier(), flow.interface()), (Carrier::Tcp, Some(InterfaceId::new(1))));
    bench.send(flow, b"one", None);
    bench.send(Flow::to(Carrier::Tcp, flow.remote()), b"two", None);
    bench.turn();
    assert_eq!(read(&mut client, 6), b"onetwo");
    // And anybody else on one connection of ours.
    let other = Flow::to(Carrier::Tcp, port.local_addr().unwrap());
    bench.send(other, b"BYE", Some(0));
    bench.send(other, b"INFO", Some(1));
    bench.turn();
    let (mut accepted, _) = port.accept().unwrap();
    bench.until("connected", |bench| bench.transports.connections.waiting_since().is_none());
    bench.turn();
    assert_eq!(read(&mut accepted, 7), b"BYEINFO");
    assert_eq!((bench.connections(), bench.unsent()), (2, vec![]));
}

#[test]
fn an_answer_to_a_connection_that_is_gone_goes_where_its_via_says_if_somebody_remembers_it() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let mut client = peer(bench.local(1));
    client.write_all(OPTIONS).unwrap();
    bench.until("a request", |bench| bench.messages().len() == 1);
    let (flow, _) = bench.messages()[0];
    // An answer is owed, so that the half that still works stays; then all of it is gone.
    client.shutdown(Shutdown::Write).unwrap();
    bench.turn();
    assert_eq!(bench.connections(), 1);
    bench.now += StreamLimits::default().half_closed;
    bench.until("the connection is gone", |bench| bench.connections() == 0);

    let port = StdListener::bind("127.0.0.1:0").unwrap();
    let flow = flow.with_remote(port.local_addr().unwrap());
    bench.send(flow, RESPONSE, None);
    assert_eq!(bench.connections(), 0, "nobody remembers it");
    bench.send(flow, RESPONSE, Some(0));
    bench.turn();
    let (mut accepted, _) = port.accept().unwrap();
    bench.turn();
    bench.turn();
    assert_eq!(read(&mut accepted, RESPONSE.len()), RESPONSE);
}

#[test]
fn who_has_closed_his_half_still_gets_his_answer_and_then_the_connection_ends() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let mut client = peer(bench.local(1));
    client.write_all(OPTIONS).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    bench.until("a request", |bench| bench.messages().len() == 1);
    bench.turn();
    let (flow, _) = bench.messages()[0];
    bench.send(flow, RESPONSE, Some(0));
    bench.until("the end", |bench| bench.connections() == 0);
    assert_eq!(read(&mut client, RESPONSE.len()), RESPONSE);
    assert!(is_closed(&mut client));
    assert_eq!(bench.unsent(), []);
}

#[test]
fn silent_connections_of_one_source_are_limited_and_another_source_is_served() {
    let limits = StreamLimits::default();
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let server = bench.local(1);
    let mut silent: Vec<_> = (0..200).map(|_| peer(server)).collect();
    bench.until("all of them", |bench| bench.connections() == 200);
    let mut other = peer_from([127, 0, 0, 2], server);
    other.write_all(OPTIONS).unwrap();
    bench.until("the other's request", |bench| bench.messages().len() == 1);
    // One speaks in time, and is none of them.
    silent[0].write_all(OPTIONS).unwrap();
    bench.later(limits.grace);
    assert_eq!(bench.connections(), limits.silent_of_source + 2);
    let (closed, kept) = silent.split_at_mut(200 - limits.silent_of_source);
    assert!(closed[1..].iter_mut().all(is_closed), "the oldest are closed");
    kept[0].write_all(OPTIONS).unwrap();
    bench.until("three requests", |bench| bench.messages().len() == 3);
    // Time runs out for the silent ones, and not for who has spoken.
    bench.later(limits.silence);
    assert_eq!(bench.connections(), 3);
}

#[test]
fn all_telephones_of_an_office_may_come_back_at_once() {
    let limits = StreamLimits::default();
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let mut telephones: Vec<_> = (0..300).map(|_| peer(bench.local(1))).collect();
    bench.until("all connections", |bench| bench.connections() == 300);
    for telephone in &mut telephones {
        telephone.write_all(OPTIONS).unwrap();
    }
    bench.now += limits.grace;
    bench.until("all requests", |bench| bench.messages().len() == 300);
    assert_eq!(bench.connections(), 300);
}

#[test]
fn a_head_that_trickles_is_closed_however_often_an_octet_comes() {
    let limits = StreamLimits::default();
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let mut loris = peer(bench.local(1));
    loris.write_all(b"\r\nOPT").unwrap();
    bench.until("the connection", |bench| bench.connections() == 1);
    bench.turn();
    for octet in b"IONS sip:" {
        loris.write_all(&[*octet]).unwrap();
        bench.later(Duration::from_secs(1));
        bench.turn();
    }
    assert_eq!(bench.connections(), 1);
    bench.later(Duration::from_secs(1));
    assert_eq!(bench.connections(), 0);
    assert!(is_closed(&mut loris));
}

#[test]
fn who_does_not_read_is_closed_and_his_messages_come_back() {
    let limits = StreamLimits { octets_unwritten: 1 << 20, ..StreamLimits::default() };
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let mut deaf = peer(bench.local(1));
    deaf.write_all(OPTIONS).unwrap();
    bench.until("a request", |bench| bench.messages().len() == 1);
    let (flow, _) = bench.messages()[0];
    let large = Bytes::from(vec![b'x'; 1 << 19]);
    let mut count = 0;
    while bench.connections() == 1 && count < 100 {
        bench.transports.send(flow, &large, Some(ticket(0)), bench.now);
        bench.turn();
        count += 1;
    }
    assert!((2..100).contains(&count), "the kernel's buffers and ours were full after {count}");
    let lost = bench.unsent().len();
    assert!((1..=3).contains(&lost), "{lost} of {count}: what the kernel took is on its way");

    // One that reads a little, and then nothing: its time runs out.
    let mut slow = peer(bench.local(1));
    slow.write_all(OPTIONS).unwrap();
    bench.until("a request", |bench| bench.messages().len() == 2);
    let (flow, _) = bench.messages()[1];
    while bench.transports.poll_timeout() != Some(bench.now + limits.stall) {
        bench.transports.send(flow, &large, None, bench.now);
        bench.turn();
        assert_eq!(bench.connections(), 1);
    }
    bench.later(limits.stall);
    assert_eq!(bench.connections(), 0);
}

#[test]
fn all_connections_of_a_source_together_hold_a_bounded_amount() {
    let limits = StreamLimits { octets_of_source: 10_000, ..StreamLimits::default() };
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let head = [b"OPTIONS sip:x SIP/2.0\r\nX: ".to_vec(), vec![b'x'; 3_000]].concat();
    let mut greedy: Vec<_> = (0..6).map(|_| peer(bench.local(1))).collect();
    for stream in &mut greedy {
        stream.write_all(&head).unwrap();
    }
    bench.until("all are accepted", |bench| bench.connections() > 3);
    for _ in 0..20 {
        bench.turn();
    }
    assert_eq!(bench.connections(), 3, "three of 3,025 octets fit");
    let mut other = peer_from([127, 0, 0, 3], bench.local(1));
    other.write_all(&head).unwrap();
    bench.until("another source", |bench| bench.connections() == 4);
}

#[test]
fn a_broken_stream_gets_its_answer_though_more_was_sent_and_is_closed() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let mut client = peer(bench.local(1));
    client.write_all(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n").unwrap();
    client.write_all(&[b'x'; 50_000]).unwrap();
    let broken = |bench: &Bench| {
        bench.arrivals.iter().find_map(|arrival| match arrival {
            Arrival::Broken(flow, error) => Some((*flow, error.cause().status())),
            _ => None,
        })
    };
    bench.until("the break", |bench| broken(bench).is_some());
    let (flow, status) = broken(&bench).unwrap();
    assert_eq!(status.map(|status| status.as_u16()), Some(400));
    bench.send(flow, RESPONSE, None);
    bench.turn();
    assert_eq!(read(&mut client, RESPONSE.len()), RESPONSE);
    assert!(is_closed(&mut client));
    drop(client);
    bench.until("the end", |bench| bench.connections() == 0);
    assert_eq!(bench.arrivals.len(), 1, "nothing behind the break is read");
}

#[test]
fn a_reset_gives_back_what_was_not_written_and_breaks_nothing_else() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let client = peer(bench.local(1));
    bench.until("the connection", |bench| bench.connections() == 1);
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    bench.until("the end", |bench| bench.connections() == 0);
    let mut other = peer(bench.local(1));
    other.write_all(OPTIONS).unwrap();
    bench.until("another request", |bench| bench.messages().len() == 1);
}

#[test]
fn idle_connections_are_asked_for_together_and_stay_if_a_flow_needs_them() {
    let limits = StreamLimits::default();
    let mut bench = Bench::new(&["127.0.0.1:0"], limits);
    let mut clients = [peer(bench.local(1)), peer(bench.local(1)), peer(bench.local(1))];
    for client in &mut clients {
        client.write_all(b"\r\n\r\n").unwrap();
        bench.later(Duration::from_secs(10));
    }
    bench.until("a ping of each", |bench| bench.arrivals.len() == 3);
    let idle = |bench: &Bench| match bench.arrivals.last() {
        Some(Arrival::Idle(flows)) => flows.clone(),
        _ => Vec::new(),
    };
    bench.now += limits.idle + Duration::from_secs(60);
    bench.turn();
    assert_eq!(idle(&bench).len(), 3, "one look for all of a minute");
    // One is the way of a registration, one is to an address that a call needs by any connection.
    let [first, second, third] = [0, 1, 2].map(|place| {
        let local = clients[place].local_addr().unwrap();
        *idle(&bench).iter().find(|flow| flow.remote() == local).unwrap()
    });
    let elsewhere = "192.0.2.1:5060".parse().unwrap();
    let needed = [first.with_remote(elsewhere), Flow::to(Carrier::Tcp, second.remote())];
    bench.transports.close_unused(&idle(&bench), needed.into_iter());
    assert_eq!(bench.connections(), 2);
    assert!(is_closed(&mut clients[2]), "nobody needs {third}");
    bench.arrivals.clear();
    bench.now += limits.idle + Duration::from_secs(60);
    bench.turn();
    assert_eq!(idle(&bench).len(), 2, "they are asked for again");
}

#[test]
fn two_requests_in_one_segment_and_one_in_single_octets_come_as_three() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    let mut client = peer(bench.local(1));
    client.set_nodelay(true).unwrap();
    client.write_all(&[OPTIONS, OPTIONS].concat()).unwrap();
    for octet in OPTIONS {
        client.write_all(&[*octet]).unwrap();
        if octet % 8 == 0 {
            bench.turn();
        }
    }
    bench.until("three requests", |bench| bench.messages().len() == 3);
    assert!(bench.messages().iter().all(|(_, message)| message.to_bytes() == OPTIONS));
}

#[test]
fn what_a_connection_pours_in_is_handed_over_in_parts_beside_the_datagrams_and_none_is_lost() {
    let mut bench = Bench::new(&["tcp:127.0.0.1:0", "udp:127.0.0.1:0"], StreamLimits::default());
    let (mut greedy, modest) = (peer(bench.local(0)), StdUdp::bind("127.0.0.1:0").unwrap());
    let pings = 20_000;
    let octets = b"\r\n\r\n".repeat(pings);
    let pouring = std::thread::spawn(move || {
        greedy.write_all(&octets).unwrap();
        greedy
    });
    bench.until("pings", |bench| !bench.arrivals.is_empty());
    modest.send_to(OPTIONS, bench.local(1)).unwrap();
    let (mut come, mut datagram_after) = (0, None);
    for _ in 0..5_000 {
        let is_over = come == pings && datagram_after.is_some();
        if is_over {
            break;
        }
        let frames = bench.arrivals.iter().filter(|one| matches!(one, Arrival::Frame(..))).count();
        assert!(frames <= 64, "{frames} in one turn");
        if bench.arrivals.iter().any(|one| matches!(one, Arrival::Datagram(..))) {
            datagram_after = Some(come);
        }
        come += frames;
        bench.arrivals.clear();
        bench.turn();
    }
    assert_eq!(come, pings);
    assert!(datagram_after.is_some_and(|after| after < 640), "{datagram_after:?}");
    drop(pouring.join());
}

#[test]
fn a_connection_that_is_not_made_in_time_is_given_up() {
    let mut bench = Bench::new(&["127.0.0.1:0"], StreamLimits::default());
    // Whoever lets one wait and accepts none drops what comes after it.
    let deaf = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    deaf.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    deaf.listen(0).unwrap();
    let address = deaf.local_addr().unwrap().as_socket().unwrap();
    let _waiting = peer(address);
    for number in 0..2 {
        bench.send(Flow::to(Carrier::Tcp, address), b"BYE", Some(number));
        bench.turn();
    }
    assert_eq!((bench.connections(), bench.unsent()), (1, vec![]));
    bench.later(StreamLimits::default().connect);
    assert_eq!(bench.unsent(), [ticket(0), ticket(1)]);
    assert!(bench.transports.connections.is_forgotten());
}

#[test]
fn whatever_peers_do_nothing_is_remembered_of_them_when_they_are_gone() {
    for seed in 1..=5 {
        let mut dice = Dice(seed);
        let mut bench = Bench::new(&["127.0.0.1:0", "tcp:127.0.0.1:0"], StreamLimits::default());
        bench.patience = Duration::from_millis(1);
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut peers: Vec<StdStream> = Vec::new();
        let pieces: [&[u8]; 6] =
            [OPTIONS, &OPTIONS[..40], b"\r\n\r\n", b"\r", b"rubbish\n", RESPONSE];
        for _ in 0..300 {
            let chosen = usize::try_from(dice.below(64)).unwrap();
            let one = peers.len().checked_sub(1).map(|last| chosen.min(last));
            match (dice.below(8), one) {
                (0 | 1, _) => {
                    let place = if dice.below(2) == 0 { 1 } else { 2 };
                    let last = u8::try_from(dice.below(4)).unwrap() + 1;
                    peers.push(peer_from([127, 0, 0, last], bench.local(place)));
                }
                (2 | 3, Some(one)) => {
                    let piece = pieces[usize::try_from(dice.below(6)).unwrap()];
                    // It may have been closed by now.
                    drop(peers[one].write(piece));
                }
                (4, Some(one)) => drop(peers.swap_remove(one)),
                (5, Some(one)) => drop(peers[one].shutdown(Shutdown::Write)),
                (6, _) => {
                    for (flow, _) in bench.messages() {
                        bench.send(flow, RESPONSE, Some(0));
                    }
                    bench.send(
                        Flow::to(Carrier::Tcp, listener.local_addr().unwrap()),
                        b"BYE",
                        None,
                    );
                    bench.arrivals.clear();
                }
                _ => bench.now += Duration::from_millis(dice.below(3_000)),
            }
            if let Ok((accepted, _)) = listener.accept() {
                accepted.set_nonblocking(false).unwrap();
                peers.push(accepted);
            }
            bench.turn();
            assert!(bench.connections() <= 310);
        }
        peers.clear();
        drop(listener);
        for _ in 0..200 {
            bench.turn();
            let Some(next) = bench.transports.poll_timeout() else { break };
            bench.now = bench.now.max(next);
        }
        assert!(bench.transports.connections.is_forgotten(), "seed {seed}");
    }
}
