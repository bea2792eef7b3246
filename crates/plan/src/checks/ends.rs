//! Does every call end at a person, a mailbox or a goodbye?

use centrala_office::routing::{self, Context, MAX_HOPS, Outcome, Place};

use crate::{
    Code, Finding, Node, On, Start,
    proof::{Subject, spot},
    worst::{Circle, Silent},
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, node) in subject.graph.nodes().enumerate() {
        let Node::Place(place) = node else { continue };
        findings.extend(edges(subject, at, &place));
        findings.extend(cap(subject, at, &place));
    }
    findings
}

/// Checks that what ends a call is a goodbye, and that routing expects what can happen.
fn edges(subject: &Subject<'_>, at: usize, place: &Place) -> Vec<Finding> {
    let office = subject.office();
    let expected = routing::own_outcomes(office, place);
    let mut findings = Vec::new();
    for edge in subject.graph.edges(at) {
        let happens = subject.graph.describe_on(edge);
        let name = place.describe(office);
        let is_expected = match &edge.on {
            On::Outcome(outcome) => expected.contains(outcome),
            On::Extension | On::Dialled(_) => routing::can_dial(place),
        };
        if !is_expected {
            let message = format!("{name} can come to {happens}, which routing does not expect");
            findings.push(Finding::new(Code::Unexpected, message, REPORT));
        }
        let is_lost = match subject.graph.node(edge.to) {
            Some(Node::Place(Place::Refused(_))) => true,
            Some(Node::Place(Place::Over)) => !says_goodbye(place, &edge.on),
            Some(Node::Place(_) | Node::Dialling) => false,
            None => true,
        };
        if is_lost {
            let message = format!("{happens} in {name} ends the call without a goodbye");
            let mut finding = Finding::new(Code::Lost, message, REPORT);
            if let Some(spot) = spot(place) {
                finding = finding.at(office, spot);
            }
            findings.push(finding.on_the_way(subject.way(at)));
        }
    }
    let is_final = place.is_final();
    if !is_final && subject.graph.edges(at).is_empty() {
        let message = format!("nothing leads on from {}", place.describe(office));
        findings.push(Finding::new(Code::Lost, message, REPORT).on_the_way(subject.way(at)));
    }
    findings
}

/// Returns whether a call that ends here by this has come to its end: the caller has left a
/// message, or has heard that there is nobody.
const fn says_goodbye(place: &Place, on: &On) -> bool {
    let On::Outcome(outcome) = on else { return false };
    match place {
        Place::Mailbox { .. } => matches!(outcome, Outcome::MessageKept | Outcome::NothingSaid),
        Place::Apology | Place::Announcement(_) => matches!(outcome, Outcome::Finished),
        Place::Ring(_) | Place::Talking(_) | Place::Menu(_) | Place::Over | Place::Refused(_) => {
            false
        }
    }
}

/// Checks that a call that takes too long ends at a mailbox.
fn cap(subject: &Subject<'_>, at: usize, place: &Place) -> Option<Finding> {
    if place.is_final() {
        return None;
    }
    let office = subject.office();
    let context = Context::new(office, place);
    let last = routing::next(office, place, &Outcome::TooLong, &context);
    let has_end = match last {
        Place::Mailbox { .. } => true,
        // From the last mailbox itself there is no other.
        Place::Apology => matches!(place, Place::Mailbox { .. }),
        Place::Over => matches!(place, Place::Apology),
        Place::Ring(_)
        | Place::Talking(_)
        | Place::Menu(_)
        | Place::Announcement(_)
        | Place::Refused(_) => false,
    };
    (!has_end).then(|| {
        let name = place.describe(office);
        let message = format!("a call that takes too long in {name} ends at no mailbox");
        Finding::new(Code::Lost, message, REPORT).on_the_way(subject.way(at))
    })
}

/// Checks that no call is cut short for going on for too many steps.
pub(crate) fn check_steps(subject: &Subject<'_>, silent: &[Silent]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &(start, at) in subject.graph.starts() {
        let (Start::Entry(entry), Some(silent)) = (start, silent.get(at)) else { continue };
        if silent.steps > u32::from(MAX_HOPS) {
            let steps = silent.steps;
            let message = format!(
                "a call that nobody answers takes {steps} steps, and after {MAX_HOPS} it goes to \
                 the last mailbox"
            );
            let advice = "let fewer groups and announcements follow each other";
            let finding = Finding::new(Code::TooManySteps, message, advice);
            findings.push(finding.at(subject.office(), centrala_office::Spot::Entry(entry)));
        }
    }
    findings
}

/// Returns the finding of a circle.
pub(crate) fn circle(subject: &Subject<'_>, circle: &Circle) -> Finding {
    let first = circle.first().map_or(0, |&(at, _)| at);
    let mut way = subject.way(first);
    way.push("and from here in circles:".to_owned());
    for &(at, nth) in circle {
        if let Some(edge) = subject.graph.edges(at).get(nth) {
            let happens = subject.graph.describe_on(edge);
            way.push(format!("{happens}: {}", subject.graph.describe(edge.to)));
        }
    }
    let name = subject.graph.describe(first);
    let message = format!("a caller who does nothing comes back to {name} again and again");
    let advice = "let one of these lead to a person or a mailbox";
    let finding = Finding::new(Code::Circle, message, advice).on_the_way(way);
    match subject.graph.node(first) {
        Some(Node::Place(place)) => match spot(&place) {
            Some(spot) => finding.at(subject.office(), spot),
            None => finding,
        },
        Some(Node::Dialling) | None => finding,
    }
}

/// What cannot be mended in a plan.
const REPORT: &str = "no plan should be able to do that: this is a fault of the exchange";
