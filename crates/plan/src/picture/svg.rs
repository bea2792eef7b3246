//! A picture as SVG.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    Card, Line, Link, Picture,
    card::{Kind, Shown},
    layout::{Drawn, Layout, Plan, PlanLink, Rect},
    width::{clip, width},
};
use crate::Severity;

/// Titles have 13 pixels, and are as wide as if they had more: they are bold.
const TITLE: i64 = 14;
const SMALL: i64 = 11;
const MAX_TEXT: i64 = 190;
const MIN_CARD: i64 = 90;
const PADDING: i64 = 12;
const LEGEND_LINE: i64 = 18;

const STYLE: &str = "\
text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#1b1f24}
.t{font-size:13px;font-weight:600}
.d,.l,.k{font-size:11px}
.d{fill:#59636e}
.b{font-size:11px;font-weight:600;fill:#fff;text-anchor:middle}
.h{font-size:13px;font-weight:600}
.l{paint-order:stroke;stroke:#fff;stroke-width:3px}
.card{fill:#fff;stroke:#9aa4af}
.warning{stroke:#b35900;stroke-width:1.6}
.error{stroke:#c4242b;stroke-width:2}
.line{fill:none;stroke:#2b3440;stroke-width:1.3;marker-end:url(#a)}
.answer{stroke:#7d9a86;marker-end:url(#b)}
.unwanted{stroke:#8a939d;stroke-dasharray:5 4;marker-end:url(#c)}
.pale{opacity:.45}
.off{opacity:.25}
.lit .line{stroke-width:2.4}
.lit .card{stroke:#2b3440;stroke-width:1.6}
";

impl Picture {
    /// Returns the picture as SVG: dark on white, without fonts, images or scripts of its own. What
    /// no caller reaches is pale; what happens without anybody's wish is a dashed line.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let cards: Vec<(&Card, &Shown)> = self.cards.iter().collect();
        let links: Vec<(&(Card, Card, Line), &Link)> = self.links.iter().collect();
        let layout = Layout::of(&self.plan(&cards, &links));
        let told = self.told();
        let notes = told.iter().map(|(text, _)| width(text, SMALL)).max().unwrap_or(0);
        let wide = layout.width.max(notes + 100);
        let lines = i64::try_from(told.len()).unwrap_or(0);
        let tall = layout.height + lines * LEGEND_LINE + 20;
        // Writing to a string cannot fail, here and below.
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{tall}\" \
             viewBox=\"0 0 {wide} {tall}\">\n<style>{STYLE}</style>\n<defs>"
        );
        for (id, colour) in [("a", "#2b3440"), ("b", "#7d9a86"), ("c", "#8a939d")] {
            let _ = writeln!(
                svg,
                "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
                 markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
                 <path d=\"M0 0L8 4L0 8z\" fill=\"{colour}\"/></marker>"
            );
        }
        let _ = writeln!(svg, "</defs>\n<rect width=\"{wide}\" height=\"{tall}\" fill=\"#fff\"/>");
        // What a caller wants is drawn last: above what comes about.
        for kind in [Line::Unwanted, Line::Answer, Line::Wanted] {
            for ((key, link), drawn) in links.iter().zip(&layout.links) {
                if let (Drawn::Line(points), true) = (drawn, key.2 == kind) {
                    line(&mut svg, kind, link, points, self.fade(link.is_lit));
                }
            }
        }
        let mut named = self.named(&links, &layout);
        for ((card, shown), rect) in cards.iter().zip(&layout.cards) {
            let named = named.remove(card).unwrap_or_default();
            let fade = self.fade(shown.is_lit);
            draw_card(&mut svg, shown, *rect, fade, &named);
        }
        tell(&mut svg, &told, layout.height);
        svg.push_str("</svg>\n");
        svg
    }

    fn plan(&self, cards: &[(&Card, &Shown)], links: &[(&(Card, Card, Line), &Link)]) -> Plan {
        let index: BTreeMap<&Card, usize> =
            cards.iter().enumerate().map(|(at, (card, _))| (*card, at)).collect();
        let place = |card: &Card| index.get(card).copied().unwrap_or(0);
        let links = links.iter().map(|((from, to, line), link)| PlanLink {
            from: place(from),
            to: place(to),
            label: width(&link.label(*line), SMALL),
            style: match line {
                Line::Wanted => 0,
                Line::Answer => 1,
                Line::Unwanted => 2,
            },
        });
        let text = |shown: &Shown| {
            let badges = if shown.is_operator || shown.sign.is_some() { 40 } else { 0 };
            (width(&shown.title, TITLE) + badges).max(width(&shown.detail, SMALL))
        };
        Plan {
            kinds: cards.iter().map(|(_, shown)| shown.kind).collect(),
            widths: cards
                .iter()
                .map(|(_, shown)| (text(shown).min(MAX_TEXT) + 2 * PADDING).max(MIN_CARD))
                .collect(),
            links: links.collect(),
        }
    }

    /// Returns the class of what is not on a way that is looked for.
    fn fade(&self, is_lit: bool) -> &'static str {
        match (self.caption.is_empty(), is_lit) {
            (true, _) => "",
            (false, true) => " lit",
            (false, false) => " off",
        }
    }

    /// Returns the links that are named on their cards.
    fn named(
        &self,
        links: &[(&(Card, Card, Line), &Link)],
        layout: &Layout,
    ) -> BTreeMap<Card, Vec<String>> {
        let mut named: BTreeMap<Card, Vec<String>> = BTreeMap::new();
        for (((from, to, line), link), drawn) in links.iter().zip(&layout.links) {
            if *drawn == Drawn::Named
                && let Some(to) = self.cards.get(to)
            {
                let text = format!("{} → {}", link.label(*line), to.text);
                named.entry(*from).or_default().push(text.trim_start().to_owned());
            }
        }
        named
    }

    /// Returns the lines below the picture, and what is drawn before each.
    fn told(&self) -> Vec<(String, Option<&'static str>)> {
        let mut told: Vec<_> = self.caption.iter().map(|line| (line.clone(), Some("h"))).collect();
        told.extend(self.legend.iter().map(|line| (line.clone(), None)));
        for (line, text) in [
            (Line::Wanted, "a key, or the beginning of a call"),
            (Line::Answer, "one of those who are rung answers"),
            (Line::Unwanted, "without anybody's wish"),
        ] {
            if self.links.keys().any(|(_, _, used)| *used == line) {
                told.push((text.to_owned(), Some(class(line))));
            }
        }
        if self.cards.values().any(|shown| !shown.is_reached) {
            told.push(("pale: no caller comes there".to_owned(), None));
        }
        if self.cards.values().any(|shown| shown.sign > Some(Severity::Note)) {
            told.push(("!: check complains about it".to_owned(), None));
        }
        told
    }
}

const fn class(line: Line) -> &'static str {
    match line {
        Line::Wanted => "line",
        Line::Answer => "line answer",
        Line::Unwanted => "line unwanted",
    }
}

fn line(svg: &mut String, kind: Line, link: &Link, points: &[(i64, i64)], fade: &str) {
    let class = class(kind);
    let _ = write!(svg, "<g class=\"link{fade}\"><path class=\"{class}\" d=\"");
    let mut before = None;
    for (nth, (x, y)) in points.iter().enumerate() {
        let _ = match before {
            None => write!(svg, "M{x} {y}"),
            Some(_) if nth % 2 == 1 => write!(svg, "H{x}"),
            Some((from, above)) => {
                let middle = i64::midpoint(from, *x);
                write!(svg, "C{middle} {above} {middle} {y} {x} {y}")
            }
        };
        before = Some((*x, *y));
    }
    svg.push_str("\"/>");
    let label = link.label(kind);
    if let (false, [(x, y), (then, _), ..]) = (label.is_empty(), points) {
        let (x, anchor) = if then > x { (x + 5, "start") } else { (x - 5, "end") };
        let label = escape(&label);
        let _ = write!(
            svg,
            "<text class=\"l\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>",
            y - 3
        );
    }
    svg.push_str("</g>\n");
}

fn draw_card(svg: &mut String, shown: &Shown, rect: Rect, fade: &str, named: &[String]) {
    let Rect { x, y, width: wide, height } = rect;
    let pale = if shown.is_reached { "" } else { " pale" };
    let sign = match shown.sign {
        Some(Severity::Error) => " error",
        Some(Severity::Warning) => " warning",
        Some(Severity::Note) | None => "",
    };
    let colour = match shown.kind {
        Kind::Entry => "#1f5fa8",
        Kind::Menu => "#6b4fa0",
        Kind::Group => "#2e7d5b",
        Kind::Announcement => "#a0762a",
        Kind::Person => "#1b8a94",
        Kind::Mailbox | Kind::Apology => "#6b7580",
    };
    let round = if shown.kind == Kind::Entry { 10 } else { 3 };
    let mut about = vec![shown.title.as_str(), shown.detail.as_str()];
    about.extend(shown.findings.iter().map(String::as_str));
    let about = escape(&about.join("\n"));
    let _ = write!(
        svg,
        "<g class=\"node{pale}{fade}\"><title>{about}</title>\
         <rect class=\"card{sign}\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{height}\" \
         rx=\"{round}\"/><rect x=\"{}\" y=\"{}\" width=\"3\" height=\"{}\" rx=\"1\" \
         fill=\"{colour}\"/>",
        x + 4,
        y + 6,
        height - 12
    );
    let room = wide - 2 * PADDING;
    let lines = i64::try_from(named.len()).unwrap_or(0);
    let mut below = y + (height - 15 * lines) / 2 - 3;
    let badges = if shown.is_operator || shown.sign.is_some() { 40 } else { 0 };
    let title = escape(&clip(&shown.title, TITLE, room - badges));
    let _ = write!(svg, "<text class=\"t\" x=\"{}\" y=\"{below}\">{title}</text>", x + PADDING);
    for line in std::iter::once(&shown.detail).chain(named) {
        below += 15;
        let line = escape(&clip(line, SMALL, room));
        let _ = write!(svg, "<text class=\"d\" x=\"{}\" y=\"{below}\">{line}</text>", x + PADDING);
    }
    let mut right = x + wide - 12;
    let badges = [
        (sign == " error", "#c4242b", "!"),
        (sign == " warning", "#b35900", "!"),
        (shown.is_operator, "#2b3440", "0"),
    ];
    for (_, colour, text) in badges.iter().filter(|(is_there, _, _)| *is_there) {
        let _ = write!(
            svg,
            "<circle cx=\"{right}\" cy=\"{}\" r=\"7\" fill=\"{colour}\"/><text class=\"b\" \
             x=\"{right}\" y=\"{}\">{text}</text>",
            y + 12,
            y + 16
        );
        right -= 17;
    }
    svg.push_str("</g>\n");
}

fn tell(svg: &mut String, told: &[(String, Option<&'static str>)], from: i64) {
    let mut y = from;
    for (text, sample) in told {
        y += LEGEND_LINE;
        let class = if *sample == Some("h") { "h" } else { "k" };
        let sample = sample.filter(|class| *class != "h");
        if let Some(class) = sample {
            let _ = write!(svg, "<path class=\"{class}\" d=\"M24 {}H60\"/>", y - 4);
        }
        let x = if sample.is_some() { 68 } else { 24 };
        let text = escape(text);
        let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }
}

/// Writes what has a meaning in XML as entities, and what must not be there as a space.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
