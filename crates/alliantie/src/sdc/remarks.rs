//! What is said of a file beside the answer, where it may not be what was meant.

use super::file::File;
use super::{in_dutch, policy};
use crate::cli::SdcPolicy;

/// That fields of a file count for nothing, when the format does not have them.
pub(super) fn of_fields(file: &File) -> Option<String> {
    let fields = in_dutch::listed(file.unknown.places());
    (!fields.is_empty()).then(|| {
        format!(
            "alliantie: dit kent het formaat niet, en het telt niet mee: {fields}; zijn de namen van de velden goed \
             gespeld?"
        )
    })
}

/// That a rule on who contributes takes each cell of a file for that of one contributor, when the file says nothing of
/// them.
pub(super) fn of_contributions(file: &File, given: &SdcPolicy) -> Option<String> {
    let rules = policy::rules(given).ok()?;
    let asks = [("p%", rules.p_percent.is_some()), ("dominantie", !rules.dominance.is_empty())];
    let asked: Vec<&str> = asks.into_iter().filter(|(_, asks)| *asks).map(|(rule, _)| rule).collect();
    let is_silent =
        !file.cells.is_empty() && file.cells.iter().all(|cell| cell.contributions_largest.is_none());
    (is_silent && !asked.is_empty()).then(|| {
        format!(
            "alliantie: geen cel heeft contributions_largest; voor de regel over {} geldt elke cel dan als van één \
             bijdrager",
            asked.join(" en ")
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;
    use crate::cli::{Cli, Command, Sdc};
    use crate::sdc::examples;

    fn read(file: &Value) -> File {
        File::parse(&file.to_string()).unwrap()
    }

    #[test]
    fn a_field_that_the_format_does_not_have_is_named_once_with_where_it_stands_first() {
        let file = read(&json!({
            "cells": [{"id": "t", "value": 3}, {"id": "a", "value": 1, "protectd": true},
                {"id": "b", "value": 2, "protectd": true}],
            "relations": [{"total": "t", "parts": ["a", "b"], "breakdwn": true}],
            "policy": {"min_width": 5}, "note": {"any": "thing"},
        }));
        let said = of_fields(&file).unwrap();
        let fields = r#""cells[1].protectd", "relations[0].breakdwn", "policy.min_width", "note";"#;
        assert!(said.contains(&format!("telt niet mee: {fields}")), "{said}");
    }

    #[test]
    fn the_worked_examples_have_no_field_that_the_format_does_not_have() {
        for path in examples::files() {
            assert_eq!(of_fields(&File::read(&path).unwrap()), None, "{}", path.display());
        }
    }

    #[test]
    fn a_rule_on_who_contributes_says_so_where_the_file_names_nobody() {
        let said = |cells: Value, options: &[&str]| {
            let line = ["alliantie", "sdc", "protect", "file", "--policy"].iter().chain(options);
            let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line).unwrap().command
            else {
                panic!("another command")
            };
            of_contributions(&read(&json!({"cells": cells, "relations": []})), &policy)
        };
        let cell = || json!([{"id": "a", "value": 12}]);
        let told = said(cell(), &["persons_general", "--dominance", "1,60"]).unwrap();
        assert!(told.contains("de regel over dominantie geldt elke cel"), "{told}");
        assert!(said(cell(), &["magnitude"]).is_some());
        assert_eq!(said(cell(), &["persons_general"]), None);
        let named = json!([{"id": "a", "value": 12, "contributions_largest": [3]}]);
        assert_eq!(said(named, &["persons_general", "--dominance", "1,60"]), None);
    }
}
