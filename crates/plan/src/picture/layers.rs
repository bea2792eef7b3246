//! In which column of a picture each card stands.

use super::card::Kind;

/// Returns the column of each card: entries stand in the first, people and mailboxes in the last
/// ones, all others as far to the right of what leads to them as can be.
pub(super) fn columns(kinds: &[Kind], links: &[(usize, usize)]) -> Vec<usize> {
    let mut columns: Vec<usize> =
        kinds.iter().map(|kind| usize::from(*kind != Kind::Entry)).collect();
    let kind = |at: usize| kinds.get(at).copied().unwrap_or(Kind::Apology);
    let is_inner = |at: usize| kind(at) < Kind::Person;
    let mut next = vec![Vec::new(); kinds.len()];
    for &(from, to) in links.iter().filter(|(from, to)| is_inner(*from) && is_inner(*to)) {
        if let Some(next) = next.get_mut(from) {
            next.push(to);
        }
    }
    for at in downwards(&next) {
        let after = columns.get(at.from).map_or(0, |column| column + 1);
        if let Some(column) = columns.get_mut(at.to) {
            *column = after.max(*column);
        }
    }
    let inner = kinds.iter().zip(&columns).filter(|(kind, _)| **kind < Kind::Person);
    let mut last = inner.map(|(_, column)| *column).max().unwrap_or(0);
    for outer in [Kind::Person, Kind::Mailbox, Kind::Apology] {
        // Those who lead to one another cannot stand in one column.
        let before = links.iter().filter(|(from, to)| kind(*to) == outer && kind(*from) < outer);
        let before = before.filter_map(|(from, _)| columns.get(*from)).max();
        let is_first = outer == Kind::Person;
        let own =
            before.map_or(last, |column| column + 1).max(if is_first { last + 1 } else { last });
        for (column, _) in columns.iter_mut().zip(kinds).filter(|(_, kind)| **kind == outer) {
            *column = own;
            last = own;
        }
    }
    columns
}

struct Downwards {
    from: usize,
    to: usize,
}

/// Returns the links that do not lead back, those of a card after all that lead to it.
fn downwards(next: &[Vec<usize>]) -> Vec<Downwards> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; next.len()];
    let mut finished = Vec::new();
    let mut kept = vec![Vec::new(); next.len()];
    for root in 0..next.len() {
        let mut open = vec![(root, 0_usize)];
        while let Some((at, nth)) = open.pop() {
            let Some(mark) = seen.get_mut(at) else { continue };
            if nth == 0 {
                if *mark != Seen::No {
                    continue;
                }
                *mark = Seen::Open;
            }
            let Some(&to) = next.get(at).and_then(|next| next.get(nth)) else {
                *mark = Seen::Done;
                finished.push(at);
                continue;
            };
            open.push((at, nth + 1));
            match seen.get(to) {
                Some(Seen::Open) | None => {}
                Some(Seen::Done | Seen::No) => {
                    if let Some(kept) = kept.get_mut(at) {
                        kept.push(to);
                    }
                    open.push((to, 0));
                }
            }
        }
    }
    let mut all = Vec::new();
    for &from in finished.iter().rev() {
        all.extend(kept.get(from).into_iter().flatten().map(|&to| Downwards { from, to }));
    }
    all
}
