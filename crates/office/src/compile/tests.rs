use crate::*;

const ACME: &str = include_str!("../../../../examples/reference-pbx/acme.toml");

#[test]
fn the_acme_office_compiles() {
    let office = Office::compile(ACME, "acme.toml").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(office.people().len(), 4);
}
