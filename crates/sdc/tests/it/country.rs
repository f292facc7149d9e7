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

/// An area tree with this many lowest areas: five per district, 42 per town, all in one country. Then
/// for each breakdown a total with this many parts.
pub(crate) fn dimensions(lowest: usize, breakdowns: &[usize]) -> Vec<Dimension> {
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
    let dimension = |name: String, nodes| Dimension { name, nodes, groups: Vec::new() };
    let mut dimensions = vec![dimension("areas".to_owned(), areas)];
    for (index, parts) in breakdowns.iter().enumerate() {
        let mut nodes = vec![node("T".to_owned(), None)];
        nodes.extend((1..=*parts).map(|part| node(format!("C{part:02}"), Some("T".to_owned()))));
        dimensions.push(dimension(format!("breakdown {index}"), nodes));
    }
    dimensions
}

/// Counts for every combination, totals included, in the order of the dimensions.
pub(crate) fn counts(dimensions: &[Dimension], seed: u64) -> Vec<i64> {
    let Some((areas, breakdowns)) = dimensions.split_first() else { return Vec::new() };
    let mut dice = Dice::new(seed);
    let place: std::collections::HashMap<&str, usize> =
        areas.nodes.iter().enumerate().map(|(index, node)| (node.code.as_str(), index)).collect();
    let width: usize = breakdowns.iter().map(|own| own.nodes.len()).product();
    let mut values = vec![vec![0i64; width]; areas.nodes.len()];
    for index in 0..areas.nodes.len() {
        if !areas.nodes[index].code.starts_with("BU") {
            continue;
        }
        // Sizes differ widely: the product of three uniform numbers.
        let size = (1 + dice.under(12)) * (1 + dice.under(12)) * (1 + dice.under(12));
        let own = cross(breakdowns, size, &mut dice);
        let mut at = Some(index);
        while let Some(area) = at {
            own.iter().zip(&mut values[area]).for_each(|(count, sum)| *sum += count);
            at = areas.nodes[area].parent.as_deref().map(|code| place[code]);
        }
    }
    values.into_iter().flatten().collect()
}

/// The counts of one area: the total of each breakdown is its first node.
fn cross(breakdowns: &[Dimension], size: u64, dice: &mut Dice) -> Vec<i64> {
    let sizes: Vec<usize> = breakdowns.iter().map(|own| own.nodes.len()).collect();
    let mut counts = vec![0; sizes.iter().product()];
    for index in 0..counts.len() {
        let (mut rest, mut above, mut stride, mut share) = (index, vec![0], 1, 500);
        for size in sizes.iter().rev() {
            let node = rest % size;
            rest /= size;
            share /= u64::try_from(node * node).unwrap_or(1).max(1);
            let with_total = above.iter().flat_map(|place| [*place, place + node * stride]);
            above = with_total.collect();
            stride *= size;
            if node == 0 {
                above.clear();
                break;
            }
        }
        let count = if above.is_empty() { 0 } else { dice.count(size * share) };
        above.into_iter().for_each(|place| counts[place] += count);
    }
    counts
}
