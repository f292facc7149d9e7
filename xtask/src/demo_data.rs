//! The fictitious rent-arrears deliveries of the demo, made from nothing but a seed and the areas.
//!
//! Counts per area, quarter and age group that add up both ways: neighbourhoods to districts to the
//! municipality, and age groups to the total. A fifth to a third of the cells is under 10, so that
//! the protection of small groups has work to do.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

const AREAS: &str = "data/programma/gebieden.csv";
const FOLDER: &str = "data/demo/leveringen";
const HEADER: &str = "indicator,gebied,periode,leeftijdsgroep,waarde,status,bron,opmerking";
const INDICATOR: &str = "huurachterstand";
const MUNICIPALITY: &str = "GM0899";
const TOTAL: &str = "totaal";
/// Age groups, each with its share of the arrears in percent.
const AGES: [(&str, u64); 5] = [("18-26", 16), ("27-39", 26), ("40-54", 25), ("55-66", 19), ("67+", 14)];
/// Quarters, each with its level in percent of the first.
const QUARTERS: [(&str, u64); 4] = [("2025Q1", 100), ("2025Q2", 97), ("2025Q3", 103), ("2025Q4", 108)];

/// One neighbourhood in this many has no homes of the landlord, so zeros everywhere.
const ABSENT_ONE_IN: u64 = 20;
/// The files, each with its seed.
const FILES: [(&str, u64); 2] =
    [("weller-huurachterstand-fictief.csv", 1), ("wonen-zuid-huurachterstand-fictief.csv", 2)];

/// Writes the fictitious deliveries, or with `check` fails when the files are not what it would write.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let areas = fs::read_to_string(root.join(AREAS)).with_context(|| format!("cannot read {AREAS}"))?;
    for (file, seed) in FILES {
        let name = format!("{FOLDER}/{file}");
        let made = make(&areas, seed)?;
        let path = root.join(&name);
        if check {
            let found = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
            compare(&name, &made, &found)?;
        } else {
            fs::write(&path, made).with_context(|| format!("cannot write {name}"))?;
        }
    }
    Ok(())
}

fn compare(name: &str, made: &str, found: &str) -> anyhow::Result<()> {
    if made == found {
        return Ok(());
    }
    let pairs = made.lines().zip(found.lines());
    let same = pairs.take_while(|(made, found)| made == found).count();
    bail!(
        "{name} is not what the generator makes, from line {} on: edit the generator or the areas, never \
         this file, and write it again with `cargo xtask demo-data`",
        same + 1
    )
}

/// An area and its counts: per quarter, the total and then the age groups.
struct Counts<'a> {
    code: &'a str,
    kind: &'a str,
    parent: &'a str,
    quarters: [[u64; AGES.len() + 1]; QUARTERS.len()],
}

impl Counts<'_> {
    fn add(&mut self, part: &Self) {
        let counts = part.quarters.iter().flatten();
        for (sum, count) in self.quarters.iter_mut().flatten().zip(counts) {
            *sum += count;
        }
    }
}

/// The delivery as a file.
fn make(areas: &str, seed: u64) -> anyhow::Result<String> {
    let mut tables = read_areas(areas)?;
    for table in tables.iter_mut().filter(|table| table.kind == "buurt") {
        fill(table, seed)?;
    }
    for (kind, parts) in [("wijk", "buurt"), ("gemeente", "wijk")] {
        let (mut sums, leaves): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| table.kind == kind);
        for part in leaves.iter().filter(|table| table.kind == parts) {
            let whole = sums.iter_mut().find(|sum| sum.code == part.parent);
            let missing = || format!("{AREAS}: {} is part of no {kind}", part.code);
            whole.with_context(missing)?.add(part);
        }
        tables = sums.into_iter().chain(leaves).collect();
    }
    tables.sort_by_key(|table| (table.kind != "gemeente", table.kind != "wijk", table.code));
    let mut file = format!("{HEADER}\n");
    for (index, (period, _)) in QUARTERS.iter().enumerate() {
        for table in &tables {
            let counts = table.quarters.get(index).into_iter().flatten();
            let groups = std::iter::once(TOTAL).chain(AGES.iter().map(|(age, _)| *age));
            for (group, count) in groups.zip(counts) {
                let code = table.code;
                let row = format!("{INDICATOR},{code},{period},{group},{count},definitief,,fictief\n");
                file.push_str(&row);
            }
        }
    }
    Ok(file)
}

