//! Where the cards of a picture stand, and how lines lead from one to another.
//!
//! Cards stand in columns. A line that passes a column has a lane of its own there, so that no
//! line crosses a card; between columns lines bend, and beside a card they are straight, so that
//! their labels lie on none but their own.

use std::collections::BTreeMap;

use super::{card::Kind, layers};

/// What is to be laid out.
pub(super) struct Plan {
    pub(super) kinds: Vec<Kind>,
    /// The widths of the cards.
    pub(super) widths: Vec<i64>,
    pub(super) links: Vec<PlanLink>,
}

pub(super) struct PlanLink {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The width of its label; 0 if it has none.
    pub(super) label: i64,
    /// Lines without labels that leave a card may share their beginning if this is the same.
    pub(super) style: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// How a link is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// As a line through these points: between the first two it is straight, then bent and straight
    /// by turns. The label begins (or, if the line leads to the left, ends) at the first.
    Line(Vec<(i64, i64)>),
    /// It would be too long: it is named on its card.
    Named,
}

pub(super) struct Layout {
    pub(super) cards: Vec<Rect>,
    pub(super) links: Vec<Drawn>,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// The most columns that a line passes.
const MAX_SPAN: usize = 10;
const SWEEPS: usize = 8;
const CARD_HEIGHT: i64 = 42;
const NAMED_HEIGHT: i64 = 15;
const SLOT: i64 = 17;
const LANE: i64 = 14;
const CARD_GAP: i64 = 16;
const ARROW: i64 = 14;
const MARGIN: i64 = 24;

/// A card in its column, or the lane of a line that passes.
#[derive(Clone, Debug, Default)]
struct Item {
    column: usize,
    height: i64,
    y: i64,
    place: usize,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// What leaves or reaches a card on one of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Arriving,
    Shared(usize),
    Link(usize),
}

/// On which side of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

impl PlanLink {
    /// Returns its slots at its left card and at its right card.
    const fn slots(&self, nth: usize, is_forward: bool) -> (Slot, Slot) {
        let leaving = if self.label == 0 { Slot::Shared(self.style) } else { Slot::Link(nth) };
        if is_forward { (leaving, Slot::Arriving) } else { (Slot::Arriving, leaving) }
    }
}

struct Work {
    /// The cards, then the lanes.
    items: Vec<Item>,
    cards: usize,
    columns: Vec<Vec<usize>>,
    /// The items through which each link leads, from left to right. Empty if it is named.
    chains: Vec<Vec<usize>>,
    slots: BTreeMap<(usize, Side), BTreeMap<Slot, Vec<usize>>>,
}

impl Layout {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut work = Work::new(plan);
        work.order();
        work.assign_slots(plan);
        work.stand();
        work.finish(plan)
    }
}

impl Work {
    fn new(plan: &Plan) -> Self {
        let ends: Vec<_> = plan.links.iter().map(|link| (link.from, link.to)).collect();
        let columns = layers::columns(&plan.kinds, &ends);
        let card = |&column: &usize| Item { column, height: CARD_HEIGHT, ..Item::default() };
        let items = columns.iter().map(card).collect();
        let (chains, slots) = (Vec::new(), BTreeMap::new());
        let mut work = Self { items, cards: plan.kinds.len(), columns: Vec::new(), chains, slots };
        for link in &plan.links {
            let chain = work.chain(link);
            for (one, other) in chain.iter().zip(chain.iter().skip(1)) {
                if let Some(item) = work.items.get_mut(*one) {
                    item.right.push(*other);
                }
                if let Some(item) = work.items.get_mut(*other) {
                    item.left.push(*one);
                }
            }
            if chain.is_empty()
                && let Some(item) = work.items.get_mut(link.from)
            {
                item.height += NAMED_HEIGHT;
            }
            work.chains.push(chain);
        }
        let last = work.items.iter().map(|item| item.column).max().unwrap_or(0);
        work.columns = vec![Vec::new(); last + 1];
        for (at, item) in work.items.iter_mut().enumerate() {
            if let Some(column) = work.columns.get_mut(item.column) {
                item.place = column.len();
                column.push(at);
            }
        }
        work
    }

