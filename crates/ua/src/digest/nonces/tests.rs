use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const LIFETIME: Duration = Duration::from_secs(300);
const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn nonces(capacity: usize) -> Nonces {
    Nonces::new(LIFETIME, capacity, &[1; 32])
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

/// Reads and redeems, as a request with a right response does.
fn redeem(nonces: &mut Nonces, nonce: &str, how: Use, now: Timestamp) -> NonceVerdict {
    match nonces.read(nonce.as_bytes(), CLIENT, now) {
        Some(issue) => nonces.redeem(issue, how, None, now),
        None => NonceVerdict::Stale,
    }
}

#[test]
fn a_nonce_is_good_once_for_each_count() {
    let mut nonces = nonces(10);
    let nonce = nonces.issue(CLIENT, at(1));
    let mut redeem = |count| redeem(&mut nonces, &nonce, Use::Counted(count), at(2));
    assert_eq!(redeem(1), NonceVerdict::Fresh);
    assert_eq!(redeem(1), NonceVerdict::Stale);
    assert_eq!(redeem(3), NonceVerdict::Fresh);
    assert_eq!(redeem(2), NonceVerdict::Fresh, "reordered, not replayed");
    assert_eq!(redeem(2), NonceVerdict::Stale);
    assert_eq!(redeem(200), NonceVerdict::Fresh);
    assert_eq!(redeem(4), NonceVerdict::Stale, "too far behind to know");
    assert_eq!(redeem(u32::MAX), NonceVerdict::Fresh);
    assert_eq!(redeem(u32::MAX), NonceVerdict::Stale);
}

#[test]
fn a_nonce_without_a_count_is_good_once() {
    let mut nonces = nonces(10);
    let nonce = nonces.issue(CLIENT, at(1));
    assert_eq!(redeem(&mut nonces, &nonce, Use::Once, at(2)), NonceVerdict::Fresh);
    for how in [Use::Once, Use::Counted(1), Use::Counted(7), Use::Counted(u32::MAX)] {
        assert_eq!(redeem(&mut nonces, &nonce, how, at(2)), NonceVerdict::Stale, "{how:?}");
    }
    let counted = nonces.issue(CLIENT, at(1));
    assert_eq!(redeem(&mut nonces, &counted, Use::Counted(1), at(2)), NonceVerdict::Fresh);
    assert_eq!(redeem(&mut nonces, &counted, Use::Once, at(2)), NonceVerdict::Stale);
}

#[test]
fn a_nonce_dies_of_age_and_a_foreign_one_was_never_alive() {
    let mut ours = nonces(10);
    let nonce = ours.issue(CLIENT, at(1));
    assert!(ours.read(nonce.as_bytes(), CLIENT, at(300)).is_some());
    assert_eq!(ours.read(nonce.as_bytes(), CLIENT, at(301)), None);
    assert_eq!(ours.read(nonce.as_bytes(), CLIENT, at(0)), None, "before it was issued");
    let restarted = Nonces::new(LIFETIME, 10, &[9; 32]);
    assert_eq!(restarted.read(nonce.as_bytes(), CLIENT, at(2)), None);
    let forged = format!("{}{}", nonce.get(..32).unwrap(), "0".repeat(32));
    let longer = format!("{nonce}0");
    let upper = nonce.to_uppercase();
    for foreign in ["", "short", &forged, &nonce[1..], &nonce[..63], &longer, &upper] {
        assert_eq!(ours.read(foreign.as_bytes(), CLIENT, at(2)), None, "{foreign}");
    }
}

#[test]
fn a_nonce_is_for_the_host_that_it_was_sent_to() {
    let mut nonces = nonces(10);
    let nonce = nonces.issue(CLIENT, at(1));
    let neighbour = "192.0.2.200".parse().unwrap();
    let elsewhere = "203.0.113.1".parse().unwrap();
    assert!(nonces.read(nonce.as_bytes(), CLIENT, at(2)).is_some());
    for other in [neighbour, elsewhere] {
        assert_eq!(nonces.read(nonce.as_bytes(), other, at(2)), None);
    }
}

#[test]
fn memory_is_bounded_and_what_leaves_it_cannot_be_replayed() {
    let mut nonces = nonces(5);
    let issued: Vec<_> = (0..8).map(|second| nonces.issue(CLIENT, at(second))).collect();
    let once = Use::Counted(1);
    for nonce in &issued {
        assert_eq!(redeem(&mut nonces, nonce, once, at(9)), NonceVerdict::Fresh);
    }
    assert_eq!(nonces.len(), 5);
    for nonce in &issued {
        assert_eq!(redeem(&mut nonces, nonce, once, at(9)), NonceVerdict::Stale);
    }
    let second = Use::Counted(2);
    assert_eq!(redeem(&mut nonces, &issued[7], second, at(9)), NonceVerdict::Fresh);
    let late = nonces.issue(CLIENT, at(1_000));
    assert_eq!(redeem(&mut nonces, &late, once, at(1_000)), NonceVerdict::Fresh);
    assert_eq!(nonces.len(), 1, "the old ones have expired");
}

#[test]
fn nonces_differ() {
    let mut nonces = nonces(5);
    let all: BTreeSet<_> = (0..1_000).map(|_| nonces.issue(CLIENT, at(0))).collect();
    assert_eq!(all.len(), 1_000);
}

proptest! {
    #[test]
    fn no_count_is_admitted_twice(counts in proptest::collection::vec(0_u32..200, 1..300)) {
        let mut state = Counts { highest: counts[0], below: 0 };
        let mut seen = BTreeSet::from([counts[0]]);
        for count in &counts[1..] {
            let highest = *seen.last().unwrap();
            let expected = !seen.contains(count) && count + 64 >= highest;
            prop_assert_eq!(state.admit(*count), expected, "{} after {:?}", count, seen);
            if expected {
                seen.insert(*count);
            }
        }
    }

    #[test]
    fn no_nonce_and_count_are_accepted_twice(
        capacity in 1_usize..6,
        steps in proptest::collection::vec((0_usize..12, 0_u32..6, 0_u64..40), 1..200),
    ) {
        let mut nonces = nonces(capacity);
        let mut issued = Vec::new();
        let mut accepted = BTreeSet::new();
        let mut now = Timestamp::ZERO;
        for (which, count, pause) in steps {
            now += Duration::from_secs(pause);
            issued.push(nonces.issue(CLIENT, now));
            let nonce = &issued[issued.len() - 1 - which.min(issued.len() - 1)];
            let how = if count == 0 { Use::Once } else { Use::Counted(count) };
            if redeem(&mut nonces, nonce, how, now) == NonceVerdict::Fresh {
                prop_assert!(accepted.insert((nonce.clone(), count)));
                let with_nonce = accepted.range((nonce.clone(), 0)..=(nonce.clone(), 9));
                let counts: Vec<_> = with_nonce.map(|(_, count)| *count).collect();
                prop_assert!(!counts.contains(&0) || counts.len() == 1, "{:?}", counts);
            }
            prop_assert!(nonces.len() <= capacity);
        }
    }

    #[test]
    fn whatever_comes_back_is_read_or_not(nonce in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(nonces(1).read(&nonce, CLIENT, at(1)), None);
    }
}
