//! The worked examples that stand beside the repository, with the answers that were published.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sdc::audit::{self, Findings, Interval, Question, judge};
use sdc::model::{Floor, Linked};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;
use sdc::{Mask, Unwatched};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/sdc-examples")
}

pub(crate) fn files() -> BTreeMap<String, Value> {
    let folder = folder();
    let listed = std::fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!(
            "the worked examples for disclosure control are not at {}: {error}. They stand beside the \
             repository as ../shared/sdc-examples; put them there, as nothing else shows that the \
             auditor gives the published answers",
            folder.display()
        )
    });
    let files: BTreeMap<String, Value> = listed
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a file that can be read");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    assert!(files.len() >= 7, "only {} worked examples", files.len());
    files
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .map(|list| list.iter().map(|id| id.as_str().expect("an id")).collect())
        .unwrap_or_default()
}

fn number(value: &Value) -> Option<i64> {
    (!value.is_null()).then(|| value.as_i64().expect("a whole number"))
}

/// What the auditor finds in one case, by the ids of the file.
struct Found {
    recoverable: BTreeMap<String, i64>,
    intervals: BTreeMap<String, Interval>,
    protected: Vec<String>,
}

fn examine(file: &Value, case: &Value) -> Found {
    let list = file["cells"].as_array().expect("cells");
    let (linked, places) = linked(file);
    let place = |id: &str| places[id];
    let shown: Vec<&str> = match case.get("publish") {
        Some(publish) => ids(publish),
        None => list
            .iter()
            .filter(|cell| cell["published"] == true)
            .map(|cell| cell["id"].as_str().unwrap())
            .collect(),
    };
    let visible: Vec<usize> = shown.iter().map(|id| place(id)).collect();
    let mut hidden = Mask::none(linked.universe.len());
    (0..linked.universe.len()).filter(|cell| !visible.contains(cell)).for_each(|cell| hidden.hide(cell));
    let known: Vec<usize> =
        case.get("insider_knows").map(ids).unwrap_or_default().into_iter().map(place).collect();
    let question = Question {
        universe: &linked.universe,
        hidden: &hidden,
        known: &known,
        floor: number(&file["lower_bound"]).map_or(Floor::None, Floor::At),
        integer: file["integer"].as_bool().expect("integer"),
    };
    let findings: Findings = audit::examine(&question, &Unwatched).expect("an answer");
    let hidden_ids = || places.iter().filter(|(id, _)| !shown.contains(id));
    Found {
        recoverable: hidden_ids()
            .filter(|(_, place)| findings.recoverable.contains(place))
            .map(|(id, place)| ((*id).to_owned(), linked.universe.value(*place)))
            .collect(),
        intervals: hidden_ids()
            .filter_map(|(id, place)| Some(((*id).to_owned(), findings.interval(*place)?)))
            .collect(),
        protected: list
            .iter()
            .filter(|cell| cell["protected"] == true)
            .map(|cell| cell["id"].as_str().unwrap().to_owned())
            .collect(),
    }
}

#[test]
fn every_worked_example_gives_the_published_answer() {
    let mut cases = 0;
    for (name, file) in files() {
        for case in file["cases"].as_array().into_iter().flatten() {
            cases += 1;
            compare(&format!("{name}, {}", case["name"]), &examine(&file, case), &case["expected"]);
        }
    }
    assert!(cases >= 11, "only {cases} cases");
}

fn compare(name: &str, found: &Found, expected: &Value) {
    for key in ["recoverable", "recoverable_by_linear_algebra_alone"] {
        if let Some(expected) = expected.get(key).and_then(Value::as_object) {
            let expected: BTreeMap<String, i64> =
                expected.iter().map(|(id, value)| (id.clone(), value.as_i64().expect("a value"))).collect();
            assert_eq!(found.recoverable, expected, "{name}: {key}");
        }
    }
    for key in ["intervals", "intervals_protected"] {
        for (id, bounds) in expected.get(key).and_then(Value::as_object).into_iter().flatten() {
            let own = found.intervals[id];
            let bound =
                |bound: Option<audit::Fraction>| bound.map(|bound| bound.whole().expect("a whole number"));
            let own = (bound(own.low), bound(own.high));
            assert_eq!(own, (number(&bounds[0]), number(&bounds[1])), "{name}: {id}");
        }
    }
    let protected = || found.protected.iter().filter_map(|id| found.intervals.get(id));
    let exact = protected().all(|interval| !interval.is_point());
    let verdicts =
        [("safe", exact), ("safe_exact", exact), ("safe_width5", protected().all(|own| own.spans(5)))];
    for (key, verdict) in verdicts {
        if let Some(expected) = expected.get(key).and_then(Value::as_bool) {
            assert_eq!(verdict, expected, "{name}: {key}");
        }
    }
}

/// The universe of a file, with the place of each cell by its id.
fn linked(file: &Value) -> (Linked, BTreeMap<&str, usize>) {
    let list = file["cells"].as_array().expect("cells");
    let cells: Vec<(&str, i64)> = list
        .iter()
        .map(|cell| (cell["id"].as_str().expect("an id"), cell["value"].as_i64().expect("a value")))
        .collect();
    let relations: Vec<(&str, Vec<&str>)> = file["relations"]
        .as_array()
        .expect("relations")
        .iter()
        .map(|relation| (relation["total"].as_str().expect("a total"), ids(&relation["parts"])))
        .collect();
    let linked = Linked::new(&cells, &relations).expect("a universe");
    let places = cells.iter().map(|(id, _)| *id).zip(linked.places().iter().copied()).collect();
    (linked, places)
}

#[test]
fn no_more_is_hidden_of_the_worked_examples_than_in_the_published_masks() {
    // Example 08 protects counts of 0 and 1, example 10 those of 0 to 2.
    for (number, minimum_frequency) in [("08", 2), ("10", 3)] {
        let files = files();
        let (name, file) = files.iter().find(|(name, _)| name.starts_with(number)).expect("the example");
        let (linked, places) = linked(file);
        let universe = &linked.universe;
        let rules = RuleSet { minimum_frequency, protect_zeros: true, ..RuleSet::default() };
        let needs = rules.count_needs(universe, |_| Vec::new());
        for cell in file["cells"].as_array().expect("cells") {
            let place = places[cell["id"].as_str().expect("an id")];
            let is_needed = needs.iter().any(|need| need.cell == place);
            assert_eq!(is_needed, cell["protected"] == true, "{name}: {}", cell["id"]);
        }
        let floor = rules.floor(universe, &needs);
        let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
        let outcome = protect(&task, &Unwatched).expect("a mask");
        let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: true };
        assert!(judge(&question, &needs, &[], &[], &Unwatched).expect("a verdict").is_safe(), "{name}");
        let own: Vec<&str> =
            places.iter().filter(|(_, place)| outcome.mask.hides(**place)).map(|(id, _)| *id).collect();
        let published = ids(&file["cases"][0]["published"]["suppressed"]);
        assert!(own.len() <= published.len(), "{name}: {own:?}, published: {published:?}");
    }
}
