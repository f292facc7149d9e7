//! What is wrong with a delivery, in Dutch and in English. Every sentence is read after the line
//! and the column that it is about.

use super::ErrorReason;
use crate::domain::contributions::{MAX_CODE, MAX_ORGANISATIONS, Wrong};
use crate::domain::dataset::Dimension;
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::ratio::MAX_DIGITS;

/// A reason with its sentence in Dutch and in English.
pub(super) type Problem = (ErrorReason, String, String);

fn problem(reason: ErrorReason, nl: impl Into<String>, en: impl Into<String>) -> Problem {
    (reason, nl.into(), en.into())
}

/// A text from the file, short enough for a sentence.
fn quoted(found: &str) -> String {
    let mut short: String = found.chars().take(40).collect();
    if short.len() < found.len() {
        short.push('…');
    }
    format!("'{short}'")
}

pub(super) fn file_empty() -> Problem {
    problem(
        ErrorReason::ColumnMissing,
        "is leeg; verwacht wordt een kopregel met daaronder de cellen",
        "is empty; expected a header and below it the cells",
    )
}

pub(super) fn no_cells() -> Problem {
    problem(
        ErrorReason::FieldEmpty,
        "heeft een kopregel maar geen cellen; lever er minstens één",
        "has a header but no cells; deliver at least one",
    )
}

pub(super) fn column_missing(header: &str) -> Problem {
    if header.contains(';') {
        return problem(
            ErrorReason::ColumnMissing,
            "ontbreekt: de kopregel heeft puntkomma's; zet komma's tussen de kolommen",
            "is missing: the header has semicolons; put commas between the columns",
        );
    }
    problem(
        ErrorReason::ColumnMissing,
        "ontbreekt in de kopregel; voeg deze kolom toe",
        "is missing in the header; add this column",
    )
}

pub(super) fn column_unknown() -> Problem {
    problem(
        ErrorReason::ColumnUnknown,
        "is geen kolom van deze dataset; haal de kolom weg of verbeter de naam",
        "is not a column of this dataset; remove the column or correct its name",
    )
}

pub(super) fn column_twice() -> Problem {
    problem(
        ErrorReason::ColumnUnknown,
        "staat twee keer in de kopregel; haal er een weg",
        "is in the header twice; remove one",
    )
}

pub(super) fn field_count(found: usize, expected: usize) -> Problem {
    problem(
        ErrorReason::FieldCount,
        format!(
            "heeft {found} velden en de kopregel {expected}; zet tekst met een komma tussen aanhalingstekens"
        ),
        format!(
            "has {found} fields and the header {expected}; put a text with a comma between double quotes"
        ),
    )
}

pub(super) fn line_too_long() -> Problem {
    problem(
        ErrorReason::LineTooLong,
        "is langer dan 64 KiB of heeft meer dan 256 velden; kijk of er een aanhalingsteken ontbreekt",
        "is longer than 64 KiB or has more than 256 fields; see whether a quote is missing",
    )
}

pub(super) fn not_utf8() -> Problem {
    problem(
        ErrorReason::NotUtf8,
        "is geen UTF-8; sla het bestand op als UTF-8",
        "is not UTF-8; save the file as UTF-8",
    )
}

pub(super) fn field_empty() -> Problem {
    problem(ErrorReason::FieldEmpty, "is leeg en moet gevuld zijn", "is empty and must be filled in")
}

pub(super) fn value_empty() -> Problem {
    let status = Status::NotApplicable.dutch();
    problem(
        ErrorReason::FieldEmpty,
        format!("is leeg; vul een getal in, of zet {status} in de kolom status"),
        format!("is empty; fill in a number, or put {status} in the column status"),
    )
}

pub(super) fn indicator_unknown(found: &str) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::IndicatorUnknown,
        format!("heeft {found}: dat is geen indicator van deze dataset"),
        format!("has {found}, which is not an indicator of this dataset"),
    )
}

pub(super) fn area_unknown(found: &str) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::AreaUnknown,
        format!("heeft {found}: dat gebied bestaat niet"),
        format!("has {found}, an area that does not exist"),
    )
}

pub(super) fn area_not_in_year(found: &str, year: u16) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::AreaUnknown,
        format!(
            "heeft {found}: dat gebied bestaat niet in {year}; gebruik de code van dat jaar, of laat het weg als er geen is"
        ),
        format!(
            "has {found}, an area that does not exist in {year}; use the code of that year, or leave it out if there is none"
        ),
    )
}

pub(super) fn period_invalid(found: &str) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::PeriodInvalid,
        format!("heeft {found}: dat is geen periode; schrijf 2023, 2023Q1, 2023-06 of 2023-12-31"),
        format!("has {found}, which is not a period; write 2023, 2023Q1, 2023-06 or 2023-12-31"),
    )
}

