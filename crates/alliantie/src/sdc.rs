//! `alliantie sdc`: disclosure control of linked tables in a file, without a platform.

mod audit;
mod demo;
#[cfg(test)]
mod exactly;
#[cfg(test)]
mod examples;
mod file;
#[cfg(test)]
mod fuzz;
mod in_dutch;
#[cfg(test)]
mod insiders;
#[cfg(test)]
mod known;
mod magnitude;
#[cfg(test)]
mod means;
mod number;
mod object;
#[cfg(test)]
mod percentages;
mod policy;
mod progress;
mod protect;
#[cfg(test)]
mod refused;
mod remarks;
mod sides;
mod single;
mod unknown;
mod unreadable;

use anyhow::{Context, Result};
use platform::text::{is_control, is_unseen};
use serde_json::Value;

use crate::cli::Sdc;
use crate::output;
use file::File;
use progress::Progress;

/// Does what the command says.
pub(crate) fn run(command: &Sdc) -> Result<()> {
    let watch = Progress::until_interrupted().context("Ctrl-C is hier niet te volgen")?;
    let answer = match command {
        Sdc::Audit { file } => {
            let file = File::read(file)?;
            remarks::of_fields(&file).into_iter().for_each(output::tell);
            json(&audit::report(&file, &watch)?)?
        }
        Sdc::Protect { file, policy } => {
            let file = File::read(file)?;
            let remarks = [remarks::of_fields(&file), remarks::of_contributions(&file, policy)];
            remarks.into_iter().flatten().for_each(output::tell);
            json(&protect::report(&file, policy, &watch)?)?
        }
        Sdc::Demo => demo::report(&watch)?,
    };
    watch.answered();
    output::answer(answer)
}

