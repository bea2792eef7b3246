use super::*;

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

/// The changes in short: `+uri`, `-uri`, `!uri` for an expiry.
fn changes(registrar: &mut Registrar) -> Vec<String> {
    core::iter::from_fn(|| registrar.poll_output())
        .map(|output| match output {
            RegistrarOutput::Bound { binding, .. } => format!("+{}", binding.contact),
            RegistrarOutput::Unbound { binding, cause: UnbindCause::Removed, .. } => {
                format!("-{}", binding.contact)
            }
            RegistrarOutput::Unbound { binding, cause: UnbindCause::Expired, .. } => {
                format!("!{}", binding.contact)
            }
        })
        .collect()
}

#[test]
fn bindings_are_made_refreshed_and_expire() {
    let mut registrar = Registrar::new(RegistrarConfig::default());
    let request =
        bind("a", 1, vec![contact("sip:x@192.0.2.1", Some(100)), contact("sip:y@192.0.2.2", None)]);
    registrar.handle_register("101", request, at(0)).unwrap();
    assert_eq!(changes(&mut registrar), ["+sip:x@192.0.2.1", "+sip:y@192.0.2.2"]);
    assert_eq!(registrar.poll_timeout(), Some(at(100)));
    let refresh = bind("a", 2, vec![contact("sip:x@192.0.2.1", Some(100))]);
    registrar.handle_register("101", refresh, at(50)).unwrap();
    assert_eq!(changes(&mut registrar), ["+sip:x@192.0.2.1"]);
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
    let mut registrar = Registrar::new(RegistrarConfig::default());
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
    let mut registrar = Registrar::new(RegistrarConfig::default());
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
    let config = RegistrarConfig { max_bindings: 2, ..RegistrarConfig::default() };
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
    let mut registrar = Registrar::new(RegistrarConfig::default());
    let device =
        |uri| RequestedContact { instance: Some("<urn:uuid:1>".into()), ..contact(uri, None) };
    registrar
        .handle_register("101", bind("a", 1, vec![device("sip:x@192.0.2.1:1")]), at(0))
        .unwrap();
    registrar
        .handle_register("101", bind("b", 1, vec![device("sip:x@192.0.2.1:2")]), at(1))
        .unwrap();
    assert_eq!(uris(&registrar, at(2)), ["sip:x@192.0.2.1:2"]);
    let expected = ["+sip:x@192.0.2.1:1", "-sip:x@192.0.2.1:1", "+sip:x@192.0.2.1:2"];
    assert_eq!(changes(&mut registrar), expected);
}

#[test]
fn long_lifetimes_are_cut_and_a_query_changes_nothing() {
    let mut registrar = Registrar::new(RegistrarConfig::default());
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
