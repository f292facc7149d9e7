//! Percentages of which the file says of how many they are.

use ::sdc::Unwatched;
use bolero::{TypeGenerator, check};
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::protect;
use crate::cli::{Cli, Command, Sdc, SdcPolicy};

fn policy(arguments: &[&str]) -> SdcPolicy {
    let line =
        ["alliantie", "sdc", "protect", "file", "--policy"].into_iter().chain(arguments.iter().copied());
    match Cli::try_parse_from(line).unwrap().command {
        Some(Command::Sdc(Sdc::Protect { policy, .. })) => policy,
        _ => panic!("another command"),
    }
}

fn share(id: &str, value: u32, of: u32) -> Value {
    json!({"id": id, "value": value, "denominator": of})
}

#[test]
fn who_is_not_counted_in_one_part_is_not_who_is_not_counted_in_another() {
    let file = json!({
        "cells": [share("wijk", 58, 60), share("b1", 29, 30), share("b2", 29, 30)],
        "relations": [{"total": "wijk", "parts": ["b1", "b2"]}],
    });
    let file = File::parse(&file.to_string()).unwrap();
    let answer = protect::report(&file, &policy(&["persons_general"]), &Unwatched).unwrap();
    assert_eq!(answer["suppressed"], json!(["wijk", "b1", "b2"]));
    assert_eq!(answer["intervals"], json!({"wijk": [0, 60], "b1": [0, 30], "b2": [0, 30]}));
}

#[test]
fn who_are_counted_of_nearly_all_are_withheld_by_a_rule_on_groups() {
    let suppressed = |cells: &[Value], relations: Value| {
        let file = json!({"cells": cells, "relations": relations});
        let file = File::parse(&file.to_string()).unwrap();
        protect::report(&file, &policy(&["persons_sensitive"]), &Unwatched).unwrap()
    };
    for (value, is_shown) in [(179, true), (180, false), (190, false), (10, true)] {
        let answer = suppressed(&[share("oost", value, 200)], json!([]));
        let expected = if is_shown { json!([]) } else { json!(["oost"]) };
        assert_eq!(answer["protected"], expected, "{value} of 200; who are not counted are no category");
        assert_eq!(answer["suppressed"], expected, "{value} of 200");
    }
    // That the parts are no categories of the total says nothing of who are counted.
    let cells = [share("wijk", 300, 400), share("b1", 190, 200), share("b2", 110, 200)];
    let answer = suppressed(&cells, json!([{"total": "wijk", "parts": ["b1", "b2"], "breakdown": false}]));
    assert_eq!(answer["protected"], json!(["b1"]));
    assert_eq!(answer["suppressed"], json!(["b1", "b2"]));
    assert!(answer["intervals"]["b1"][0].as_i64() < Some(180), "it may be less than nine tenths: {answer}");
}

#[test]
fn parts_of_overlapping_groups_have_no_sum_of_who_are_not_counted() {
    // Each category is of the whole group: who is not counted in one is counted in another, or is the same.
    let file = json!({
        "cells": [share("t", 58, 60), share("a", 29, 60), share("b", 29, 60)],
        "relations": [{"total": "t", "parts": ["a", "b"]}],
    });
    let file = File::parse(&file.to_string()).unwrap();
    assert_eq!(file.tables().unwrap().linked.universe.relations().count(), 4);
}

/// Percentages of areas by categories: of each smallest area and category how many are counted and how many are not.
#[derive(Debug, TypeGenerator)]
struct Areas {
    /// Per district, per neighbourhood, per category.
    counts: Vec<Vec<[(u8, u8); 2]>>,
    with_districts: bool,
    with_categories: bool,
    policy: u8,
}

impl Areas {
    fn file(&self) -> Value {
        // Mostly few, and often nobody.
        let few = |count: u8| {
            u32::from(match count {
                0..60 => 0,
                60..200 => count % 8,
                200.. => count % 64,
            })
        };
        let (mut cells, mut relations) = (Vec::new(), Vec::new());
        let mut add = |id: &str, parts: &[[[u32; 2]; 2]]| -> [[u32; 2]; 2] {
            let mut sum = [[0; 2]; 2];
            for (category, own) in sum.iter_mut().enumerate() {
                parts
                    .iter()
                    .for_each(|part| [0, 1].into_iter().for_each(|side| own[side] += part[category][side]));
            }
            let [a, b] = sum.map(|[counted, others]| [counted, counted + others]);
            if self.with_categories {
                cells.extend([share(&format!("{id}a"), a[0], a[1]), share(&format!("{id}b"), b[0], b[1])]);
                relations.push(
                    json!({"total": id, "parts": [format!("{id}a"), format!("{id}b")], "breakdown": true}),
                );
                cells.push(share(id, a[0] + b[0], a[1] + b[1]));
            } else {
                cells.push(share(id, a[0], a[1]));
            }
            sum
        };
        let mut sums: Vec<(String, Vec<String>)> = Vec::new();
        let (mut country, mut districts) = (Vec::new(), Vec::new());
        for (district, areas) in self.counts.iter().take(3).enumerate().filter(|(_, areas)| !areas.is_empty())
        {
            let id = format!("d{district}");
            let mut own = Vec::new();
            let mut names = Vec::new();
            for (area, counts) in areas.iter().take(3).enumerate() {
                names.push(format!("{id}n{area}"));
                own.push(add(&names[area], &[counts.map(|(counted, others)| [few(counted), few(others)])]));
            }
            if self.with_districts {
                country.push(add(&id, &own));
                sums.push((id.clone(), names));
                districts.push(id);
            } else {
                country.extend(own);
                districts.extend(names);
            }
        }
        if !districts.is_empty() {
            add("c", &country);
            sums.push(("c".to_owned(), districts));
        }
        for (total, parts) in sums {
            for category in if self.with_categories { &["", "a", "b"][..] } else { &[""] } {
                let parts: Vec<String> = parts.iter().map(|part| format!("{part}{category}")).collect();
                relations
                    .push(json!({"total": format!("{total}{category}"), "parts": parts, "breakdown": false}));
            }
        }
        json!({"cells": cells, "relations": relations})
    }
}

#[test]
fn percentages_of_areas_by_one_breakdown_always_have_a_mask() {
    check!().with_type::<Areas>().for_each(|areas| {
        let text = areas.file();
        if text["cells"].as_array().unwrap().is_empty() {
            return;
        }
        let policy = policy(match areas.policy % 4 {
            0 => &["persons_general"],
            1 => &["persons_sensitive"],
            2 => &["income"],
            _ => &["dwellings", "--minimum-denominator", "20", "--insiders"],
        });
        let file = File::parse(&text.to_string()).unwrap();
        let answer = protect::report(&file, &policy, &Unwatched);
        // With everything hidden each percentage may be any, whoever is alone in another.
        assert_eq!(
            answer.map(|answer| answer["safe"] == true).map_err(|error| format!("{error:#}")),
            Ok(true),
            "{text}"
        );
    });
}