/// An answer as it is written. What JSON may have as it is and nobody sees, or that turns what follows on a terminal,
/// is escaped.
fn json(answer: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(answer)?;
    let is_raw = |character: char| character != '\n' && (is_control(character) || is_unseen(character));
    let escaped = |character: char| -> String {
        character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    Ok(text.chars().map(|own| if is_raw(own) { escaped(own) } else { own.to_string() }).collect())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use ::sdc::{Phase, Unwatched, Watch};
    use clap::Parser;
    use serde_json::{Value, json};

    use super::file::File;
    use super::{audit, examples, protect};
    use crate::cli::{Cli, Command, Sdc};

    fn written(text: &Value) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.json");
        std::fs::write(&path, text.to_string()).unwrap();
        (folder, path)
    }

    fn protected(path: &Path, more: &[&str]) -> anyhow::Result<Value> {
        let path = path.to_str().unwrap();
        let line = ["alliantie", "sdc", "protect", path].into_iter().chain(more.iter().copied());
        match Cli::try_parse_from(line)?.command {
            Some(Command::Sdc(Sdc::Protect { file, policy })) => {
                protect::report(&File::read(&file)?, &policy, &Unwatched)
            }
            _ => panic!("another command"),
        }
    }

    #[test]
    fn a_mask_covers_every_small_cell_and_leaves_none_to_compute() {
        for path in examples::files().into_iter().filter(|path| *path != examples::numbered("18")) {
            let Ok(answer) = protected(&path, &["--policy", "persons_sensitive"]) else { continue };
            assert_eq!(answer["safe"], true, "{}", path.display());
            let hidden = answer["suppressed"].as_array().unwrap();
            assert!(answer["protected"].as_array().unwrap().iter().all(|id| hidden.contains(id)));
        }
    }

    #[test]
    fn the_order_of_cells_and_relations_has_no_influence_on_a_mask() {
        let path = examples::numbered("11");
        let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let first = protected(&path, &["--policy", "persons_general"]).unwrap();
        file["cells"].as_array_mut().unwrap().reverse();
        file["relations"].as_array_mut().unwrap().reverse();
        let (_folder, path) = written(&file);
        let second = protected(&path, &["--policy", "persons_general"]).unwrap();
        let sorted = |answer: &Value| {
            let mut ids: Vec<String> = serde_json::from_value(answer["suppressed"].clone()).unwrap();
            ids.sort();
            ids
        };
        assert_eq!(sorted(&first), sorted(&second));
    }

    /// A country of three provinces of three districts by three categories. Cells and sums are in the order of
    /// these ids.
    fn three_levels(id: impl Fn(&str) -> String) -> Value {
        let sum = |total: String, parts: Vec<String>| {
            let parts: Vec<String> = parts.iter().map(|part| id(part)).collect();
            json!({"total": id(&total), "parts": parts})
        };
        let areas = |under: &str| (0..3).map(|part| format!("{under}{part}")).collect::<Vec<_>>();
        let codes: Vec<String> = std::iter::once("L".to_owned())
            .chain(areas("L"))
            .chain(areas("L").iter().flat_map(|area| areas(area)))
            .collect();
        let (mut cells, mut sums) = (Vec::new(), Vec::new());
        for (place, area) in codes.iter().enumerate() {
            let times = [9, 3, 1].get(area.len() - 1).copied().unwrap();
            for (category, value) in [("", 33), ("a", 3), ("b", 10), ("c", 20)] {
                cells.push(json!({"id": id(&format!("{area}{category}")), "value": times * value}));
                if place < 4 {
                    let parts = areas(area).into_iter().map(|part| format!("{part}{category}"));
                    sums.push(sum(format!("{area}{category}"), parts.collect()));
                }
            }
            sums.push(sum(
                area.clone(),
                ["a", "b", "c"].map(|category| format!("{area}{category}")).to_vec(),
            ));
        }
        let key = |sum: &Value| sum["total"].as_str().unwrap().to_owned();
        sums.sort_by_key(key);
        json!({"cells": cells, "relations": sums})
    }

    #[test]
    fn an_area_tree_of_three_levels_by_a_breakdown_is_a_network_in_any_order() {
        let as_is = three_levels(str::to_owned);
        let turned = three_levels(|id| id.chars().rev().collect());
        let mixed = three_levels(|id| {
            let number = id.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            format!("{}{id}", number.wrapping_mul(2_654_435_761) % 1000)
        });
        for mut file in [as_is, turned, mixed] {
            for step in 0..20 {
                let sums = file["relations"].as_array_mut().unwrap();
                sums.rotate_left(step);
                if step % 2 == 1 {
                    sums.reverse();
                }
                let (_folder, path) = written(&file);
                let answer = protected(&path, &["--policy", "persons_general"]).unwrap();
                assert_eq!(answer["engine"], "network");
            }
        }
    }

    #[test]
    fn amounts_with_decimals_are_exact() {
        let (_folder, path) = written(&json!({
            "integer": false,
            "cells": [
                {"id": "t", "value": 10.5, "published": true},
                {"id": "a", "value": 7.25, "published": false, "protected": true},
                {"id": "b", "value": 3.25, "published": false}
            ],
            "relations": [{"total": "t", "parts": ["a", "b"]}]
        }));
        let answer = audit::report(&File::read(&path).unwrap(), &Unwatched).unwrap();
        assert_eq!(answer["cases"][0]["intervals"]["a"], json!([0, 10.5]));
        assert_eq!(answer["cases"][0]["safe_width5"], true);
    }

    #[test]
    fn cases_without_cells_are_refused_also_beside_cells_that_are_in_no_sum() {
        let single = json!([{"name": "winkels", "contributions_largest": [5], "rules": {"p%=10": null}}]);
        let file = json!({"single_cells": single, "cases": [{"name": "niets", "publish": []}]});
        let refused = audit::report(&File::parse(&file.to_string()).unwrap(), &Unwatched).unwrap_err();
        assert!(refused.to_string().starts_with("cells: er zijn geen cellen"), "{refused:#}");
    }

    #[test]
    fn what_nobody_sees_in_an_answer_is_escaped() {
        let answer = json!({"id": "a\u{1b}[31m\u{202e}b\u{200b}\u{e0041}"});
        let written = super::json(&answer).unwrap();
        assert_eq!(written, "{\n  \"id\": \"a\\u001b[31m\\u202eb\\u200b\\udb40\\udc41\"\n}");
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), answer);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let message = |file: &Value| {
            let (_folder, path) = written(file);
            let error = File::read(&path).and_then(|file| audit::report(&file, &Unwatched)).unwrap_err();
            format!("{error:#}")
        };
        assert!(message(&json!({"cells": [{"id": "a"}]})).contains("cells[0]"));
        assert!(message(&json!({"cells": []})).contains("geef er minstens een"));
        let sum = json!({
            "cells": [{"id": "t", "value": 3}, {"id": "a", "value": 1}, {"id": "b", "value": 1}],
            "relations": [{"total": "t", "parts": ["a", "b"]}]
        });
        assert!(message(&sum).contains("\"t\" is 3 en de delen zijn samen 2"));
        assert!(message(&json!({"cells": [{"id": "a", "value": 1.5}]})).contains("decimalen"));
        let misspelt = json!({"cells": [{"id": "a", "value": 1}], "relation": []});
        assert!(message(&misspelt).contains("relations: die staan niet in het bestand"));
        let unknown = json!({"cells": [{"id": "a", "value": 1}], "relations": [], "cases": [{"name": "x", "publish": ["b"]}]});
        assert!(message(&unknown).contains("\"b\""));
        let amount = 900_000_000_000_000u64;
        let large = json!({"single_cells": [{"name": "x", "contributions_largest": [amount, amount]}]});
        assert!(message(&large).contains("contributions_largest"));
        let fine = json!({"single_cells": [{"name": "x", "contributions_largest": [1.23456]}]});
        assert!(message(&fine).contains("1.23456 heeft meer dan 4 decimalen"));
        for width in [json!(10.0), json!("10"), json!(-10)] {
            let wide = json!({"policy": {"min_interval_width": width}, "cells": [{"id": "a", "value": 1}]});
            assert!(message(&wide).contains("policy.min_interval_width"), "{}", message(&wide));
        }
        let half = json!({"cells": [{"id": "a", "value": 1}, {"id": "b", "value": 1.5}]});
        assert!(message(&half).contains("cells[1].value"));
    }

    #[test]
    fn a_percentage_is_protected_by_what_it_is_of_and_by_how_many_answered() {
        let percentage = |id: &str, value: u32, of: u32, respondents: u32| json!({"id": id, "value": value, "denominator": of, "respondents": respondents});
        let (_folder, path) = written(&json!({
            "cells": [percentage("enough", 60, 100, 80), percentage("few", 10, 49, 80),
                percentage("unanswered", 60, 100, 49), {"id": "count", "value": 200}],
            "relations": []
        }));
        let answer = protected(&path, &["--policy", "survey_percentages"]).unwrap();
        assert_eq!(answer["publish"], json!(["enough"]));
        assert_eq!(answer["suppressed"], json!(["few", "unanswered", "count"]));
    }

    #[test]
    fn of_how_many_a_count_is_is_no_secret_and_who_is_not_counted_is_as_protected() {
        let share = |id: &str, value: i64, of: i64| json!({"id": id, "value": value, "denominator": of});
        let file = |cells: &[Value]| json!({"cells": cells, "relations": [{"total": "wijk", "parts": ["b1", "b2"]}]});
        for (wijk, few, many) in [(59, 9, 50), (60, 10, 50), (40, 5, 35)] {
            let (_folder, path) =
                written(&file(&[share("wijk", wijk, 60), share("b1", few, 10), share("b2", many, 50)]));
            let policy = ["--policy", "dwellings", "--minimum-denominator", "20", "--interval-width", "5"];
            let answer = protected(&path, &policy).unwrap();
            assert_eq!(answer["report"]["cells"], 3);
            // No more than the 10 that there are, whatever is known of the others.
            let bounds = [0, 1].map(|side| answer["intervals"]["b1"][side].as_i64().unwrap());
            assert!(bounds[0] <= few && few <= bounds[1] && bounds[1] <= 10, "{answer}");
            assert!(bounds[1] - bounds[0] >= 5, "{answer}");
        }
    }

    #[test]
    fn a_hidden_cell_that_is_the_same_as_a_shown_one_is_named() {
        let (_folder, path) = written(&json!({
            "cells": [{"id": "wijk", "value": 3}, {"id": "buurt", "value": 3, "published": false, "protected": true}],
            "relations": [{"total": "wijk", "parts": ["buurt"]}]
        }));
        let answer = audit::report(&File::read(&path).unwrap(), &Unwatched).unwrap();
        let case = &answer["cases"][0];
        assert_eq!(case["recoverable"], json!({"buurt": 3}));
        assert_eq!(case["intervals"], json!({"buurt": [3, 3]}));
        assert_eq!(case["intervals_protected"], json!({"buurt": [3, 3]}));
        assert_eq!(case["safe"], false);
    }

    #[test]
    fn every_rule_of_a_policy_can_be_made_stricter() {
        let (_folder, path) = written(&json!({
            "cells": [{"id": "total", "value": 1000}, {"id": "most", "value": 800},
                {"id": "some", "value": 150}, {"id": "few", "value": 50}],
            "relations": [{"total": "total", "parts": ["most", "some", "few"], "breakdown": true}]
        }));
        let with = |more: &[&str]| protected(&path, &[&["--policy", "persons_general"], more].concat());
        assert_eq!(with(&[]).unwrap()["suppressed"], json!([]));
        let group = with(&["--group-percent", "80", "--protect-zeros"]).unwrap();
        assert_eq!(group["protected"], json!(["most"]));
        let (low, high) = (&group["intervals"]["most"][0], &group["intervals"]["most"][1]);
        assert!(low.as_i64() < Some(800) && high.as_i64() > Some(800), "{group}");
        assert_eq!(with(&["--percentages-only"]).unwrap()["publish"], json!([]));
        for wrong in [["--dominance", "0,50"], ["--dominance", "2"], ["--group-percent", "101"]] {
            assert!(with(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn amounts_are_protected_by_who_contributes_them() {
        let cell = |id: &str, value: u32, largest: &[u32]| json!({"id": id, "value": value, "contributors": 12, "contributions_largest": largest});
        let (_folder, path) = written(&json!({
            "cells": [cell("total", 1500, &[450, 60]), cell("one", 500, &[450, 20]),
                cell("two", 500, &[60, 50]), cell("three", 500, &[60, 50])],
            "relations": [{"total": "total", "parts": ["one", "two", "three"]}]
        }));
        let answer = protected(&path, &["--policy", "magnitude"]).unwrap();
        assert_eq!(answer["protected"], json!(["one"]));
        assert_eq!(answer["suppressed"].as_array().map(Vec::len), Some(2));
        // Of 450 of 500 the dominance rule asks 400 above: more than half of 900.
        assert!(answer["intervals"]["one"][1].as_i64() >= Some(900), "{answer}");
        let stricter = protected(&path, &["--policy", "magnitude", "--dominance", "2,20"]).unwrap();
        assert_eq!(stricter["protected"], json!(["total", "one", "two", "three"]));
    }

    #[test]
    fn a_sum_of_counts_that_are_something_is_asked_no_more_room_than_it_can_have() {
        let cell = |id: &str, value: u32| json!({"id": id, "value": value});
        let mut file = json!({
            "lower_bound": 1,
            "cells": [cell("total", 40), cell("one", 20), cell("two", 12), cell("three", 8)],
            "relations": [{"total": "total", "parts": ["one", "two", "three"]}]
        });
        let (_folder, path) = written(&file);
        // Nothing tells who contributes, so each may be of one organisation and is asked all the room below that
        // there is; a total of three counts is 3 at least.
        let answer = protected(&path, &["--policy", "persons_general", "--dominance", "1,50"]).unwrap();
        assert_eq!(answer["suppressed"], json!(["total", "one", "two", "three"]));
        assert_eq!(answer["intervals"]["total"], json!([3, null]));
        for cell in file["cells"].as_array_mut().unwrap() {
            cell["published"] = false.into();
            cell["protected"] = true.into();
        }
        let (_folder, path) = written(&file);
        let audit = audit::report(&File::read(&path).unwrap(), &Unwatched).unwrap();
        assert_eq!(audit["cases"][0]["intervals"]["total"], json!([3, null]));
        assert_eq!(audit["cases"][0]["safe"], true);
    }

    #[test]
    fn a_policy_for_percentages_asks_of_how_many_they_are() {
        let (_folder, path) =
            written(&json!({"cells": [{"id": "a", "value": 3}, {"id": "b", "value": 30}], "relations": []}));
        let error = protected(&path, &["--policy", "dwellings"]).unwrap_err();
        assert!(format!("{error:#}").contains("geen cel heeft een denominator"), "{error:#}");
    }

    /// Ends every run.
    struct Ended;

    impl Watch for Ended {
        fn step(&self, _: Phase, _: usize, _: usize) -> bool {
            false
        }
    }

    #[test]
    fn a_run_that_is_ended_has_no_answer() {
        let path = examples::numbered("11");
        let error = audit::report(&File::read(&path).unwrap(), &Ended).unwrap_err();
        assert!(format!("{error:#}").contains("cancelled"), "{error:#}");
    }
}
