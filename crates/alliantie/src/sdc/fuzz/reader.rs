//! A reader of a file who knows of cells only what they are called, and sums.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Large enough that a factor that is zero by it is zero, for the few cells that there are.
const PRIME: i128 = (1 << 61) - 1;

type Row = BTreeMap<String, i128>;

/// The cells that follow by sums from those that are shown or known, by name.
pub(super) fn computed(file: &Value, known: &BTreeSet<String>) -> BTreeSet<String> {
    let mut rows: Vec<(String, Row)> = Vec::new();
    for (total, parts) in sums(file) {
        let mut row = Row::new();
        for (id, sign) in parts.into_iter().map(|part| (part, 1)).chain([(total, PRIME - 1)]) {
            if !known.contains(&id) {
                add(&mut row, &id, sign);
            }
        }
        for (pivot, own) in &rows {
            take_out(&mut row, pivot, own);
        }
        let Some((pivot, factor)) = row.iter().next().map(|(id, factor)| (id.clone(), *factor)) else {
            continue;
        };
        let inverse = power(factor, PRIME - 2);
        row.values_mut().for_each(|own| *own = *own * inverse % PRIME);
        rows.iter_mut().for_each(|(_, own)| take_out(own, &pivot, &row));
        rows.push((pivot, row));
    }
    rows.into_iter().filter(|(_, row)| row.len() == 1).map(|(pivot, _)| pivot).collect()
}

/// The totals of a file with their parts.
fn sums(file: &Value) -> Vec<(String, Vec<String>)> {
    let name = |id: &Value| id.as_str().unwrap().to_owned();
    let relations = file["relations"].as_array().unwrap().iter();
    relations
        .map(|own| (name(&own["total"]), own["parts"].as_array().unwrap().iter().map(name).collect()))
        .collect()
}

/// Whether two cells are in different parts of one sum.
pub(super) fn apart(file: &Value, one: &str, other: &str) -> bool {
    let sums = sums(file);
    let above = |id: &str| {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![id.to_owned()]);
        while let Some(id) = waiting.pop() {
            let holding = sums.iter().filter(|(_, parts)| parts.contains(&id));
            waiting.extend(holding.map(|(total, _)| total.clone()));
            found.insert(id);
        }
        found
    };
    let (one, other) = (above(one), above(other));
    sums.iter().any(|(_, parts)| {
        let is_in =
            |own: &BTreeSet<String>| parts.iter().filter(|part| own.contains(*part)).collect::<Vec<_>>();
        let (one, other) = (is_in(&one), is_in(&other));
        one.iter().any(|part| other.iter().any(|own| own != part))
    })
}

fn take_out(row: &mut Row, pivot: &str, with: &Row) {
    if let Some(factor) = row.get(pivot).copied() {
        with.iter().for_each(|(id, own)| add(row, id, PRIME - factor * own % PRIME));
    }
}

fn add(row: &mut Row, id: &str, value: i128) {
    let sum = (row.get(id).copied().unwrap_or(0) + value) % PRIME;
    if sum == 0 {
        row.remove(id);
    } else {
        row.insert(id.to_owned(), sum);
    }
}

fn power(base: i128, exponent: i128) -> i128 {
    let (mut base, mut exponent, mut result) = (base % PRIME, exponent, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}
