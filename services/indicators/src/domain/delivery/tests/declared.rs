//! Deliveries beside what is declared of their indicators.

use super::*;

/// Line and column of each contradiction, of a delivery to a dataset of which this is declared.
fn contradictions(header: &str, lines: &[&str], declared: &Declarations) -> Vec<(u64, String)> {
    let mut validator = Validator::new(Shape { declared: declared.clone(), ..shape() }, LIMITS);
    validator.feed(format!("{header}\n{}\n", lines.join("\n")).as_bytes()).expect("small enough");
    let (_, report) = validator.finish().expect("small enough");
    let found = report.errors.into_iter().filter(|error| error.reason == ErrorReason::NotAsDeclared);
    found.map(|error| (error.line, error.column)).collect()
}

fn counts(lines: &[&str], declared: &Declarations) -> Vec<(u64, String)> {
    contradictions(HEADER, lines, declared)
}

fn rates(lines: &[&str], declared: &Declarations) -> Vec<(u64, String)> {
    contradictions("indicator,gebied,periode,leeftijd,waarde,teller,noemer", lines, declared)
}

fn at(line: u64, column: &str) -> Vec<(u64, String)> {
    vec![(line, column.to_owned())]
}

/// Of a moment, or a distribution.
fn declared(over_time: bool, distribution: bool) -> Declarations {
    let mut own = Declarations::default();
    own.declare("aantal", over_time, false);
    own.declare("procent", over_time, distribution);
    own
}

#[test]
fn periods_that_are_more_than_the_one_that_holds_them_contradict_that_they_add_up() {
    let line = |period: &str, value: u32| format!("aantal,WK1,{period},totaal,{value},,,");
    let check = |lines: &[String], declared: &Declarations| {
        counts(&lines.iter().map(String::as_str).collect::<Vec<_>>(), declared)
    };
    let year = |value| [line("2025", value), line("2025Q1", 20), line("2025Q4", 23)];
    let strict = Declarations::default();
    assert_eq!(check(&year(42), &strict), at(2, "waarde"));
    // Some quarters are not given, or some are in none.
    assert_eq!(check(&year(43), &strict), []);
    assert_eq!(check(&year(42), &declared(false, false)), []);
    // Also of parts of parts, and of what has none of its own.
    let quarter = [line("2025", 40), line("2025Q1", 20), line("2025-02", 15), line("2025-03-01", 6)];
    assert_eq!(check(&quarter, &strict), at(3, "waarde"));
    let months = [line("2025", 40), line("2025Q1", 20), line("2025-02", 15), line("2025-12", 21)];
    assert_eq!(check(&months, &strict), at(2, "waarde"));
}

#[test]
fn periods_are_compared_of_one_area_category_and_source_and_where_they_have_a_value() {
    let strict = Declarations::default();
    let other = [
        "aantal,WK1,2025,totaal,10,,,",
        "aantal,WK2,2025Q1,totaal,20,,,",
        "aantal,WK1,2025Q1,jong,20,,,",
        "aantal,WK1,2025Q2,totaal,20,,b,",
        "aantal,WK1,2025Q3,totaal,,niet_van_toepassing,,",
        "aantal,WK1,2024Q4,totaal,20,,,",
    ];
    assert_eq!(counts(&other, &strict), []);
    let none = ["aantal,WK1,2025,totaal,,niet_van_toepassing,,", "aantal,WK1,2025Q2,totaal,20,,,"];
    assert_eq!(counts(&none, &strict), []);
}

#[test]
fn of_rates_the_numerators_add_up_over_time_and_the_denominators_do_not() {
    let year = ["procent,WK1,2025,totaal,4,40,1000", "procent,WK1,2025Q1,totaal,2,20,1000"];
    let of = |last| [year[0], year[1], last];
    let strict = Declarations::default();
    assert_eq!(rates(&of("procent,WK1,2025Q2,totaal,2,20,1000"), &strict), []);
    let more = of("procent,WK1,2025Q2,totaal,2.1,21,1000");
    assert_eq!(rates(&more, &strict), at(2, "teller"));
    assert_eq!(rates(&more, &declared(false, false)), []);
}

#[test]
fn categories_of_one_denominator_that_are_no_more_than_that_have_to_be_declared_a_distribution() {
    let two_places = [
        "procent,WK1,2025,jong,45,90,200",
        "procent,WK1,2025,oud,53.5,107,200",
        "procent,WK2,2025,jong,50,50,100",
        "procent,WK2,2025,oud,50,50,100",
    ];
    let none = Declarations::default();
    assert_eq!(rates(&two_places, &none), at(2, "noemer"));
    assert_eq!(rates(&two_places, &declared(true, true)), []);
    // One place with two categories can be chance.
    assert_eq!(rates(&two_places[..2], &none), []);
    // One place of which it is not so can be a mistake,
    let other = ["procent,WK1,2023,jong,60,60,100", "procent,WK1,2023,oud,41,41,100"];
    assert_eq!(rates(&[&two_places[..], &other].concat(), &none), at(2, "noemer"));
    let of_each = ["procent,WK1,2024,jong,50,50,100", "procent,WK1,2024,oud,50,50,101"];
    assert_eq!(rates(&[&two_places[..], &of_each].concat(), &none), at(2, "noemer"));
    // with as many they are none,
    assert_eq!(rates(&[&two_places[..], &other, &of_each].concat(), &none), []);
    assert_eq!(rates(&[&other, &two_places[..2], &of_each].concat(), &none), []);
    // and a place with one category, or with nobody, tells nothing.
    let nothing = ["procent,WK1,2023,jong,60,60,100", "procent,WK1,2023,oud,,0,0"];
    assert_eq!(rates(&[&two_places[..], &nothing].concat(), &none), at(2, "noemer"));
}

#[test]
fn rates_beside_a_total_of_another_denominator_are_no_distribution() {
    let of = |area: &str, of: u32| {
        let line = |age: &str, counted: u32, of: u32| format!("procent,{area},2025,{age},45,{counted},{of}");
        [line("totaal", 150, of), line("jong", 80, 200), line("oud", 70, 200)]
    };
    let check = |total: u32| {
        let lines = [of("WK1", total), of("WK2", total)].concat();
        rates(&lines.iter().map(String::as_str).collect::<Vec<_>>(), &Declarations::default())
    };
    assert_eq!(check(400), []);
    // With the same one they are, whatever else is wrong.
    assert_eq!(check(200), at(3, "noemer"));
}

#[test]
fn of_a_distribution_the_total_has_the_denominator_of_each_category() {
    let lines = [
        "procent,WK1,2025,totaal,100,200,200",
        "procent,WK1,2025,jong,45,90,200",
        "procent,WK1,2025,oud,55,110,200",
    ];
    let errors = |lines: &[&str]| {
        let shape = Shape { declared: declared(true, true), ..shape() };
        let mut validator = Validator::new(shape, LIMITS);
        let header = "indicator,gebied,periode,leeftijd,waarde,teller,noemer";
        validator.feed(format!("{header}\n{}\n", lines.join("\n")).as_bytes()).expect("small enough");
        let (_, report) = validator.finish().expect("small enough");
        report.errors.into_iter().map(|error| (error.line, error.column)).collect::<Vec<_>>()
    };
    assert_eq!(errors(&lines), []);
    assert_eq!(errors(&[lines[0], lines[1], "procent,WK1,2025,oud,50,100,200"]), at(2, "teller"));
}