    fn chain(&mut self, link: &PlanLink) -> Vec<usize> {
        let column = |at: usize| self.items.get(at).map_or(0, |item| item.column);
        let (from, to) = (column(link.from), column(link.to));
        if from == to || from.abs_diff(to) > MAX_SPAN {
            return Vec::new();
        }
        let (first, last) = if from < to { (link.from, link.to) } else { (link.to, link.from) };
        let mut chain = vec![first];
        for column in from.min(to) + 1..from.max(to) {
            chain.push(self.items.len());
            self.items.push(Item { column, height: LANE, ..Item::default() });
        }
        chain.push(last);
        chain
    }

    /// Orders each column so that lines cross less: each item goes to the middle of those to which
    /// it is linked, in sweeps to the right and to the left.
    fn order(&mut self) {
        for sweep in 0..SWEEPS {
            let count = self.columns.len();
            for nth in 0..count {
                let at = if sweep.is_multiple_of(2) { nth } else { count - 1 - nth };
                let Some(mut column) = self.columns.get(at).cloned() else { continue };
                column.sort_by_cached_key(|item| self.middle(*item, sweep));
                for (place, item) in column.iter().enumerate() {
                    if let Some(item) = self.items.get_mut(*item) {
                        item.place = place;
                    }
                }
                if let Some(before) = self.columns.get_mut(at) {
                    *before = column;
                }
            }
        }
    }

    /// Returns the middle of an item's neighbours on the side from which a sweep comes, as a share
    /// of their column in millionths.
    fn middle(&self, at: usize, sweep: usize) -> i64 {
        let Some(item) = self.items.get(at) else { return 0 };
        let (near, far) = if sweep.is_multiple_of(2) {
            (&item.left, &item.right)
        } else {
            (&item.right, &item.left)
        };
        let side = if near.is_empty() { far } else { near };
        if side.is_empty() {
            return self.share(at);
        }
        let sum: i64 = side.iter().map(|&other| self.share(other)).sum();
        sum / i64::try_from(side.len()).unwrap_or(1)
    }

    fn share(&self, at: usize) -> i64 {
        let Some(item) = self.items.get(at) else { return 0 };
        let size = self.columns.get(item.column).map_or(1, Vec::len).max(1);
        i64::try_from((2 * item.place + 1) * 500_000 / size).unwrap_or(0)
    }

    /// Gives each line its slot at the side of its cards, in the order of where it comes from.
    fn assign_slots(&mut self, plan: &Plan) {
        for (nth, link) in plan.links.iter().enumerate() {
            let Some(chain) = self.chains.get(nth) else { continue };
            let (Some(&first), Some(&last)) = (chain.first(), chain.last()) else { continue };
            let second = chain.get(1).copied().unwrap_or(last);
            let before = chain.iter().rev().nth(1).copied().unwrap_or(first);
            let (left, right) = link.slots(nth, first == link.from);
            for (card, side, slot, towards) in
                [(first, Side::Right, left, second), (last, Side::Left, right, before)]
            {
                self.slots.entry((card, side)).or_default().entry(slot).or_default().push(towards);
            }
        }
        for (&(card, _), slots) in &self.slots {
            let needed = SLOT * i64::try_from(slots.len()).unwrap_or(i64::MAX) + 8;
            if let Some(item) = self.items.get_mut(card) {
                item.height = item.height.max(needed);
            }
        }
    }

    /// Gives each item its height: near the middle of those to which it is linked, in the order of
    /// its column, without overlapping.
    fn stand(&mut self) {
        for column in self.columns.clone() {
            self.settle(&column, |_, _| None);
        }
        for sweep in 0..=SWEEPS {
            let count = self.columns.len();
            for nth in 0..count {
                let at = if sweep.is_multiple_of(2) { nth } else { count - 1 - nth };
                let Some(column) = self.columns.get(at).cloned() else { continue };
                self.settle(&column, |work, at| work.wish(at, sweep));
            }
        }
    }

