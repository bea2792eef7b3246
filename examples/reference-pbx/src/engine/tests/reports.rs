//! Reports about sound.

use centrala_media::{RtcpConfig, RtcpPacket, RtcpPackets, RtcpSession, RtpReceiver, is_rtcp};

use super::*;

pub(super) fn since_1970() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}

/// What a report says: packets that were sent, packets that were lost, whether it is goodbye.
pub(super) fn read(datagram: &[u8]) -> (Option<u32>, Option<i32>, bool) {
    assert!(is_rtcp(datagram));
    let (mut sent, mut lost, mut leaves, mut named) = (None, None, false, false);
    for packet in RtcpPackets::parse(datagram).unwrap() {
        match packet.unwrap() {
            RtcpPacket::SenderReport { sender, mut blocks, .. } => {
                sent = Some(sender.packets);
                lost = blocks.next().map(|block| block.lost);
            }
            RtcpPacket::ReceiverReport { mut blocks, .. } => {
                lost = blocks.next().map(|block| block.lost);
            }
            RtcpPacket::SourceDescription { .. } => named = true,
            RtcpPacket::Goodbye { .. } => leaves = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(named, "RFC 3550 section 6.1 wants a name in each compound");
    (sent, lost, leaves)
}

#[test]
fn reports_go_where_sound_goes_and_tell_what_was_sent_and_lost() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    party.connection.rtcp = Rtcp::Multiplexed;
    party.connect(&bench);
    bench.play(&party, 1, vec![prompt(0..3)], AtEnd::Finish);
    bench.event();
    for number in [0, 1, 4] {
        if number == 4 {
            // Two that never arrive.
            for _ in 0..2 {
                let mut lost = [0; 172];
                party.sender.write(PayloadType::PCMU, &frame(9), 160, &mut lost).unwrap();
            }
        }
        party.say(&frame(number));
    }
    // The first report comes within a quarter to three quarters of the interval of five seconds.
    let mut sound = 0;
    let report = loop {
        let mut datagram = [0; 2_048];
        let (length, _) = party.socket.recv_from(&mut datagram).expect("a report");
        if is_rtcp(&datagram[..length]) {
            break datagram[..length].to_vec();
        }
        sound += 1;
    };
    assert_eq!(sound, 3);
    assert_eq!(read(&report), (Some(3), Some(2), false));

    bench.engine.send(Command::Close { session: party.session });
    let EngineEvent::Closed { report, .. } = bench.event() else { panic!("closed") };
    assert_eq!((report.received, report.lost, report.sent), (3, 2, 3));
    let mut datagram = [0; 2_048];
    let (length, _) = party.socket.recv_from(&mut datagram).expect("goodbye");
    assert_eq!(read(&datagram[..length]), (None, Some(2), true));
}

#[test]
fn what_a_party_reports_is_kept_and_what_a_stranger_reports_is_not() {
    let bench = Bench::new();
    let own = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let other = UdpSocket::bind(("127.0.0.2", 0)).unwrap();
    own.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut party = Party::pcmu(&bench);
    party.connection.rtcp = Rtcp::Separate(own.local_addr().unwrap());
    party.connect(&bench);
    party.say(&frame(1));
    bench.play(&party, 1, vec![prompt(0..2)], AtEnd::Finish);
    bench.event();
    let heard = [party.hear(), party.hear()];

    // It comes from the port behind that of the sound.
    let mut datagram = [0; 2_048];
    let (length, from) = own.recv_from(&mut datagram).expect("a report");
    assert_eq!(from.port(), party.engine.port() + 1);
    assert_eq!(read(&datagram[..length]), (Some(2), Some(0), false));

    // The party answers with what it has received: the second packet only.
    let mut receiver = RtpReceiver::new(8_000);
    receiver.handle_sound(&heard[0].header, Duration::ZERO);
    let mut late = heard[1].header;
    late.sequence = late.sequence.wrapping_add(5);
    receiver.handle_sound(&late, Duration::from_millis(20));
    let now = since_1970();
    let mut rtcp = RtcpSession::new(RtcpConfig::new("test"), 0, now);
    rtcp.handle_datagram(&datagram[..length], &party.sender, now).unwrap();
    let mut answer = [0; 256];
    let length = rtcp.write_report(&party.sender, &receiver, 0, now, &mut answer).unwrap();
    let mut lie = RtcpSession::new(RtcpConfig::new("stranger"), 0, now);
    let mut lies = [0; 256];
    late.sequence = late.sequence.wrapping_add(90);
    receiver.handle_sound(&late, Duration::from_millis(20));
    let lied = lie.write_report(&party.sender, &receiver, 0, now, &mut lies).unwrap();

    own.send_to(&answer[..length], from).unwrap();
    other.send_to(&lies[..lied], from).unwrap();
    own.send_to(b"no report at all", from).unwrap();
    bench.settle(&party);
    std::thread::sleep(QUIET);
    bench.engine.send(Command::Close { session: party.session });
    let EngineEvent::Closed { report, .. } = bench.event() else { panic!("closed") };
    assert_eq!(report.remote.unwrap().lost, 5);
    let round_trip = report.round_trip.unwrap();
    assert!(round_trip < Duration::from_secs(5), "{round_trip:?}");
    assert!(report.quality().unwrap().mos() > 4.0);
    assert!(report.remote_quality().unwrap().mos() < 2.0);
    let (length, _) = own.recv_from(&mut datagram).expect("goodbye");
    assert!(read(&datagram[..length]).2);
}

#[test]
fn without_an_agreement_nothing_is_reported_and_reports_are_no_sound() {
    let bench = Bench::new();
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    a.say(&frame(1));
    b.hear();
    let mut report = [0; 256];
    let mut rtcp = RtcpSession::new(RtcpConfig::new("test"), 0, since_1970());
    let receiver = RtpReceiver::new(8_000);
    let length = rtcp.write_report(&a.sender, &receiver, 0, since_1970(), &mut report).unwrap();
    a.socket.send_to(&report[..length], a.engine).unwrap();
    b.assert_quiet();
    bench.engine.send(Command::Close { session: a.session });
    let EngineEvent::Closed { report, .. } = bench.event() else { panic!("closed") };
    assert_eq!((report.received, report.strangers, report.remote), (1, 0, None));
    a.assert_quiet();
}

#[test]
fn comfort_noise_is_heard_in_a_recording() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    party.say(&frame(1));
    let mut packet = [0; 32];
    let length = party.sender.write(PayloadType::COMFORT_NOISE, &[40], 160, &mut packet).unwrap();
    party.socket.send_to(&packet[..length], party.engine).unwrap();
    std::thread::sleep(Duration::from_millis(400));
    bench.engine.send(Command::StopRecording { session: party.session });
    bench.event();
    let octets: Vec<u8> = sound.try_iter().flatten().collect();
    let mut samples = vec![0; octets.len()];
    Codec::Pcmu.decoder().decode(&octets, &mut samples);
    let end = &samples[samples.len() - 800..];
    let level = centrala_media::level::rms_dbm0(end);
    // 40 dB under a full square wave, which is 6.18 dB over 0 dBm0.
    assert!((-35.0..-32.5).contains(&level), "{level} dBm0 of noise");
}