/// The municipality with its districts and neighbourhoods, without counts.
fn read_areas(text: &str) -> anyhow::Result<Vec<Counts<'_>>> {
    let mut tables = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [code, name, kind, parent, ..] = *fields else {
            bail!("{AREAS}: line {} has fewer than four fields", index + 1);
        };
        ensure!(!name.contains('"'), "{AREAS}: {code} has a name in quotes");
        if code == MUNICIPALITY || matches!(kind, "wijk" | "buurt") {
            tables.push(Counts { code, kind, parent, quarters: Default::default() });
        }
    }
    ensure!(!tables.is_empty(), "{AREAS} has no areas");
    Ok(tables)
}

/// Makes the counts of a neighbourhood up. They hang on the seed and its code only, so that another
/// area in the list changes nothing here.
fn fill(table: &mut Counts<'_>, seed: u64) -> anyhow::Result<()> {
    let digits = table.code.trim_start_matches("BU");
    let number: u64 = digits.parse().with_context(|| format!("{AREAS}: {digits} is no code of CBS"))?;
    let mut random = SplitMix64(seed << 32 | number);
    if random.between(1, ABSENT_ONE_IN) == 1 {
        return Ok(());
    }
    // The product of two draws is skewed: many neighbourhoods with few arrears, a few with many.
    let size = 32 + random.between(0, 12) * random.between(0, 12);
    // One age group in twenty-five has none, in a neighbourhood that does have arrears.
    let bases = AGES.map(|(_, share)| size * share * random.between(0, 24).min(1) * random.between(60, 140));
    for (quarter, (_, level)) in table.quarters.iter_mut().zip(QUARTERS) {
        let [total, groups @ ..] = quarter;
        for (count, base) in groups.iter_mut().zip(bases) {
            // Four percentages multiplied, rounded to a whole count.
            *count = (base * level * random.between(85, 115) + 50_000_000) / 100_000_000;
            *total += *count;
        }
    }
    Ok(())
}

/// The generator of Steele, Lea and Flood (2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const AREAS_CSV: &str = include_str!("../../data/programma/gebieden.csv");

    /// Counts by area, quarter and group.
    fn cells(file: &str) -> BTreeMap<(&str, &str, &str), u64> {
        file.lines()
            .skip(1)
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                ((fields[1], fields[2], fields[3]), fields[4].parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn parts_add_up_to_the_whole_over_areas_and_over_ages() {
        let areas = read_areas(AREAS_CSV).unwrap();
        for (_, seed) in FILES {
            let file = make(AREAS_CSV, seed).unwrap();
            let cells = cells(&file);
            assert_eq!(cells.len(), 51 * 4 * 6);
            assert_eq!(file.lines().count(), cells.len() + 1);
            for (&(area, period, group), &count) in &cells {
                if group == TOTAL {
                    let ages = AGES.map(|(age, _)| cells[&(area, period, age)]);
                    assert_eq!(ages.iter().sum::<u64>(), count, "{area} {period}");
                }
                let parts = areas.iter().filter(|part| part.parent == area);
                let parts: Vec<u64> = parts.map(|part| cells[&(part.code, period, group)]).collect();
                let sum: u64 = parts.iter().sum();
                assert!(parts.is_empty() || sum == count, "{area} {period} {group}");
            }
        }
    }

    #[test]
    fn some_cells_are_small_and_some_are_zero() {
        for (_, seed) in FILES {
            let file = make(AREAS_CSV, seed).unwrap();
            let cells = cells(&file);
            let under = |bound| cells.values().filter(|count| **count < bound).count();
            let (share, zeros) = (under(10) * 100 / cells.len(), under(1));
            assert!((15..=45).contains(&share), "{share}% under 10");
            assert!(zeros > 0);
        }
    }

    #[test]
    fn a_seed_always_makes_the_same_file() {
        let file = make(AREAS_CSV, 1).unwrap();
        assert_eq!(file, make(AREAS_CSV, 1).unwrap());
        assert_ne!(file, make(AREAS_CSV, 2).unwrap());
    }

    #[test]
    fn a_changed_file_is_refused_and_the_line_named() {
        run(true).unwrap();
        let error = compare("a.csv", "x\ny\nz\n", "x\nY\nz\n").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("a.csv") && error.contains("line 2"), "{error}");
    }
}
