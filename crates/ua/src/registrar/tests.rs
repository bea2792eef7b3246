use super::*;

/// Without keep-alives, which have their own test.
fn config() -> RegistrarConfig {
    RegistrarConfig { keep_alive: None, ..RegistrarConfig::default() }
}

fn registrar() -> Registrar {
    Registrar::new(config())
}

const FLOW: &str = "192.0.2.9:40112";

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn contact(uri: &str, expires: Option<u64>) -> RequestedContact {
    let expires = expires.map(Duration::from_secs);
    RequestedContact { expires, ..RequestedContact::new(uri.parse().unwrap()) }
}

fn bind(call_id: &str, sequence: u32, contacts: Vec<RequestedContact>) -> RegisterRequest {
    let contacts = RequestedContacts::Bind(contacts);
    RegisterRequest::new(call_id.into(), sequence, contacts, FLOW.parse().unwrap())
}

fn uris(registrar: &Registrar, now: Timestamp) -> Vec<String> {
    registrar.bindings("101", now).iter().map(|binding| binding.contact.to_string()).collect()
}

/// The changes in short: `+uri` new, `=uri` refreshed, `~uri` changed, `*uri` restored, `-uri` removed, `>uri` replaced,
/// `!uri` expired.
fn changes(registrar: &mut Registrar) -> Vec<String> {
    let mut changes = Vec::new();
    while let Some(output) = registrar.poll_output() {
        changes.push(match output {
            RegistrarOutput::Bound { binding, cause, .. } => {
                let sign = match cause {
                    BindCause::New => '+',
                    BindCause::Refreshed => '=',
                    BindCause::Changed => '~',
                    BindCause::Restored => '*',
                };
                format!("{sign}{}", binding.contact)
            }
            RegistrarOutput::Unbound { binding, cause, .. } => {
                let sign = match cause {
                    UnbindCause::Removed => '-',
                    UnbindCause::Replaced => '>',
                    UnbindCause::Expired => '!',
                };
                format!("{sign}{}", binding.contact)
            }
            RegistrarOutput::Keep(record) => format!("keep {}", record.bindings.len()),
            RegistrarOutput::KeepAlive(flow) => format!("ping {flow}"),
        });
    }
    changes
}