pub(super) fn value_invalid(found: &str) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::ValueInvalid,
        format!("heeft {found}: dat is geen getal van hooguit 18 cijfers, waarvan 9 achter de punt"),
        format!("has {found}, which is not a number of at most 18 digits, 9 of them behind the point"),
    )
}

pub(super) fn decimal_comma(found: &str) -> Problem {
    let (text, point) = (quoted(found), quoted(&found.replace(',', ".")));
    problem(
        ErrorReason::DecimalComma,
        format!("heeft {text} met een decimale komma; schrijf een punt: {point}"),
        format!("has {text} with a decimal comma; write a point: {point}"),
    )
}

pub(super) fn category_unknown(found: &str, categories: &[String]) -> Problem {
    let found = quoted(found);
    let known = categories.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ");
    problem(
        ErrorReason::CategoryUnknown,
        format!("heeft {found}: dat is geen categorie; kies uit {known}"),
        format!("has {found}, which is not a category; choose from {known}"),
    )
}

pub(super) fn status_invalid(found: &str) -> Problem {
    let found = quoted(found);
    let known = Status::ALL.map(Status::dutch).join(", ");
    problem(
        ErrorReason::StatusInvalid,
        format!("heeft {found}: dat is geen status; kies uit {known}"),
        format!("has {found}, which is not a status; choose from {known}"),
    )
}

pub(super) fn status_with_value(value: &str) -> Problem {
    let value = quoted(value);
    problem(
        ErrorReason::StatusInvalid,
        format!("zegt dat er geen waarde is, maar er staat {value}; haal een van beide weg"),
        format!("says that there is no value, but there is {value}; remove one of them"),
    )
}

pub(super) fn not_whole(found: &str) -> Problem {
    let found = quoted(found);
    problem(
        ErrorReason::RatioInvalid,
        format!("heeft {found}: dat is geen geheel getal van hooguit {MAX_DIGITS} cijfers"),
        format!("has {found}, which is not a whole number of at most {MAX_DIGITS} digits"),
    )
}

pub(super) fn ratio_by_half(other: &str) -> Problem {
    problem(
        ErrorReason::RatioInvalid,
        format!("is leeg, maar {other} niet; vul beide in of geen van beide"),
        format!("is empty and {other} is not; fill in both or neither"),
    )
}

pub(super) fn ratio_over_one(denominator: u32) -> Problem {
    problem(
        ErrorReason::RatioInvalid,
        format!("is meer dan de noemer ({denominator}); de teller is een deel van de noemer"),
        format!("is more than the denominator ({denominator}); the numerator is a part of it"),
    )
}

pub(super) fn ratio_of_count(indicator: &str) -> Problem {
    let indicator = quoted(indicator);
    problem(
        ErrorReason::RatioInvalid,
        format!("hoort niet bij {indicator}: dat zijn aantallen; laat teller en noemer leeg"),
        format!("does not go with {indicator}, which has counts; leave numerator and denominator empty"),
    )
}

pub(super) fn ratio_without_value() -> Problem {
    problem(
        ErrorReason::RatioInvalid,
        "is ingevuld, maar er is geen waarde; laat teller en noemer dan leeg",
        "is filled in and there is no value; leave numerator and denominator empty then",
    )
}

pub(super) fn contributions_of_rate(indicator: &str) -> Problem {
    let indicator = quoted(indicator);
    problem(
        ErrorReason::ContributionsInvalid,
        format!("hoort niet bij {indicator}: dat telt niet op; laat bijdragen leeg"),
        format!("does not go with {indicator}, which does not add up; leave contributions empty"),
    )
}

pub(super) fn contributions_without_value() -> Problem {
    problem(
        ErrorReason::ContributionsInvalid,
        "is ingevuld, maar er is geen waarde; laat bijdragen dan leeg",
        "is filled in and there is no value; leave contributions empty then",
    )
}

pub(super) fn contributions_invalid(wrong: &Wrong) -> Problem {
    let (nl, en) = match wrong {
        Wrong::Form(part) => {
            let part = quoted(part);
            (
                format!("heeft {part}: schrijf code=aantal, met één spatie ertussen: weller=12 wonen-zuid=3"),
                format!("has {part}; write code=number, with one space between: weller=12 wonen-zuid=3"),
            )
        }
        Wrong::Code(code) => {
            let code = quoted(code);
            (
                format!(
                    "heeft de code {code}; schrijf 1 tot {MAX_CODE} kleine letters, cijfers en streepjes"
                ),
                format!("has the code {code}; write 1 to {MAX_CODE} lower-case letters, digits and hyphens"),
            )
        }
        Wrong::Amount(code, amount) => {
            let amount = quoted(amount);
            (
                format!("heeft {amount} bij {code}: dat is geen getal van nul of meer"),
                format!("has {amount} for {code}, which is not a number of zero or more"),
            )
        }
        Wrong::Twice(code) => (
            format!("noemt {code} twee keer; tel die bijdragen op"),
            format!("names {code} twice; add those contributions up"),
        ),
        Wrong::TooMany => (
            format!("noemt meer dan {MAX_ORGANISATIONS} organisaties"),
            format!("names more than {MAX_ORGANISATIONS} organisations"),
        ),
    };
    problem(ErrorReason::ContributionsInvalid, nl, en)
}

