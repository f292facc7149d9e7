//! Geometry of the diverging bars of one element.
//!
//! Across, everything is a percentage of the width of the drawing; down, it is in em. So the
//! drawing fills a column of any width while its letters keep the size that the reader set.

use super::view::Verdict;

/// Bars end at this many percent from the benchmark; what is longer is cut and gets a point.
pub(super) const LIMIT: f64 = 100.0;
/// Where the limit is, in percent of the width left and right of the middle. What is left over is
/// for the numbers beside the bars.
const REACH: f64 = 30.0;
/// Middle of the drawing, in percent of its width: as in the benchmark.
const MIDDLE: f64 = 50.0;

/// Most characters on a line of a name; a narrow phone has room for them.
const LINE: usize = 36;
/// Most lines of a name; the table has the whole name.
const LINES: usize = 4;

// Heights in hundredths of an em.
const HEADER: usize = 330;
const LEADING: usize = 130;
const GAP: usize = 45;
const THICKNESS: usize = 120;
const BETWEEN: usize = 110;
const ASCENT: usize = 95;

/// The drawing of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    /// Height, in em with its unit.
    pub(super) height: String,
    /// Where the limits are, from the left.
    pub(super) left: String,
    /// The same at the right.
    pub(super) right: String,
    /// Thickness of a bar.
    pub(super) thickness: String,
    /// One row for each indicator, in their order.
    pub(super) rows: Vec<Row>,
}

/// One indicator in the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The name, line by line.
    pub(super) name: Vec<Line>,
    /// Top of the bar and of the track that it lies on.
    pub(super) top: String,
    /// Bottom of both.
    pub(super) bottom: String,
    /// Top and bottom of the mark in the middle.
    pub(super) mark: (String, String),
    /// The bar; none when there is nothing to compare or no difference.
    pub(super) bar: Option<Bar>,
    /// The number, or why there is none.
    pub(super) number: Number,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The words.
    pub(super) text: String,
    /// Baseline.
    pub(super) y: String,
}

/// A bar from the middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Left end.
    pub(super) x: String,
    /// Length.
    pub(super) width: String,
    /// Which side it is on.
    pub(super) verdict: Verdict,
    /// Whether it is longer than is drawn.
    pub(super) cut: bool,
}

/// The text at the end of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The text.
    pub(super) text: String,
    /// Where it is anchored.
    pub(super) x: String,
    /// Distance from there.
    pub(super) dx: &'static str,
    /// `start` or `end`.
    pub(super) anchor: &'static str,
    /// Baseline.
    pub(super) y: String,
    /// How it is shown: beside the bar, in a cut bar, or in the place of a bar.
    pub(super) class: &'static str,
}

/// What a row says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    /// Name of the indicator.
    pub(super) name: &'a str,
    /// Relative difference in percent, exact decimal; empty when there is none.
    pub(super) relative: &'a str,
    /// The same for readers, or why there is none.
    pub(super) shown: &'a str,
    /// What it means; none when there is nothing to compare.
    pub(super) verdict: Option<Verdict>,
}

impl Chart {
    /// The drawing of these rows.
    pub(super) fn of(said: &[Said<'_>]) -> Self {
        let mut top = HEADER;
        let mut rows = Vec::with_capacity(said.len());
        for one in said {
            let (row, next) = row(*one, top);
            rows.push(row);
            top = next;
        }
        Self {
            height: em(top),
            left: percent(MIDDLE - REACH),
            right: percent(MIDDLE + REACH),
            thickness: em(THICKNESS),
            rows,
        }
    }
}

fn row(said: Said<'_>, top: usize) -> (Row, usize) {
    let mut baseline = top + ASCENT;
    let mut name = Vec::new();
    for text in wrap(said.name) {
        name.push(Line { text, y: em(baseline) });
        baseline += LEADING;
    }
    let bar_top = baseline - LEADING + GAP;
    let (bar, number) = bar(said, em(bar_top + ASCENT - 5));
    let row = Row {
        name,
        top: em(bar_top),
        bottom: em(bar_top + THICKNESS),
        mark: (em(bar_top - 15), em(bar_top + THICKNESS + 15)),
        bar,
        number,
    };
    (row, bar_top + THICKNESS + BETWEEN)
}

fn bar(said: Said<'_>, y: String) -> (Option<Bar>, Number) {
    let size = said.relative.parse::<f64>().ok().filter(|value| !value.is_nan()).map(f64::abs);
    let (size, verdict) = match (size, said.verdict) {
        (Some(size), Some(verdict @ (Verdict::Favourable | Verdict::Unfavourable))) => (size, verdict),
        (_, verdict) => {
            let class = if verdict.is_some() { "beside" } else { "missing" };
            let number = Number {
                text: said.shown.to_owned(),
                x: percent(MIDDLE),
                dx: "0.6em",
                anchor: "start",
                y,
                class,
            };
            return (None, number);
        }
    };
    let right = verdict == Verdict::Favourable;
    let cut = size > LIMIT;
    let width = REACH * size.min(LIMIT) / LIMIT;
    let end = if right { MIDDLE + width } else { MIDDLE - width };
    // Beside the bar, away from the middle; in a cut bar, where there is room for it.
    let (anchor, dx) = if right == cut { ("end", "-0.4em") } else { ("start", "0.4em") };
    let bar = Bar { x: percent(end.min(MIDDLE)), width: percent(width), verdict, cut };
    let class = if cut { "inside" } else { "beside" };
    let number = Number { text: said.shown.to_owned(), x: percent(end), dx, anchor, y, class };
    (Some(bar), number)
}

/// The name in lines of at most [`LINE`] characters, broken between words where that is possible.
fn wrap(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in name.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(LINE) {
            let room = line.is_empty() || line.chars().count() + 1 + piece.len() <= LINE;
            if !room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(piece);
        }
    }
    lines.push(line);
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            last.push('\u{2026}');
        }
    }
    lines
}

