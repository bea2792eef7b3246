use super::*;

const ALICE: UserId = UserId(1);
const BOB: UserId = UserId(2);

/// A clock, and guesses that are all different.
struct Trial {
    guesses: Guesses,
    now: Timestamp,
    mark: u64,
}

impl Trial {
    fn new(change: impl FnOnce(&mut GuessLimits)) -> Self {
        let mut limits = GuessLimits::default();
        change(&mut limits);
        Self { guesses: Guesses::new(limits), now: Timestamp::ZERO, mark: 0 }
    }

    /// Fails as often as allowed within `times`. Returns how often that was.
    fn fail(&mut self, user: UserId, source: &str, times: u32) -> u32 {
        let source = source.parse().unwrap();
        (0..times)
            .take_while(|_| {
                self.mark += 1;
                let is_heard = !self.guesses.is_locked_out(user, source, self.now);
                if is_heard {
                    self.guesses.note_failure(user, source, self.mark, self.now);
                }
                is_heard
            })
            .fold(0, |count, _| count + 1)
    }

    fn succeed(&mut self, user: UserId, source: &str) {
        self.guesses.note_success(user, source.parse().unwrap(), self.now);
    }

    fn is_heard(&self, user: UserId, source: &str) -> bool {
        !self.guesses.is_locked_out(user, source.parse().unwrap(), self.now)
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

#[test]
fn a_user_is_locked_out_where_he_fails_and_nowhere_else() {
    let mut trial = Trial::new(|_| {});
    assert_eq!(trial.fail(ALICE, "192.0.2.1:5060", 99), 11);
    assert!(!trial.is_heard(ALICE, "192.0.2.1:5060"));
    assert!(!trial.is_heard(ALICE, "192.0.2.1:6000"), "another port");
    assert!(!trial.is_heard(ALICE, "192.0.2.99:5060"), "a neighbour");
    assert!(trial.is_heard(ALICE, "203.0.113.1:5060"), "another network");
    assert!(trial.is_heard(BOB, "192.0.2.1:5060"), "another user");
}

#[test]
fn each_failure_after_the_first_lockout_doubles_it() {
    let mut trial = Trial::new(|_| {});
    trial.fail(ALICE, "192.0.2.1:5060", 11);
    let mut periods = Vec::new();
    for _ in 0..8 {
        let mut period = 0;
        while !trial.is_heard(ALICE, "192.0.2.1:5060") {
            trial.wait(60);
            period += 1;
        }
        periods.push(period);
        assert_eq!(trial.fail(ALICE, "192.0.2.1:5060", 9), 1);
    }
    assert_eq!(periods, [1, 2, 4, 8, 16, 32, 60, 60], "minutes, at most an hour");
    trial.wait(2 * 3_600);
    assert_eq!(trial.fail(ALICE, "192.0.2.1:5060", 99), 11, "forgiven after silence");
}

#[test]
fn failures_that_lie_far_apart_do_not_add_up() {
    let mut trial = Trial::new(|_| {});
    for _ in 0..100 {
        assert_eq!(trial.fail(ALICE, "192.0.2.1:5060", 1), 1);
        trial.wait(60);
    }
}

#[test]
fn who_tries_many_names_is_locked_out_as_a_host() {
    for (source, other_port, neighbour) in [
        ("192.0.2.1:5060", "192.0.2.1:6000", "192.0.2.2:5060"),
        ("[2001:db8::1]:5060", "[2001:db8::ffff:2]:5060", "[2001:db8:0:1::1]:5060"),
    ] {
        let mut trial = Trial::new(|_| {});
        let heard: u32 = (100..200).map(|user| trial.fail(UserId(user), source, 1)).sum();
        assert_eq!(heard, 31, "{source}");
        assert!(!trial.is_heard(BOB, source));
        assert!(!trial.is_heard(BOB, other_port), "the same host");
        assert!(trial.is_heard(BOB, neighbour), "another host");
    }
}

#[test]
fn a_phone_with_an_old_password_locks_out_itself_alone() {
    let mut trial = Trial::new(|_| {});
    trial.succeed(ALICE, "192.0.2.1:40000");
    // It tries every half minute for a day, and the office is behind one address.
    for _ in 0..2_880 {
        trial.fail(BOB, "192.0.2.1:40001", 1);
        assert!(trial.is_heard(UserId(3), "192.0.2.1:40002"), "a new phone");
        assert!(trial.is_heard(ALICE, "192.0.2.1:40000"));
        trial.wait(30);
    }
    assert!(!trial.is_heard(BOB, "192.0.2.1:40001"));
}

#[test]
fn a_phone_that_proved_itself_goes_on_while_its_neighbours_are_locked_out() {
    let mut trial = Trial::new(|_| {});
    trial.succeed(ALICE, "192.0.2.1:40000");
    for user in 100..200 {
        trial.fail(UserId(user), "192.0.2.1:666", 1);
    }
    assert!(!trial.is_heard(BOB, "192.0.2.1:40001"), "the host is locked out");
    assert!(trial.is_heard(ALICE, "192.0.2.1:40000"), "she is not");
    assert!(trial.is_heard(ALICE, "192.0.2.1:50000"), "nor after a restart");
    trial.fail(ALICE, "192.0.2.1:666", 99);
    assert!(!trial.is_heard(ALICE, "192.0.2.1:50000"), "somebody there guesses at her");
    assert!(trial.is_heard(ALICE, "192.0.2.1:40000"), "her flow goes on");
}

#[test]
fn a_flow_loses_its_trust_when_it_guesses() {
    let mut trial = Trial::new(|_| {});
    trial.succeed(ALICE, "192.0.2.1:40000");
    assert_eq!(trial.fail(ALICE, "192.0.2.1:40000", 99), 11);
    assert!(!trial.is_heard(ALICE, "192.0.2.1:40000"));
    let mut trial = Trial::new(|_| {});
    trial.succeed(ALICE, "192.0.2.1:40000");
    assert_eq!(trial.fail(BOB, "192.0.2.1:40000", 99), 11, "it is not trusted as another");
}

#[test]
fn trust_ends_with_time() {
    let mut trial = Trial::new(|limits| limits.trust = Duration::from_secs(100));
    trial.succeed(ALICE, "192.0.2.1:40000");
    trial.wait(99);
    trial.fail(ALICE, "192.0.2.1:666", 99);
    assert!(trial.is_heard(ALICE, "192.0.2.1:40000"));
    trial.wait(1);
    assert!(!trial.is_heard(ALICE, "192.0.2.1:40000"));
}

#[test]
fn a_name_attacked_from_everywhere_is_slowed_down_and_not_at_home() {
    let mut trial = Trial::new(|_| {});
    trial.succeed(ALICE, "192.0.2.1:40000");
    let heard: u32 =
        (0..200).map(|host: u32| trial.fail(ALICE, &format!("203.{host}.113.1:5060"), 1)).sum();
    assert_eq!(heard, 101);
    assert!(!trial.is_heard(ALICE, "198.51.100.1:5060"), "a new place");
    assert!(trial.is_heard(ALICE, "192.0.2.1:40000"), "her phone");
    assert!(trial.is_heard(ALICE, "192.0.2.1:50000"), "her restarted phone");
    assert!(trial.is_heard(BOB, "198.51.100.1:5060"), "others");
    trial.wait(10);
    assert!(trial.is_heard(ALICE, "198.51.100.1:5060"), "one is forgiven");
    assert_eq!(trial.fail(ALICE, "198.51.100.2:5060", 99), 1);
}

#[test]
fn a_doubled_request_counts_once() {
    let mut trial = Trial::new(|_| {});
    let source = "192.0.2.1:5060".parse().unwrap();
    for _ in 0..1_000 {
        trial.guesses.note_failure(ALICE, source, 7, trial.now);
    }
    assert_eq!(trial.fail(ALICE, "192.0.2.1:5060", 99), 10);
}

#[test]
fn all_tables_are_bounded() {
    let mut trial = Trial::new(|limits| limits.entries = 10);
    for host in 0..=255 {
        let source = format!("203.{host}.113.1:5060");
        trial.fail(UserId(host), &source, 1);
        trial.succeed(UserId(host), &source);
        trial.wait(1);
    }
    let Guesses { pairs, hosts, users, trusted, .. } = &trial.guesses;
    assert_eq!([pairs.len(), hosts.len(), users.len(), trusted.len()], [10; 4]);
}

#[test]
fn one_user_cannot_fill_the_table_of_trust() {
    let mut trial = Trial::new(|_| {});
    for port in 1_000..1_100 {
        trial.succeed(ALICE, &format!("192.0.2.1:{port}"));
        trial.wait(1);
    }
    assert_eq!(trial.guesses.trusted.len(), MAX_FLOWS);
    trial.fail(ALICE, "192.0.2.1:666", 99);
    assert!(trial.is_heard(ALICE, "192.0.2.1:1099") && !trial.is_heard(ALICE, "192.0.2.1:1000"));
}
