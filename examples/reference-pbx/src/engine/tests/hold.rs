//! Music on hold.

use super::*;

fn music() -> Vec<EncodedPrompt> {
    vec![prompt(60..63), EncodedPrompt::new(Codec::Pcma, vec![0x55; 800].into())]
}

fn hold(bench: &Bench, party: &mut Party, holds: bool) {
    party.connection.send = !holds;
    party.connect(bench);
}

#[test]
fn a_party_that_is_put_on_hold_hears_music_until_it_is_taken_back() {
    let bench = Bench::new();
    bench.engine.set_hold_music(music());
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    a.say(&frame(1));
    assert_eq!(b.hear().payload, frame(1));

    hold(&bench, &mut a, true);
    let heard: Vec<_> = (0..7).map(|_| b.hear()).collect();
    let frames: Vec<_> = heard.iter().map(|packet| packet.payload.clone()).collect();
    let expected: Vec<_> = [60, 61, 62, 60, 61, 62, 60].map(frame).into();
    assert_eq!(frames, expected, "over and over");
    assert_one_stream(&heard[1..]);
    // What a telephone sends while it holds, silence or noise of its own, is not mixed in.
    a.say(&frame(2));
    assert!(b.hear().payload != frame(2) && b.hear().payload != frame(2));

    hold(&bench, &mut a, false);
    bench.settle(&a);
    b.hear_all();
    b.assert_quiet();
    a.say(&frame(3));
    let back = b.hear();
    assert_eq!(back.payload, frame(3));
    assert_eq!(back.header.ssrc, heard[0].header.ssrc);
}

#[test]
fn a_prompt_is_heard_instead_of_music_and_music_again_after_it() {
    let bench = Bench::new();
    bench.engine.set_hold_music(music());
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    hold(&bench, &mut a, true);
    b.hear();
    bench.play(&b, 1, vec![prompt(1..3)], AtEnd::Finish);
    bench.event();
    let heard: Vec<_> = (0..10).map(|_| b.hear().payload).collect();
    let at = heard.iter().position(|payload| *payload == frame(1)).unwrap();
    assert_eq!(heard[at + 1], frame(2));
    assert!(heard[at + 2..].iter().all(|payload| (60..63).any(|it| *payload == frame(it))));
    // Whoever hangs up ends it.
    bench.engine.send(Command::Close { session: a.session });
    bench.event();
    b.hear_all();
    b.assert_quiet();
}

#[test]
fn music_is_in_the_codec_of_the_party_and_where_there_is_none_nothing_plays() {
    let bench = Bench::new();
    bench.engine.set_hold_music(music());
    for (codec, expected) in [(Codec::Pcma, Some(vec![0x55; 160])), (Codec::G722, None)] {
        let (mut a, b) = (Party::pcmu(&bench), Party::new(&bench, codec, Some(EVENTS)));
        bench.bridge(&a, &b);
        hold(&bench, &mut a, true);
        match expected {
            Some(payload) => assert_eq!(b.hear().payload, payload),
            None => b.assert_quiet(),
        }
    }
}

#[test]
fn two_that_hold_each_other_hear_nothing() {
    let bench = Bench::new();
    bench.engine.set_hold_music(music());
    let (mut a, mut b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    hold(&bench, &mut a, true);
    hold(&bench, &mut b, true);
    bench.settle(&a);
    a.hear_all();
    b.hear_all();
    a.assert_quiet();
    b.assert_quiet();
}