fn em(hundredths: usize) -> String {
    format!("{}.{:02}em", hundredths / 100, hundredths % 100)
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(relative: &str, shown: &str, verdict: Option<Verdict>) -> Row {
        let said = Said { name: "Bijstand", relative, shown, verdict };
        Chart::of(&[said]).rows.remove(0)
    }

    #[test]
    fn favourable_is_right_of_the_middle() {
        let row = one("44.3", "+44,3%", Some(Verdict::Favourable));
        let bar = row.bar.expect("a bar");
        assert_eq!((bar.x.as_str(), bar.width.as_str(), bar.cut), ("50.00%", "13.29%", false));
        assert_eq!((row.number.x.as_str(), row.number.anchor), ("63.29%", "start"));
    }

    #[test]
    fn unfavourable_is_left_of_the_middle() {
        let row = one("-44.7", "\u{2212}44,7%", Some(Verdict::Unfavourable));
        let bar = row.bar.expect("a bar");
        assert_eq!((bar.x.as_str(), bar.width.as_str(), bar.cut), ("36.59%", "13.41%", false));
        assert_eq!((row.number.x.as_str(), row.number.anchor), ("36.59%", "end"));
    }

    #[test]
    fn a_bar_over_the_limit_is_cut_and_keeps_its_number() {
        for (relative, cut) in [("-100.0", false), ("-100.1", true), ("-102.4", true), ("-1e400", true)] {
            let row = one(relative, "\u{2212}102,4%", Some(Verdict::Unfavourable));
            let bar = row.bar.expect("a bar");
            assert_eq!(
                (bar.x.as_str(), bar.width.as_str(), bar.cut),
                ("20.00%", "30.00%", cut),
                "{relative}"
            );
            assert_eq!(row.number.text, "\u{2212}102,4%");
            assert_eq!(row.number.class, if cut { "inside" } else { "beside" });
        }
        let row = one("250.0", "+250,0%", Some(Verdict::Favourable));
        assert_eq!((row.number.x.as_str(), row.number.anchor), ("80.00%", "end"));
    }

    #[test]
    fn what_is_missing_has_a_text_and_no_bar() {
        for relative in ["", "NaN", "veel"] {
            let row = one(relative, "n.v.t.", None);
            assert_eq!(row.bar, None);
            assert_eq!((row.number.text.as_str(), row.number.class), ("n.v.t.", "missing"));
        }
    }

    #[test]
    fn no_difference_has_a_number_and_no_bar() {
        let row = one("0.0", "0,0%", Some(Verdict::Equal));
        assert_eq!(row.bar, None);
        assert_eq!((row.number.text.as_str(), row.number.class), ("0,0%", "beside"));
    }

    #[test]
    fn long_names_are_broken_between_words_and_never_out_of_the_drawing() {
        assert_eq!(
            wrap("Huishoudens onder de lage inkomensgrens (tot 120% sociaal minimum)"),
            ["Huishoudens onder de lage", "inkomensgrens (tot 120% sociaal", "minimum)"]
        );
        assert_eq!(wrap(""), [""]);
        let endless = wrap(&"é".repeat(1000));
        assert_eq!(endless.len(), LINES);
        assert!(endless.iter().all(|line| line.chars().count() <= LINE + 1));
    }

    #[test]
    fn rows_follow_each_other_downwards() {
        let said = Said { name: "Bijstand", relative: "", shown: "n.v.t.", verdict: None };
        let chart = Chart::of(&[said, said]);
        assert_eq!(chart.rows[0].top, "4.70em");
        assert_eq!(chart.rows[1].top, "8.40em");
        assert_eq!(chart.height, "10.70em");
    }
}