pub(super) fn contribution_too_precise(code: &str, amount: Decimal, value: Decimal) -> Problem {
    problem(
        ErrorReason::ContributionsInvalid,
        format!(
            "heeft {amount} bij {code}: dat zijn meer cijfers achter de punt dan de waarde ({value}) heeft"
        ),
        format!("has {amount} for {code}: more digits behind the point than the value ({value}) has"),
    )
}

pub(super) fn contributions_sum(sum: Option<Decimal>, value: Decimal) -> Problem {
    let sum = sum.map(|sum| sum.to_string()).unwrap_or_default();
    problem(
        ErrorReason::SumMismatch,
        format!("klopt niet: de bijdragen tellen op tot {sum}, en de waarde is {value}"),
        format!("does not add up: the contributions are {sum} together, and the value is {value}"),
    )
}

/// What one organisation contributes, where that is not what it contributes to all parts.
pub(super) fn contribution(code: &str, amount: Decimal, (reason, nl, en): Problem) -> Problem {
    (
        reason,
        format!("heeft {amount} bij {code}, en dat {nl}"),
        format!("has {amount} for {code}, which {en}"),
    )
}

pub(super) fn text_too_long(limit: usize) -> Problem {
    problem(
        ErrorReason::TextInvalid,
        format!("heeft meer dan {limit} tekens; maak de tekst korter"),
        format!("has more than {limit} characters; make the text shorter"),
    )
}

pub(super) fn text_with_control() -> Problem {
    problem(
        ErrorReason::TextInvalid,
        "heeft een teken dat niet te zien is, zoals een tab of een regeleinde; haal het weg",
        "has a control character, such as a tab or the end of a line; remove it",
    )
}

pub(super) fn duplicate_cell(first: u32) -> Problem {
    problem(
        ErrorReason::DuplicateCell,
        format!("geeft dezelfde cel als regel {first}; laat er één staan, of noem bij elk een bron"),
        format!("gives the same cell as line {first}; keep one, or name a source for each"),
    )
}

pub(super) fn sum_of_categories(dimension: &Dimension, whole: &str, sum: Decimal) -> Problem {
    let code = &dimension.code;
    let (nl, en) = match (dimension.total.as_deref() == Some(whole), dimension.subtotals.is_empty()) {
        (true, true) => {
            (format!("de andere categorieën van {code}"), format!("the other categories of {code}"))
        }
        (true, false) => (
            format!("de categorieën van {code} die in geen andere zitten"),
            format!("the categories of {code} that are in no other one"),
        ),
        (false, _) => (format!("de delen van {whole}"), format!("the parts of {whole}")),
    };
    problem(
        ErrorReason::SumMismatch,
        format!("klopt niet: {nl} tellen op tot {sum}"),
        format!("does not add up: {en} add up to {sum}"),
    )
}

pub(super) fn sum_of_areas(parts: usize, level: &str, sum: Decimal) -> Problem {
    problem(
        ErrorReason::SumMismatch,
        format!("klopt niet: de {parts} gebieden erbinnen (soort {level}) tellen op tot {sum}"),
        format!("does not add up: the {parts} areas within it (kind {level}) add up to {sum}"),
    )
}

pub(super) fn sum_of_periods(indicator: &str, sum: Decimal) -> Problem {
    problem(
        ErrorReason::NotAsDeclared,
        format!(
            "klopt niet: de periodes erbinnen tellen op tot {sum}, en dat is meer; verbeter de cijfers, of laat \
             het programma opgeven dat {indicator} niet optelt in de tijd (optelbaar_in_de_tijd: nee)"
        ),
        format!(
            "does not add up: the periods within it add up to {sum}, which is more; correct the figures, or have \
             the programme declare that {indicator} does not add up over time (optelbaar_in_de_tijd: nee)"
        ),
    )
}

pub(super) fn distribution(indicator: &str, dimension: &str) -> Problem {
    problem(
        ErrorReason::NotAsDeclared,
        format!(
            "is voor elke categorie van {dimension} dezelfde, en samen zijn zij niet meer dan dat: dat is een \
             verdeling, en zo is {indicator} niet opgegeven; laat het programma dat doen (verdeling: ja), of \
             lever ook het totaal met de noemer van alle categorieën samen als elke categorie een eigen groep is"
        ),
        format!(
            "is the same for each category of {dimension}, and together these are no more than that, which is a \
             distribution, and {indicator} is not declared as one; have the programme do so (verdeling: ja), or \
             deliver the total with the denominator of all categories together as well when each category is a \
             group of its own"
        ),
    )
}