#[test]
fn bindings_are_made_refreshed_and_expire() {
    let mut registrar = registrar();
    let request =
        bind("a", 1, vec![contact("sip:x@192.0.2.1", Some(100)), contact("sip:y@192.0.2.2", None)]);
    registrar.handle_register("101", request, at(0)).unwrap();
    assert_eq!(changes(&mut registrar), ["+sip:x@192.0.2.1", "+sip:y@192.0.2.2"]);
    assert_eq!(registrar.poll_timeout(), Some(at(100)));
    let refresh = bind("a", 2, vec![contact("sip:x@192.0.2.1", Some(100))]);
    registrar.handle_register("101", refresh, at(50)).unwrap();
    assert_eq!(changes(&mut registrar), ["=sip:x@192.0.2.1"]);
    assert_eq!(uris(&registrar, at(149)).len(), 2);
    assert_eq!(uris(&registrar, at(150)), ["sip:y@192.0.2.2"]);
    registrar.handle_timeout(at(150));
    assert_eq!(changes(&mut registrar), ["!sip:x@192.0.2.1"]);
    registrar.handle_timeout(at(3_600));
    assert_eq!(changes(&mut registrar), ["!sip:y@192.0.2.2"]);
    assert!(registrar.is_empty());
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn the_preferred_and_then_the_newest_binding_comes_first() {
    let mut registrar = registrar();
    let with_quality = |uri, quality| RequestedContact { quality, ..contact(uri, None) };
    let contacts = vec![
        with_quality("sip:old@192.0.2.1", 500),
        with_quality("sip:new@192.0.2.1", 500),
        with_quality("sip:best@192.0.2.1", 900),
    ];
    registrar.handle_register("101", bind("a", 1, contacts), at(0)).unwrap();
    let expected = ["sip:best@192.0.2.1", "sip:new@192.0.2.1", "sip:old@192.0.2.1"];
    assert_eq!(uris(&registrar, at(1)), expected);
}

#[test]
fn zero_removes_one_and_the_star_removes_all() {
    let mut registrar = registrar();
    let contacts = vec![contact("sip:x@192.0.2.1", None), contact("sip:y@192.0.2.2", None)];
    registrar.handle_register("101", bind("a", 1, contacts), at(0)).unwrap();
    changes(&mut registrar);
    let one = bind("a", 2, vec![contact("sip:x@192.0.2.1", Some(0))]);
    registrar.handle_register("101", one, at(1)).unwrap();
    assert_eq!(changes(&mut registrar), ["-sip:x@192.0.2.1"]);
    let all =
        RegisterRequest::new("b".into(), 1, RequestedContacts::RemoveAll, FLOW.parse().unwrap());
    registrar.handle_register("101", all, at(2)).unwrap();
    assert_eq!(changes(&mut registrar), ["-sip:y@192.0.2.2"]);
    assert!(registrar.is_empty());
}

#[test]
fn a_refused_registration_changes_nothing() {
    let config = RegistrarConfig { max_bindings: 2, ..config() };
    let mut registrar = Registrar::new(config);
    let first = bind("a", 5, vec![contact("sip:x@192.0.2.1", None)]);
    registrar.handle_register("101", first, at(0)).unwrap();
    changes(&mut registrar);
    let minimum = Duration::from_secs(60);
    let cases = [
        (
            "too brief",
            bind(
                "a",
                6,
                vec![contact("sip:y@192.0.2.1", None), contact("sip:z@192.0.2.1", Some(59))],
            ),
            RegisterError::TooBrief { minimum },
        ),
        (
            "repeated",
            bind("a", 5, vec![contact("sip:x@192.0.2.1", None)]),
            RegisterError::OutOfOrder,
        ),
        (
            "late removal",
            RegisterRequest::new(
                "a".into(),
                4,
                RequestedContacts::RemoveAll,
                FLOW.parse().unwrap(),
            ),
            RegisterError::OutOfOrder,
        ),
        (
            "too many",
            bind("b", 1, vec![contact("sip:y@192.0.2.1", None), contact("sip:z@192.0.2.1", None)]),
            RegisterError::TooMany { limit: 2 },
        ),
    ];
    for (name, request, expected) in cases {
        assert_eq!(registrar.handle_register("101", request, at(1)), Err(expected), "{name}");
        assert_eq!(changes(&mut registrar), [] as [&str; 0], "{name}");
        assert_eq!(uris(&registrar, at(1)), ["sip:x@192.0.2.1"], "{name}");
    }
}

#[test]
fn a_device_that_comes_back_replaces_itself() {
    let mut registrar = registrar();
    let device =
        |uri| RequestedContact { instance: Some("<urn:uuid:1>".into()), ..contact(uri, None) };
    registrar
        .handle_register("101", bind("a", 1, vec![device("sip:x@192.0.2.1:1")]), at(0))
        .unwrap();
    registrar
        .handle_register("101", bind("b", 1, vec![device("sip:x@192.0.2.1:2")]), at(1))
        .unwrap();
    assert_eq!(uris(&registrar, at(2)), ["sip:x@192.0.2.1:2"]);
    let expected = ["+sip:x@192.0.2.1:1", ">sip:x@192.0.2.1:1", "+sip:x@192.0.2.1:2"];
    assert_eq!(changes(&mut registrar), expected);
}

#[test]
fn long_lifetimes_are_cut_and_a_query_changes_nothing() {
    let mut registrar = registrar();
    let forever = bind("a", 1, vec![contact("sip:x@192.0.2.1", Some(u64::from(u32::MAX)))]);
    registrar.handle_register("101", forever, at(0)).unwrap();
    changes(&mut registrar);
    assert_eq!(registrar.poll_timeout(), Some(at(7_200)));
    let query =
        RegisterRequest::new("q".into(), 1, RequestedContacts::Query, FLOW.parse().unwrap());
    registrar.handle_register("101", query, at(1)).unwrap();
    assert_eq!(changes(&mut registrar), [] as [&str; 0]);
    registrar.remove_user("101");
    assert_eq!(changes(&mut registrar), ["-sip:x@192.0.2.1"]);
}

fn remove_all(call_id: &str, sequence: u32) -> RegisterRequest {
    let flow = FLOW.parse().unwrap();
    RegisterRequest::new(call_id.into(), sequence, RequestedContacts::RemoveAll, flow)
}

fn persistent(epoch: u64) -> Registrar {
    let persistence = Some(Persistence::new(Duration::from_secs(epoch)));
    Registrar::new(RegistrarConfig { persistence, ..config() })
}

/// What a store would have after all that was told to it.
fn kept(registrar: &mut Registrar, store: &mut MemoryLocations) -> usize {
    let mut count = 0;
    while let Some(output) = registrar.poll_output() {
        if let RegistrarOutput::Keep(record) = output {
            store.put(record);
            count += 1;
        }
    }
    count
}

#[test]
fn what_changed_about_a_telephone_is_told_as_a_change() {
    let mut registrar = registrar();
    let mut sequence = 0;
    let mut register = |change: &dyn Fn(&mut RegisterRequest)| {
        sequence += 1;
        let mut request = bind("a", sequence, vec![contact("sip:x@10.0.0.1", None)]);
        change(&mut request);
        registrar.handle_register("101", request, at(1)).unwrap();
        changes(&mut registrar)
    };
    assert_eq!(register(&|_| {}), ["+sip:x@10.0.0.1"]);
    assert_eq!(register(&|_| {}), ["=sip:x@10.0.0.1"]);
    let moved: Flow = "192.0.2.9:40113".parse().unwrap();
    assert_eq!(register(&|request| request.flow = moved), ["~sip:x@10.0.0.1"]);
    let route: NameAddr = "<sip:edge;lr>".parse().unwrap();
    assert_eq!(register(&|request| request.paths.push(route.clone())), ["~sip:x@10.0.0.1"]);
    // After its restart a telephone begins with another Call-ID and a small number.
    assert_eq!(register(&|request| request.call_id = "b".into()), ["~sip:x@10.0.0.1"]);
    assert_eq!(register(&|request| request.call_id = "c".into()), ["=sip:x@10.0.0.1"]);
}

#[test]
fn a_contact_is_found_again_by_the_rules_for_uris() {
    let same = [
        ("sip:x@10.0.0.1", "sip:x@10.0.0.1"),
        ("sip:x@Phone.Example:5060", "SIP:x@phone.example:5060"),
        ("sip:%78@10.0.0.1", "sip:x@10.0.0.1"),
        ("sip:x@10.0.0.1;line=1", "sip:x@10.0.0.1;line=1;ob"),
    ];
    let different = [
        ("sip:x@10.0.0.1", "sip:X@10.0.0.1"),
        ("sip:x@10.0.0.1", "sip:x@10.0.0.1:5060"),
        ("sip:x@10.0.0.1", "sip:x@10.0.0.1;transport=tcp"),
        ("sip:x@10.0.0.1;line=1", "sip:x@10.0.0.1;line=2"),
    ];
    for (places, pairs) in [(1, &same), (2, &different)] {
        for (one, other) in pairs {
            let mut registrar = registrar();
            registrar
                .handle_register("101", bind("a", 1, vec![contact(one, None)]), at(0))
                .unwrap();
            registrar
                .handle_register("101", bind("a", 2, vec![contact(other, None)]), at(0))
                .unwrap();
            assert_eq!(uris(&registrar, at(0)).len(), places, "{one} {other}");
        }
    }
}

#[test]
fn of_a_contact_that_is_named_twice_the_last_word_counts() {
    let mut registrar = registrar();
    let twice = vec![contact("sip:x@10.0.0.1", Some(100)), contact("sip:x@10.0.0.1", Some(200))];
    registrar.handle_register("101", bind("a", 1, twice), at(0)).unwrap();
    assert_eq!(changes(&mut registrar), ["+sip:x@10.0.0.1"]);
    assert_eq!(registrar.poll_timeout(), Some(at(200)));
    let undecided = vec![contact("sip:x@10.0.0.1", None), contact("sip:x@10.0.0.1", Some(0))];
    registrar.handle_register("101", bind("a", 2, undecided), at(0)).unwrap();
    assert_eq!(changes(&mut registrar), ["-sip:x@10.0.0.1"]);
    assert!(registrar.is_empty());
}

#[test]
fn a_wildcard_removes_all_or_nothing() {
    let mut registrar = registrar();
    registrar
        .handle_register("101", bind("a", 5, vec![contact("sip:x@10.0.0.1", None)]), at(0))
        .unwrap();
    registrar
        .handle_register("101", bind("b", 1, vec![contact("sip:y@10.0.0.2", None)]), at(0))
        .unwrap();
    changes(&mut registrar);
    let late = registrar.handle_register("101", remove_all("a", 5), at(1));
    assert_eq!(late, Err(RegisterError::OutOfOrder));
    assert_eq!(uris(&registrar, at(1)).len(), 2, "not even the binding of another Call-ID");
    registrar.handle_register("101", remove_all("a", 6), at(1)).unwrap();
    assert_eq!(changes(&mut registrar), ["-sip:x@10.0.0.1", "-sip:y@10.0.0.2"]);
    registrar.handle_register("101", remove_all("a", 7), at(1)).unwrap();
    assert_eq!(changes(&mut registrar), [] as [&str; 0], "there is nothing left to remove");
}

#[test]
fn two_users_may_have_the_same_telephone() {
    let mut registrar = registrar();
    let request = || bind("a", 1, vec![contact("sip:10.0.0.1", None)]);
    registrar.handle_register("101", request(), at(0)).unwrap();
    registrar.handle_register("102", request(), at(0)).unwrap();
    registrar.handle_register("101", remove_all("a", 2), at(1)).unwrap();
    assert!(uris(&registrar, at(1)).is_empty());
    assert_eq!(registrar.bindings("102", at(1)).len(), 1, "another's binding is his own");
}

#[test]
fn a_device_with_two_flows_has_two_bindings_and_rings_once() {
    let mut registrar = registrar();
    let flow = |uri: &str, reg_id| RequestedContact {
        instance: Some("<urn:uuid:1>".into()),
        reg_id: core::num::NonZeroU32::new(reg_id),
        ..contact(uri, None)
    };
    for (sequence, uri, reg_id) in
        [(1, "sip:x@10.0.0.1:1", 1), (2, "sip:x@10.0.0.1:2", 2), (3, "sip:x@10.0.0.1:3", 1)]
    {
        let request = bind("a", sequence, vec![flow(uri, reg_id)]);
        registrar.handle_register("101", request, at(0)).unwrap();
    }
    assert_eq!(uris(&registrar, at(0)), ["sip:x@10.0.0.1:3", "sip:x@10.0.0.1:2"]);
    let others = vec![contact("sip:y@10.0.0.2", None), contact("mailto:x@office", None)];
    let other = bind("b", 1, others);
    registrar.handle_register("101", other, at(0)).unwrap();
    let targets: Vec<_> =
        registrar.targets("101", at(0)).iter().map(|one| one.contact.to_string()).collect();
    assert_eq!(targets, ["sip:y@10.0.0.2", "sip:x@10.0.0.1:3"], "the newest flow of each device");
}

#[test]
fn the_response_says_by_what_a_telephone_finds_itself() {
    let mut registrar = registrar();
    let device = RequestedContact {
        quality: 250,
        instance: Some("<urn:uuid:1>".into()),
        reg_id: core::num::NonZeroU32::new(3),
        ..contact("sip:x@10.0.0.1;ob", Some(100))
    };
    let contacts = vec![device, contact("sip:y@10.0.0.2", None)];
    registrar.handle_register("101", bind("a", 1, contacts), at(0)).unwrap();
    let now = Timestamp::from_millis(500);
    let headers: Vec<_> =
        registrar.contact_headers("101", now).into_iter().map(|(_, value)| value).collect();
    let expected = [
        "<sip:y@10.0.0.2>;expires=3600",
        "<sip:x@10.0.0.1;ob>;q=0.250;+sip.instance=\"<urn:uuid:1>\";reg-id=3;expires=100",
    ];
    assert_eq!(headers, expected);
}

#[test]
fn a_lifetime_of_an_hour_is_never_too_short() {
    let minimum = Duration::from_secs(7_200);
    let mut registrar = Registrar::new(RegistrarConfig { min_expires: minimum, ..config() });
    let hour = bind("a", 1, vec![contact("sip:x@10.0.0.1", Some(3_600))]);
    assert_eq!(registrar.handle_register("101", hour, at(0)), Ok(()));
    let less = bind("a", 2, vec![contact("sip:x@10.0.0.1", Some(3_599))]);
    let refused = registrar.handle_register("101", less, at(0));
    assert_eq!(refused, Err(RegisterError::TooBrief { minimum }));
}

#[test]
fn the_way_to_a_telephone_behind_a_nat_is_kept_open() {
    let mut registrar = Registrar::new(RegistrarConfig::default());
    let behind = bind("a", 1, vec![contact("sip:x@10.0.0.1", Some(100))]);
    registrar.handle_register("101", behind, at(0)).unwrap();
    let mut open = bind("a", 1, vec![contact("sip:x@192.0.2.9:40112", Some(100))]);
    registrar.handle_register("102", open.clone(), at(0)).unwrap();
    open.contacts = RequestedContacts::Bind(vec![contact("sip:x@10.0.0.1", Some(100))]);
    open.paths = vec!["<sip:edge;lr>".parse().unwrap()];
    registrar.handle_register("103", open.clone(), at(0)).unwrap();
    open.paths = Vec::new();
    open.flow = "TCP 192.0.2.9:40112".parse().unwrap();
    registrar.handle_register("104", open, at(0)).unwrap();
    changes(&mut registrar);
    let mut pings = Vec::new();
    while let Some(due) = registrar.poll_timeout().filter(|due| *due < at(100)) {
        registrar.handle_timeout(due);
        pings.extend(changes(&mut registrar).into_iter().map(|one| (due, one)));
    }
    let ping = |seconds| (at(seconds), format!("ping UDP {FLOW}"));
    assert_eq!(pings, [ping(25), ping(50), ping(75)], "not to a proxy, not where there is no NAT");
    registrar.handle_timeout(at(100));
    assert_eq!(changes(&mut registrar).len(), 4, "all have expired, and nothing is sent any more");
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn a_refresh_does_not_put_off_a_keep_alive() {
    let mut registrar = Registrar::new(RegistrarConfig::default());
    for second in 0..60 {
        let request = bind("a", second, vec![contact("sip:x@10.0.0.1", Some(60))]);
        registrar.handle_register("101", request, at(second.into())).unwrap();
    }
    let pings = changes(&mut registrar).into_iter().filter(|one| one.starts_with("ping"));
    assert_eq!(pings.count(), 2);
}

#[test]
fn bindings_survive_a_restart_by_the_calendar() {
    let mut store = MemoryLocations::new();
    let mut before = persistent(1_000_000);
    let mut request = bind(
        "a",
        4,
        vec![RequestedContact {
            quality: 300,
            instance: Some("<urn:x>".into()),
            reg_id: core::num::NonZeroU32::new(1),
            ..contact("sip:x@10.0.0.1", Some(600))
        }],
    );
    request.paths = vec!["<sip:edge;lr>".parse().unwrap()];
    before.handle_register("101", request, at(50)).unwrap();
    let brief = bind("b", 1, vec![contact("sip:y@10.0.0.2", Some(60))]);
    before.handle_register("102", brief, at(50)).unwrap();
    assert_eq!(kept(&mut before, &mut store), 2);

    // A hundred seconds later, in another life, with another beginning of time.
    let mut after = persistent(1_000_150 - 7);
    after.restore(store.records(), at(7));
    let [binding] = after.bindings("101", at(7))[..] else { panic!() };
    let [old] = before.bindings("101", at(50))[..] else { panic!() };
    assert_eq!((&binding.contact, binding.flow, binding.quality), (&old.contact, old.flow, 300));
    assert_eq!((binding.instance(), binding.reg_id()), (old.instance(), old.reg_id()));
    assert_eq!(binding.routes(), old.routes());
    // 500 seconds are left, and a minute because the store may not know the last refresh.
    assert_eq!(binding.expires_at, at(7 + 500 + 60));
    assert_eq!(changes(&mut after), ["*sip:x@10.0.0.1", "*sip:y@10.0.0.2"]);
    // The number is remembered as well: a replayed registration is not new.
    let old = bind("a", 4, vec![contact("sip:x@10.0.0.1", Some(600))]);
    assert_eq!(after.handle_register("101", old, at(8)), Err(RegisterError::OutOfOrder));
    // What is restored and not refreshed is not written again, until it ends.
    after.handle_timeout(at(7 + 560));
    assert_eq!(changes(&mut after), ["!sip:y@10.0.0.2", "keep 0", "!sip:x@10.0.0.1", "keep 0"]);
}

#[test]
fn what_has_expired_meanwhile_is_dropped_and_forgotten_by_the_store() {
    let mut store = MemoryLocations::new();
    let mut before = persistent(0);
    let both = vec![contact("sip:x@10.0.0.1", Some(100)), contact("sip:y@10.0.0.1", Some(900))];
    before.handle_register("101", bind("a", 1, both), at(0)).unwrap();
    kept(&mut before, &mut store);
    let mut after = persistent(160);
    after.restore(store.records(), at(0));
    assert_eq!(uris(&after, at(0)), ["sip:y@10.0.0.1"]);
    assert_eq!(kept(&mut after, &mut store), 1);
    assert_eq!(store.records()[0].bindings.len(), 1);
    let mut later = persistent(960);
    later.restore(store.records(), at(0));
    assert!(later.is_empty());
    assert_eq!(kept(&mut later, &mut store), 1);
    assert!(store.records().is_empty());
}

#[test]
fn no_calendar_makes_a_binding_live_for_ever() {
    let forever = || {
        let (contact, flow) = ("sip:x@10.0.0.1".parse().unwrap(), FLOW.parse().unwrap());
        let binding = StoredBinding::new(contact, flow, Duration::MAX);
        vec![LocationRecord::new("101".into(), vec![binding])]
    };
    for epoch in [0, 1, 4_000_000_000, u64::MAX] {
        let mut registrar = persistent(epoch);
        registrar.restore(forever(), at(5));
        let max = RegistrarConfig::default().max_expires;
        let left = registrar.bindings("101", at(5)).first().map(|one| one.expires_at - at(5));
        assert!(left.is_none_or(|left| left <= max), "{epoch}: {left:?}");
        if left.is_some() {
            // The store is corrected, so that the next restart does not begin anew.
            assert_eq!(changes(&mut registrar), ["*sip:x@10.0.0.1", "keep 1"], "{epoch}");
        }
    }
}

#[test]
fn who_has_registered_since_stays_as_he_is() {
    let mut store = MemoryLocations::new();
    let mut before = persistent(0);
    before
        .handle_register("101", bind("a", 1, vec![contact("sip:x@10.0.0.1", None)]), at(0))
        .unwrap();
    kept(&mut before, &mut store);
    let mut after = persistent(10);
    after
        .handle_register("101", bind("b", 1, vec![contact("sip:z@10.0.0.9", None)]), at(0))
        .unwrap();
    after.restore(store.records(), at(1));
    assert_eq!(uris(&after, at(1)), ["sip:z@10.0.0.9"]);
}

#[test]
fn a_refresh_is_kept_only_when_the_store_would_be_wrong_by_more_than_a_minute() {
    let mut registrar = persistent(0);
    let mut store = MemoryLocations::new();
    let mut sequence = 0;
    let mut refresh = |registrar: &mut Registrar, store: &mut MemoryLocations, second| {
        sequence += 1;
        let request = bind("a", sequence, vec![contact("sip:x@10.0.0.1", Some(60))]);
        registrar.handle_register("101", request, at(second)).unwrap();
        kept(registrar, store)
    };
    let written: usize = (0..=20).map(|half| refresh(&mut registrar, &mut store, half * 30)).sum();
    assert_eq!(written, 7, "of 21 in ten minutes");
    // Whenever the process dies, the telephone is found again as long as it would have been.
    for dies in 601..660 {
        let mut after = persistent(dies);
        after.restore(store.records(), at(0));
        assert_eq!(uris(&after, at(0)).len(), 1, "{dies}");
    }
    // A shorter life is told: the telephone will be gone before the store believes it.
    let shorter = bind("a", 100, vec![contact("sip:x@10.0.0.1", Some(3_600))]);
    registrar.handle_register("101", shorter, at(650)).unwrap();
    assert_eq!(kept(&mut registrar, &mut store), 1);
    assert_eq!(refresh_with(&mut registrar, 101, 60, 651, &mut store), 1);
}

fn refresh_with(
    registrar: &mut Registrar,
    sequence: u32,
    expires: u64,
    second: u64,
    store: &mut MemoryLocations,
) -> usize {
    let request = bind("a", sequence, vec![contact("sip:x@10.0.0.1", Some(expires))]);
    registrar.handle_register("101", request, at(second)).unwrap();
    kept(registrar, store)
}

#[test]
fn ten_thousand_restored_telephones_are_not_called_upon_at_once() {
    let records = |count: u32| {
        (0..count).map(|number| {
            let contact = format!("sip:{number}@10.0.0.1").parse().unwrap();
            let binding =
                StoredBinding::new(contact, FLOW.parse().unwrap(), Duration::from_secs(3_600));
            LocationRecord::new(number.to_string(), vec![binding])
        })
    };
    let persistence = Some(Persistence::new(Duration::ZERO));
    let mut registrar =
        Registrar::new(RegistrarConfig { persistence, ..RegistrarConfig::default() });
    registrar.restore(records(10_000).collect(), at(0));
    changes(&mut registrar);
    let mut most = 0;
    for tenth in 0..=250 {
        registrar.handle_timeout(Timestamp::from_millis(tenth * 100));
        most = most.max(changes(&mut registrar).len());
    }
    assert!((40..=41).contains(&most), "{most} in a tenth of a second");
}

mod anything {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Register { user: u8, request: RegisterRequest },
        Wait(u64),
        Restart,
        Remove(u8),
    }

    fn any_contact() -> impl Strategy<Value = RequestedContact> {
        let instance = proptest::option::of(0_u8..3);
        let expires = prop_oneof![Just(None), (0_u64..200).prop_map(Some)];
        (0_u8..6, 0_u16..1_001, expires, instance, 0_u32..3).prop_map(
            |(host, quality, expires, instance, reg_id)| RequestedContact {
                quality,
                instance: instance.map(|number| format!("<urn:{number}>")),
                reg_id: core::num::NonZeroU32::new(reg_id),
                ..contact(&format!("sip:x@10.0.0.{host}"), expires)
            },
        )
    }

    fn any_request() -> impl Strategy<Value = RegisterRequest> {
        let contacts = prop_oneof![
            8 => proptest::collection::vec(any_contact(), 1..5).prop_map(RequestedContacts::Bind),
            1 => Just(RequestedContacts::RemoveAll),
            1 => Just(RequestedContacts::Query),
        ];
        (0_u8..3, 0_u32..20, contacts, 1_u16..3).prop_map(|(call_id, sequence, contacts, port)| {
            let flow = Flow::from(std::net::SocketAddr::from(([192, 0, 2, 9], port)));
            RegisterRequest::new(call_id.to_string(), sequence, contacts, flow)
        })
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0_u8..3, any_request()).prop_map(|(user, request)| Step::Register { user, request }),
            3 => (0_u64..100).prop_map(Step::Wait),
            1 => Just(Step::Restart),
            1 => (0_u8..3).prop_map(Step::Remove),
        ]
    }

    /// What an observer believes who only hears what is told.
    #[derive(Default)]
    struct Observer {
        places: BTreeMap<(String, String), Timestamp>,
        store: MemoryLocations,
    }

    impl Observer {
        fn hear(&mut self, registrar: &mut Registrar) {
            while let Some(output) = registrar.poll_output() {
                match output {
                    RegistrarOutput::Bound { user, binding, cause } => {
                        let place = (user, binding.contact.to_string());
                        let old = self.places.insert(place, binding.expires_at);
                        let is_new = matches!(cause, BindCause::New | BindCause::Restored);
                        assert_eq!(old.is_none(), is_new, "{cause:?}");
                    }
                    RegistrarOutput::Unbound { user, binding, .. } => {
                        let old = self.places.remove(&(user, binding.contact.to_string()));
                        assert!(old.is_some(), "no place is gone twice");
                    }
                    RegistrarOutput::Keep(record) => self.store.put(record),
                    RegistrarOutput::KeepAlive(_) => {}
                }
            }
        }

        fn check(&self, registrar: &Registrar, now: Timestamp) {
            let mut real = BTreeMap::new();
            for user in ["0", "1", "2"] {
                let bindings = registrar.bindings(user, now);
                assert!(bindings.len() <= 4, "the limit holds");
                for binding in &bindings {
                    assert!(binding.expires_at > now);
                    assert!(binding.expires_at <= now + config().max_expires);
                    real.insert((user.to_owned(), binding.contact.to_string()), binding.expires_at);
                }
                assert!(registrar.targets(user, now).len() <= bindings.len());
            }
            assert_eq!(real, self.places, "what was told is what is there");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_what_is_there_and_survives(
            steps in proptest::collection::vec(any_step(), 0..60),
        ) {
            let start = |epoch: Timestamp| {
                let persistence = Some(Persistence::new(epoch.since_start()));
                Registrar::new(RegistrarConfig {
                    max_bindings: 4,
                    min_expires: Duration::from_secs(10),
                    persistence,
                    ..RegistrarConfig::default()
                })
            };
            let (mut calendar, mut now) = (at(1_000), at(0));
            let mut registrar = start(calendar);
            let mut observer = Observer::default();
            for step in steps {
                match step {
                    Step::Register { user, request } => {
                        let user = user.to_string();
                        let before = format!("{:?}", registrar.bindings(&user, now));
                        if registrar.handle_register(&user, request, now).is_err() {
                            let after = format!("{:?}", registrar.bindings(&user, now));
                            prop_assert_eq!(before, after, "all or nothing");
                        }
                    }
                    Step::Wait(seconds) => {
                        now += Duration::from_secs(seconds);
                        registrar.handle_timeout(now);
                    }
                    Step::Remove(user) => registrar.remove_user(&user.to_string()),
                    Step::Restart => {
                        observer.hear(&mut registrar);
                        let lived: Vec<_> = observer.places.keys().cloned().collect();
                        calendar += now.since_start();
                        now = at(0);
                        registrar = start(calendar);
                        observer.places.clear();
                        registrar.restore(observer.store.records(), now);
                        for (user, contact) in lived {
                            let found = registrar.bindings(&user, now);
                            let found = found.iter().any(|one| one.contact.as_str() == contact);
                            prop_assert!(found, "{} {} has survived", user, contact);
                        }
                    }
                }
                observer.hear(&mut registrar);
                observer.check(&registrar, now);
            }
        }
    }
}
