//! The laws that one turn can break by itself.

use centrala_keys::{DigitMap, Key, Pattern, Progress};

use super::{Law, Limits, World, hearing::representatives};
use crate::{BargeIn, Dialogue, Turn, ZeroKey};

pub(super) fn check_turn<D: Dialogue, W: World<D>>(
    turn: &Turn<D::Label>,
    world: &W,
    limits: &Limits,
) -> Result<(), Law> {
    match turn.zero {
        ZeroKey::Literal(reason) if limits.literal_zeros.contains(&reason) => {}
        ZeroKey::Literal(reason) => return Err(Law::LiteralZeroNotListed(reason)),
        ZeroKey::Operator => check_zero(turn, world.operator().as_ref())?,
    }
    let Some(rule) = &turn.keys else { return Ok(()) };
    for &key in turn.transport.iter().flat_map(|transport| transport.keys.keys()) {
        if begins(&rule.map, key) {
            return Err(Law::TransportKeyBeginsRule(key));
        }
    }
    match shadowed(&rule.map) {
        Some(pattern) => Err(Law::ShadowedRule(pattern.clone())),
        None => Ok(()),
    }
}

fn check_zero<L: PartialEq>(turn: &Turn<L>, operator: Option<&L>) -> Result<(), Law> {
    if turn.transport.as_ref().is_some_and(|transport| transport.keys.contains_key(&Key::Zero)) {
        return Err(Law::ZeroMovesPlayer);
    }
    let map = turn.keys.as_ref().map(|rule| &rule.map);
    match (map.map(|map| map.progress(&[Key::Zero])), operator) {
        (Some(Progress::Match(label)), Some(operator)) if label == operator => {}
        (None | Some(Progress::NoMatch), None) => {}
        (None | Some(Progress::NoMatch), Some(_)) => return Err(Law::OperatorUnreachable),
        (Some(Progress::Match(_) | Progress::Ambiguous(_) | Progress::Partial), _) => {
            let own = |label: &L| Some(label) != operator;
            let culprit = map.and_then(|map| rule_with_zero(map, own));
            return Err(culprit.map_or(Law::OperatorUnreachable, Law::ZeroBeginsRule));
        }
    }
    match turn.barge_in {
        BargeIn::Allowed => Ok(()),
        BargeIn::AfterPrompt => Err(Law::OperatorMustWait),
    }
}

fn begins<L>(map: &DigitMap<L>, key: Key) -> bool {
    !matches!(map.progress(&[key]), Progress::NoMatch)
}

/// Returns the first pattern that can begin with 0, among those whose label is `own`.
fn rule_with_zero<L>(map: &DigitMap<L>, own: impl Fn(&L) -> bool) -> Option<Pattern> {
    let alone = |pattern: &Pattern| {
        let mut map = DigitMap::default();
        map.push(pattern.clone(), ());
        map
    };
    let mut rules = map.rules().filter(|(_, label)| own(label));
    rules
        .find(|(pattern, _)| begins(&alone(pattern), Key::Zero))
        .map(|(pattern, _)| pattern.clone())
}

fn shadowed<L>(map: &DigitMap<L>) -> Option<&Pattern> {
    let reached = representatives(map);
    let is_reached = |label: &L| reached.iter().any(|(_, other)| std::ptr::eq(*other, label));
    map.rules().find(|(_, label)| !is_reached(label)).map(|(pattern, _)| pattern)
}
