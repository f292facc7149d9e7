//! Who knows cells of a file, and what it is refused for.

use ::sdc::Unwatched;
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::protect;
use crate::cli::{Cli, Command, Sdc};

fn protected(file: &Value, policy: &[&str]) -> anyhow::Result<Value> {
    let line = ["alliantie", "sdc", "protect", "file"].into_iter().chain(policy.iter().copied());
    let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line)?.command else {
        panic!("another command")
    };
    protect::report(&File::parse(&file.to_string())?, &policy, &Unwatched)
}

#[test]
fn who_is_alone_on_one_side_of_a_percentage_knows_the_other() {
    for (value, all) in [(1, 3), (2, 3), (1, 1), (0, 1), (1, 2), (39, 40)] {
        let file = json!({"cells": [{"id": "a", "value": value, "denominator": all}], "relations": []});
        for policy in ["persons_sensitive", "persons_general", "income"] {
            let answer = protected(&file, &["--policy", policy]).unwrap();
            assert_eq!(answer["suppressed"], json!(["a"]), "{value} of {all}: {answer}");
        }
    }
}

#[test]
fn a_cell_beside_those_of_the_file_has_a_name() {
    let file = json!({"cells": [{"id": "a", "value": 1, "denominator": 3}], "relations": []});
    let file = File::parse(&file.to_string()).unwrap();
    let tables = file.tables().unwrap();
    let all: Vec<usize> = (0..tables.linked.universe.len()).collect();
    assert_eq!(tables.names(&all).unwrap(), ["a", "wie bij \"a\" niet meetelt", "van wie \"a\" is"]);
}
