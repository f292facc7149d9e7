//! A made-up country: an area tree with counts per category, from a seed.

use sdc::model::{Dimension, Node};

/// A pseudo-random sequence (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number under `limit`.
    pub(crate) fn under(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// How many of rare events occur when `thousandths` / 1000 are expected: a Poisson count, as
    /// the number of exponential steps that fit, in fixed point.
    pub(crate) fn count(&mut self, thousandths: u64) -> i64 {
        if thousandths > 60_000 {
            // The sum of 12 uniform numbers is close to normal.
            let sum: u64 = (0..12).map(|_| self.under(1000)).sum();
            let mean = i64::try_from(thousandths / 1000).unwrap_or(i64::MAX);
            let deviation = i64::try_from((thousandths / 1000).isqrt()).unwrap_or(0);
            let off = i64::try_from(sum).unwrap_or(0) - 5994;
            return (mean + deviation * off / 1000).max(0);
        }
        let (mut left, mut count) = (thousandths, 0);
        loop {
            let step = self.exponential();
            if step > left {
                return count;
            }
            left -= step;
            count += 1;
        }
    }

    /// An exponential step with mean 1000, by the logarithm of a uniform number in base two.
    fn exponential(&mut self) -> u64 {
        let bits = self.next() | 1;
        let zeros = u64::from(bits.leading_zeros());
        let mantissa = (bits << zeros) >> 44;
        let fraction = mantissa - (1 << 19);
        // ln 2 is 0.6931; within an octave the logarithm is taken as linear.
        let octaves = (zeros << 19) + ((1 << 19) - fraction);
        (octaves * 693) >> 19
    }
}

/// An area tree with this many lowest areas: about ten per area at the second level, about four of
/// those per municipality, all in one country. Then a total with `categories` parts.
pub(crate) fn dimensions(lowest: usize, categories: usize) -> [Dimension; 2] {
    let node = |code: String, parent: Option<String>| Node { code, parent };
    let mut areas = vec![node("NL".to_owned(), None)];
    for index in 0..lowest {
        let (district, town) = (index / 5, index / 42);
        if index % 42 == 0 {
            areas.push(node(format!("GM{town:05}"), Some("NL".to_owned())));
        }
        if index % 5 == 0 || index % 42 == 0 {
            areas.push(node(format!("WK{town:05}-{district:06}"), Some(format!("GM{town:05}"))));
        }
        areas.push(node(format!("BU{index:07}"), Some(format!("WK{town:05}-{district:06}"))));
    }
    let mut parts = vec![node("T".to_owned(), None)];
    parts.extend((1..=categories).map(|index| node(format!("C{index:02}"), Some("T".to_owned()))));
    let dimension = |name: &str, nodes| Dimension { name: name.to_owned(), nodes, groups: Vec::new() };
    [dimension("areas", areas), dimension("categories", parts)]
}

/// Counts for every area and category, totals included, in the order of the dimensions.
pub(crate) fn counts(dimensions: &[Dimension; 2], seed: u64) -> Vec<i64> {
    let [areas, parts] = dimensions;
    let width = parts.nodes.len();
    let mut dice = Dice::new(seed);
    let place: std::collections::HashMap<&str, usize> =
        areas.nodes.iter().enumerate().map(|(index, node)| (node.code.as_str(), index)).collect();
    let mut values = vec![vec![0i64; width]; areas.nodes.len()];
    for index in 0..areas.nodes.len() {
        if !areas.nodes[index].code.starts_with("BU") {
            continue;
        }
        // Sizes differ widely: the product of three uniform numbers.
        let size = (1 + dice.under(12)) * (1 + dice.under(12)) * (1 + dice.under(12));
        let mut own = vec![0];
        for category in 1..width {
            let share = 1000 / (u64::try_from(category * category).unwrap_or(1));
            own.push(dice.count(size * share / 2));
        }
        own[0] = own.iter().sum();
        let mut at = Some(index);
        while let Some(area) = at {
            own.iter().zip(&mut values[area]).for_each(|(count, sum)| *sum += count);
            at = areas.nodes[area].parent.as_deref().map(|code| place[code]);
        }
    }
    values.into_iter().flatten().collect()
}