    /// Returns where an item would stand by its neighbours, and how much it wishes so: a lane that
    /// goes on as a lane wants to be straight.
    fn wish(&self, at: usize, sweep: usize) -> Option<(i64, i64)> {
        let item = self.items.get(at)?;
        let (near, far) = if sweep.is_multiple_of(2) {
            (&item.left, &item.right)
        } else {
            (&item.right, &item.left)
        };
        let both: Vec<usize> = near.iter().chain(far).copied().collect();
        let side = if sweep == SWEEPS {
            &both
        } else if near.is_empty() {
            far
        } else {
            near
        };
        let sum: i64 = side.iter().filter_map(|&other| self.items.get(other)).map(|it| it.y).sum();
        let count = i64::try_from(side.len()).ok().filter(|count| *count > 0)?;
        let is_lane = |at: usize| at >= self.cards;
        let weight = if is_lane(at) && side.iter().all(|&other| is_lane(other)) { 8 } else { 1 };
        Some((sum / count, weight))
    }

    /// Places a column as near to its wishes as can be in the sense of least squares: items that
    /// would overlap form blocks, which stand at the mean of their wishes.
    fn settle(&mut self, column: &[usize], wish: impl Fn(&Self, usize) -> Option<(i64, i64)>) {
        struct Block {
            sum: i64,
            weight: i64,
            items: usize,
        }
        let mut offsets = Vec::new();
        let mut blocks: Vec<Block> = Vec::new();
        let (mut offset, mut before) = (0, None::<i64>);
        for &at in column {
            let (height, y) = self.items.get(at).map_or((0, 0), |item| (item.height, item.y));
            if let Some(before) = before {
                let is_lane = before == LANE && height == LANE;
                offset += (before + height) / 2 + if is_lane { 0 } else { CARD_GAP };
            }
            before = Some(height);
            offsets.push(offset);
            let (wished, weight) = wish(self, at).unwrap_or((y, 1));
            let mut block = Block { sum: (wished - offset) * weight, weight, items: 1 };
            while let Some(above) =
                blocks.pop_if(|above| above.sum * block.weight >= block.sum * above.weight)
            {
                block.sum += above.sum;
                block.weight += above.weight;
                block.items += above.items;
            }
            blocks.push(block);
        }
        let tops = blocks
            .iter()
            .flat_map(|block| std::iter::repeat_n(block.sum.div_euclid(block.weight), block.items));
        for ((&at, top), offset) in column.iter().zip(tops).zip(offsets) {
            if let Some(item) = self.items.get_mut(at) {
                item.y = top + offset;
            }
        }
    }

    fn finish(&self, plan: &Plan) -> Layout {
        let top = self.items.iter().map(|item| item.y - item.height / 2).min().unwrap_or(0);
        let bottom = self.items.iter().map(|item| item.y + item.height / 2).max().unwrap_or(0);
        let down = MARGIN - top;
        let (columns, width) = self.measure(plan);
        let rect = |item: &Item| {
            let column = columns.get(item.column).copied().unwrap_or_default();
            let y = item.y - item.height / 2 + down;
            Rect { x: column.left, y, width: column.right - column.left, height: item.height }
        };
        let cards = self.items.iter().take(plan.kinds.len()).map(rect).collect();
        let heights = self.slot_heights(down);
        let line = |(nth, link): (usize, &PlanLink)| {
            let points = self.points(nth, link, &columns, &heights, down);
            points.map_or(Drawn::Named, Drawn::Line)
        };
        let links = plan.links.iter().enumerate().map(line).collect();
        Layout { cards, links, width, height: bottom + down + MARGIN }
    }

