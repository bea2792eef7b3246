use proptest::prelude::*;

use super::*;

fn alice_talks_and_bob_rings() -> DialogInfo {
    let mut talking = DialogState::new("7", DialogPhase::Confirmed);
    talking.direction = Some(DialogDirection::Initiator);
    let mut alice = Party::new("sip:101@192.0.2.10");
    alice.display = Some("Alice \"Ace\" <A&B>".to_owned());
    talking.local = Some(alice);
    talking.remote = Some(Party::new("sip:+15550142@192.0.2.10"));
    let mut ringing = DialogState::new("8", DialogPhase::Early);
    ringing.direction = Some(DialogDirection::Recipient);
    ringing.identifiers =
        Some(DialogIdentifiers::new("a@b".to_owned(), Some("l".to_owned()), None));
    DialogInfo::new([talking, ringing])
}

#[test]
fn documents_are_written_as_the_rfc_shows_them() {
    insta::assert_snapshot!(
        "two_calls",
        alice_talks_and_bob_rings().to_xml("sip:101@192.0.2.10", 3).replace("\r\n", "\n")
    );
    insta::assert_snapshot!(
        "no_call",
        DialogInfo::default().to_xml("sip:101@192.0.2.10", 0).replace("\r\n", "\n")
    );
}

#[test]
fn a_single_lamp_shows_the_furthest_call_that_goes_on() {
    assert_eq!(alice_talks_and_bob_rings().phase(), Some(DialogPhase::Confirmed));
    assert_eq!(DialogInfo::default().phase(), None);
    let over = DialogState::new("1", DialogPhase::Terminated);
    assert_eq!(DialogInfo::new([over]).phase(), None);
}

#[test]
fn of_too_many_calls_the_last_are_told() {
    let many = (0..25).map(|id| DialogState::new(id.to_string(), DialogPhase::Early));
    let info = DialogInfo::new(many);
    let ids: Vec<_> = info.dialogs().iter().map(|dialog| dialog.id.as_str()).collect();
    assert_eq!(ids, ["15", "16", "17", "18", "19", "20", "21", "22", "23", "24"]);
}

/// Reads a document strictly, and returns its names and texts. Knows elements, attributes, the declaration, and the
/// five entities: what is written here, and nothing that is not XML.
fn read(xml: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let mut rest =
        xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").ok_or("declaration")?;
    let (mut open, mut names, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        texts.push(text_of(text)?);
        let end = tag.find('>').ok_or("an open tag")?;
        let (inside, after) = (&tag[1..end], &tag[end + 1..]);
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("{name} is closed out of turn"));
            }
        } else {
            let is_empty = inside.ends_with('/');
            let inside = inside.trim_end_matches('/');
            let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
            if name.is_empty()
                || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
            {
                return Err(format!("{name:?} is no name"));
            }
            let mut seen = Vec::new();
            let mut attributes = attributes;
            while !attributes.is_empty() {
                let (key, after) = attributes.split_once("=\"").ok_or("no attribute")?;
                let (value, after) = after.split_once('"').ok_or("an open value")?;
                if seen.contains(&key) {
                    return Err(format!("{key} is there twice"));
                }
                seen.push(key);
                texts.push(text_of(value)?);
                attributes = after.trim_start_matches(' ');
            }
            names.push(name.to_owned());
            if !is_empty {
                open.push(name.to_owned());
            }
        }
    }
    if open.is_empty() && rest.trim().is_empty() {
        Ok((names, texts))
    } else {
        Err("an open end".to_owned())
    }
}

fn text_of(escaped: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = escaped;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let (name, after) = rest[at + 1..].split_once(';').ok_or("an open entity")?;
        text.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => return Err(format!("{other} is no entity")),
        });
        rest = after;
    }
    text.push_str(rest);
    let is_allowed = |one: char| matches!(one, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(is_allowed) {
        Ok(text)
    } else {
        Err("a character that XML has not".to_owned())
    }
}

#[test]
fn the_reader_of_these_tests_refuses_what_is_no_xml() {
    let declared = |text: &str| read(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}"));
    assert!(declared("<a b=\"c\">&lt;</a>").is_ok());
    for bad in [
        "<a>",
        "<a></b>",
        "<a b=\"c\" b=\"d\"/>",
        "<a>&nbsp;</a>",
        "<a>\u{1}</a>",
        "<a b=c/>",
        "<a>&</a>",
    ] {
        assert!(declared(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn whatever_people_are_called_the_document_is_xml_and_says_it(
        id in any::<String>(),
        uri in any::<String>(),
        display in proptest::option::of("[\u{0}-\u{ffff}]{0,300}"),
        entity in "[ -~<&\"']{0,40}",
        call_id in any::<String>(),
        version in any::<u32>(),
    ) {
        let mut dialog = DialogState::new(id, DialogPhase::Proceeding);
        dialog.remote = Some(Party { uri: uri.clone(), display });
        dialog.identifiers = Some(DialogIdentifiers::new(call_id, None, Some(uri.clone())));
        let xml = DialogInfo::new([dialog]).to_xml(&entity, version);
        let (names, texts) = read(&xml).map_err(TestCaseError::fail)?;
        prop_assert_eq!(names, ["dialog-info", "dialog", "state", "remote", "identity", "target"]);
        prop_assert!(texts.contains(&version.to_string()));
        if uri.chars().count() <= DialogInfo::MAX_TEXT && uri.chars().all(|one| matches!(one, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')) {
            prop_assert!(texts.contains(&uri), "{:?}", texts);
        }
        prop_assert!(xml.len() < 6 * 8 * DialogInfo::MAX_TEXT + 600);
    }
}
