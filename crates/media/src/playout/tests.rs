use proptest::prelude::*;

use super::*;

/// A prompt whose frame `n` is filled with `first + n`.
fn prompt(first: u8, frames: u8) -> EncodedPrompt {
    let octets = (0..frames).flat_map(|n| [first + n; FRAME_SAMPLES]).collect::<Vec<_>>();
    EncodedPrompt::new(Codec::Pcmu, octets.into())
}

/// The first octet of each frame that is left.
fn rest(player: &mut Player) -> Vec<u8> {
    std::iter::from_fn(|| player.next_frame().map(|frame| frame[0])).collect()
}

fn player(prompts: impl IntoIterator<Item = EncodedPrompt>) -> Player {
    let mut player = Player::new();
    prompts.into_iter().for_each(|prompt| player.enqueue(prompt));
    player
}

#[test]
fn the_last_frame_is_filled_up_with_silence() {
    let prompt = EncodedPrompt::new(Codec::Pcma, vec![1; 161].into());
    assert_eq!(prompt.frames(), 2);
    let last = prompt.frame(1).unwrap();
    assert_eq!((last[0], &last[1..]), (1, [Codec::Pcma.silence(); 159].as_slice()));
    assert_eq!(prompt.frame(2), None);
    assert_eq!(prompt.frame(usize::MAX), None);
    assert_eq!(prompt.length(), Duration::from_millis(40));
}

#[test]
fn a_full_prompt_is_shared_and_not_copied() {
    let octets = Bytes::from(vec![1; 320]);
    let prompt = EncodedPrompt::new(Codec::Pcmu, octets.clone());
    assert_eq!(prompt.octets().as_ptr(), octets.as_ptr());
}

#[test]
fn samples_are_encoded() {
    let prompt = EncodedPrompt::from_samples(Codec::Pcmu, &[0, 8, -8]);
    assert_eq!(prompt.frame(0).unwrap()[..4], [0xff, 0xfe, 0x7e, 0xff]);
}

#[test]
fn silence_is_rounded_up_and_bounded() {
    let silence = EncodedPrompt::silence(Codec::Pcmu, Duration::from_millis(41));
    assert_eq!((silence.frames(), silence.octets()[0]), (3, 0xff));
    assert_eq!(EncodedPrompt::silence(Codec::Pcmu, Duration::MAX).length(), MAX_SILENCE);
}

#[test]
fn prompts_play_one_after_the_other() {
    let empty = EncodedPrompt::new(Codec::Pcmu, Bytes::new());
    let mut player = player([prompt(10, 2), empty.clone(), prompt(20, 1), empty]);
    assert!(!player.is_finished());
    assert_eq!(rest(&mut player), [10, 11, 20]);
    assert!(player.is_finished());
    player.enqueue(prompt(30, 1));
    assert!(!player.is_finished());
    assert_eq!(rest(&mut player), [30]);
}

#[test]
fn a_paused_player_keeps_its_place() {
    let mut player = player([prompt(10, 3)]);
    player.next_frame();
    player.pause();
    assert_eq!(player.next_frame(), None);
    assert!(!player.is_finished());
    player.resume();
    assert_eq!(rest(&mut player), [11, 12]);
}

#[test]
fn seeking_crosses_joints_and_stops_at_the_ends() {
    let forty = Duration::from_millis(40);
    let mut player = player([prompt(10, 3), prompt(20, 3)]);
    player.seek_forward(forty * 2);
    assert_eq!(player.next_frame().unwrap()[0], 21);
    assert_eq!(player.position(), Duration::from_millis(100));
    player.seek_back(Duration::from_millis(60));
    assert_eq!(player.next_frame().unwrap()[0], 12);
    player.seek_back(Duration::MAX);
    assert_eq!(player.position(), Duration::ZERO);
    player.seek_forward(Duration::MAX);
    assert_eq!(player.next_frame(), None);
    assert_eq!(player.position(), player.length());
    player.seek_back(forty);
    assert_eq!(rest(&mut player), [21, 22]);
    player.restart();
    assert_eq!(rest(&mut player).len(), 6);
}

#[test]
fn a_cleared_player_plays_what_comes_next() {
    let mut player = player([prompt(10, 3)]);
    player.next_frame();
    player.pause();
    player.clear();
    assert!(player.is_finished());
    player.enqueue(prompt(20, 1));
    assert_eq!(rest(&mut player), [20]);
}

#[test]
fn an_empty_player_is_finished_whatever_is_asked_of_it() {
    let mut player = Player::new();
    player.seek_forward(Duration::from_secs(1));
    player.seek_back(Duration::from_secs(1));
    player.restart();
    assert_eq!(player.next_frame(), None);
    assert!(player.is_finished());
    assert_eq!(player.position(), Duration::ZERO);
}

proptest! {
    #[test]
    fn no_order_of_commands_loses_the_place(
        lengths in proptest::collection::vec(0..4_u8, 0..4),
        commands in proptest::collection::vec((0..6_u8, 0..12_u64), 0..40),
    ) {
        let mut player = player(lengths.iter().map(|&frames| prompt(0, frames)));
        let total = usize::from(lengths.iter().sum::<u8>());
        let mut at = 0_usize;
        for (command, frames) in commands {
            let distance = Duration::from_millis(20 * frames);
            let step = usize::try_from(frames).unwrap();
            match command {
                0 => { player.seek_back(distance); at = at.saturating_sub(step); }
                1 => { player.seek_forward(distance); at = (at + step).min(total); }
                2 => { player.restart(); at = 0; }
                3 => player.pause(),
                4 => player.resume(),
                _ => at += usize::from(player.next_frame().is_some()),
            }
            prop_assert_eq!(player.position(), Duration::from_millis(20 * u64::try_from(at).unwrap()));
            prop_assert_eq!(player.is_finished(), at == total);
        }
    }
}