    /// Returns where the columns stand, and how wide all of them are.
    fn measure(&self, plan: &Plan) -> (Vec<Column>, i64) {
        let mut columns = vec![Column::default(); self.columns.len()];
        let widen = |columns: &mut Vec<Column>, at: usize, to: &dyn Fn(&mut Column)| {
            if let Some(column) = columns.get_mut(at) {
                to(column);
            }
        };
        for (item, width) in self.items.iter().zip(&plan.widths) {
            widen(&mut columns, item.column, &|column| column.right = column.right.max(*width));
        }
        for (nth, link) in plan.links.iter().enumerate() {
            let Some(from) = self.items.get(link.from) else { continue };
            let Some(chain) = self.chains.get(nth).filter(|chain| !chain.is_empty()) else {
                continue;
            };
            let label = if link.label == 0 { ARROW } else { link.label + 10 };
            widen(&mut columns, from.column, &|column| {
                if chain.first() == Some(&link.from) {
                    column.after = column.after.max(label);
                } else {
                    column.before = column.before.max(label);
                }
            });
            for pair in chain.iter().take(chain.len() - 1) {
                let at = self.items.get(*pair).map_or(0, |item| item.column);
                widen(&mut columns, at, &|column| column.lines += 1);
            }
        }
        let mut x = MARGIN;
        let mut bend = 0;
        for column in &mut columns {
            x += bend + if bend == 0 { 0 } else { column.before.max(ARROW) };
            bend = 30 + (column.lines * 2).min(110);
            let width = column.right;
            column.before = column.before.max(ARROW);
            column.after = column.after.max(ARROW);
            (column.left, column.right) = (x, x + width);
            x = column.right + column.after;
        }
        let end = columns.last().map_or(MARGIN, |column| column.right);
        (columns, end + MARGIN)
    }

    /// Returns at which height each slot is.
    fn slot_heights(&self, down: i64) -> BTreeMap<(usize, Side, Slot), i64> {
        let mut heights = BTreeMap::new();
        for (&(card, side), slots) in &self.slots {
            let Some(y) = self.items.get(card).map(|item| item.y + down) else { continue };
            let mut order: Vec<(i64, Slot)> = slots
                .iter()
                .map(|(slot, towards)| {
                    let ys = towards.iter().filter_map(|at| self.items.get(*at)).map(|it| it.y);
                    let count = i64::try_from(towards.len()).unwrap_or(1).max(1);
                    (ys.sum::<i64>() / count, *slot)
                })
                .collect();
            order.sort_unstable();
            let count = i64::try_from(order.len()).unwrap_or(0);
            for ((_, slot), nth) in order.into_iter().zip(0_i64..) {
                let below = (2 * nth - count + 1) * SLOT / 2;
                heights.insert((card, side, slot), y + below);
            }
        }
        heights
    }

    fn points(
        &self,
        nth: usize,
        link: &PlanLink,
        columns: &[Column],
        heights: &BTreeMap<(usize, Side, Slot), i64>,
        down: i64,
    ) -> Option<Vec<(i64, i64)>> {
        let chain = self.chains.get(nth)?;
        let (&first, &last) = (chain.first()?, chain.last()?);
        let is_forward = first == link.from;
        let (left, right) = link.slots(nth, is_forward);
        let mut points = Vec::new();
        for (place, &at) in chain.iter().enumerate() {
            let item = self.items.get(at)?;
            let column = columns.get(item.column)?;
            if place == 0 {
                let y = *heights.get(&(at, Side::Right, left))?;
                points.extend([(column.right, y), (column.right + column.after, y)]);
            } else if at == last {
                let y = *heights.get(&(at, Side::Left, right))?;
                points.extend([(column.left - column.before, y), (column.left, y)]);
            } else {
                let y = item.y + down;
                points.push((column.left - column.before, y));
                points.push((column.right + column.after, y));
            }
        }
        if !is_forward {
            points.reverse();
        }
        Some(points)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Column {
    left: i64,
    right: i64,
    /// How much room labels and arrows need before and after it.
    before: i64,
    after: i64,
    /// How many lines bend after it.
    lines: i64,
}
