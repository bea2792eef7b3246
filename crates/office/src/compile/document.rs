//! The sections of the file.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Faults,
    section::{Section, Word, clip},
};
use crate::{Fault, MAX_NAME_LEN};

/// The sections of the file, none of them read yet.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) company: Option<Section<'a>>,
    pub(crate) people: Vec<Section<'a>>,
    pub(crate) groups: Vec<(Word<'a>, Section<'a>)>,
    pub(crate) menus: Vec<(Word<'a>, Section<'a>)>,
    pub(crate) announcements: Vec<(Word<'a>, Section<'a>)>,
    pub(crate) mailboxes: Vec<(Word<'a>, Section<'a>)>,
    pub(crate) entries: Vec<Section<'a>>,
    pub(crate) trunks: Vec<Section<'a>>,
}

/// What may stand in each section.
const COMPANY: &[&str] = &["name", "language", "operator"];
const PERSON: &[&str] = &["name", "extension", "user", "seconds", "greeting"];
const GROUP: &[&str] = &["members", "ring", "seconds", "otherwise"];
const MENU: &[&str] = &["greeting", "options", "attempts"];
const ANNOUNCEMENT: &[&str] = &["say", "then"];
const MAILBOX: &[&str] = &["greeting"];
const ENTRY: &[&str] = &["number", "go"];
const TRUNK: &[&str] = &["name", "addresses", "numbers"];

/// All sections that there are.
const SECTIONS: &[&str] =
    &["company", "entry", "person", "group", "menu", "announcement", "mailbox", "trunk"];

impl<'a> Document<'a> {
    pub(crate) fn read(source: &'a str, table: &'a DeTable<'a>, faults: &mut Faults) -> Self {
        let root = Section::root(source, table).only(SECTIONS, faults);
        let company = root.demand("company", "[company], with name and operator", faults);
        let company = company.and_then(|value| match value.get_ref() {
            DeValue::Table(table) => {
                let section = root.inner("[company]".to_owned(), value.span(), table);
                Some(section.only(COMPANY, faults))
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                faults.wrong_type("company", "one section, [company]", value);
                None
            }
        });
        Self {
            company,
            people: list(&root, "person", PERSON, "a list of sections, each [[person]]", faults),
            groups: named(&root, "group", GROUP, "sections with names, like [group.sales]", faults),
            menus: named(&root, "menu", MENU, "sections with names, like [menu.main]", faults),
            announcements: named(
                &root,
                "announcement",
                ANNOUNCEMENT,
                "sections with names, like [announcement.directions]",
                faults,
            ),
            mailboxes: named(
                &root,
                "mailbox",
                MAILBOX,
                "sections with names, like [mailbox.sales]",
                faults,
            ),
            entries: list(&root, "entry", ENTRY, "a list of sections, each [[entry]]", faults),
            trunks: list(&root, "trunk", TRUNK, "a list of sections, each [[trunk]]", faults),
        }
    }
}

/// Returns the sections of `[[key]]`.
fn list<'a>(
    root: &Section<'a>,
    key: &str,
    valid: &'static [&'static str],
    expected: &'static str,
    faults: &mut Faults,
) -> Vec<Section<'a>> {
    let Some(value) = root.get(key) else { return Vec::new() };
    let DeValue::Array(items) = value.get_ref() else {
        faults.wrong_type(key, expected, value);
        return Vec::new();
    };
    let title = format!("[[{key}]]");
    let section = |item: &'a Spanned<DeValue<'a>>| {
        let table = item.get_ref().as_table();
        if table.is_none() {
            faults.wrong_type(key, expected, item);
        }
        Some(root.inner(title.clone(), item.span(), table?).only(valid, faults))
    };
    items.iter().filter_map(section).collect()
}

/// Returns the sections of `[key.name]`, with their names.
fn named<'a>(
    root: &Section<'a>,
    key: &str,
    valid: &'static [&'static str],
    expected: &'static str,
    faults: &mut Faults,
) -> Vec<(Word<'a>, Section<'a>)> {
    let Some(value) = root.get(key) else { return Vec::new() };
    let DeValue::Table(table) = value.get_ref() else {
        faults.wrong_type(key, expected, value);
        return Vec::new();
    };
    let parent = root.inner(format!("[{key}]"), value.span(), table);
    let mut sections = Vec::new();
    for (name, value) in parent.rows() {
        if !is_name(name.text) {
            let what = "name";
            let right = "names are written with a-z, 0-9, - and _, and begin with a letter or a \
                         digit: sales, front-desk";
            let found = clip(name.text);
            faults.push(Fault::Malformed { what, found, right }, name.span.clone());
        }
        let DeValue::Table(table) = value.get_ref() else {
            faults.wrong_type(&format!("{key}.{}", name.text), expected, value);
            continue;
        };
        let title = format!("[{key}.{}]", clip(name.text));
        let section = root.inner(title, name.span.clone(), table).only(valid, faults);
        sections.push((name, section));
    }
    sections
}

/// Returns whether `text` can name a group, a menu and so on. Names become names of files.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MAX_NAME_LEN
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_')
}
