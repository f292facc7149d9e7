//! What a file has at a place that could not be read, what is expected there, and what to do, for who reads Dutch.

use std::str::Utf8Error;

use serde_path_to_error::{Path, Segment};

type Unread = serde_path_to_error::Error<serde_json::Error>;

/// What is no JSON, by how the reader begins to say it.
const NO_JSON: [(&str, &str); 15] = [
    ("EOF while parsing", "het bestand houdt te vroeg op; is het heel overgenomen?"),
    ("expected `:`", "verwacht wordt een dubbele punt na de naam van een veld"),
    ("expected `,` or `]`", "verwacht wordt een komma, of ] aan het eind van de lijst"),
    ("expected `,` or `}`", "verwacht wordt een komma, of } aan het eind van het object"),
    ("expected ident", "verwacht wordt true, false of null"),
    ("expected value", "verwacht wordt een waarde: een getal, een tekst tussen aanhalingstekens, [ of {"),
    ("invalid escape", "na \\ mag in een tekst alleen \", \\, /, b, f, n, r, t of u staan"),
    ("invalid number", "dat is geen getal; schrijf bijvoorbeeld 12 of 7.5"),
    (
        "control character",
        "in een tekst staat een stuurteken, bijvoorbeeld een nieuwe regel; schrijf daarvoor \\n",
    ),
    ("key must be a string", "de naam van een veld staat tussen aanhalingstekens"),
    ("trailing comma", "na de laatste komma komt niets meer; haal die weg"),
    ("recursion limit", "er zitten te veel lijsten en objecten in elkaar"),
    ("invalid unicode", "dat is geen teken; schrijf \\u met vier hexadecimale cijfers"),
    ("lone leading surrogate", "dat is een half teken; schrijf beide helften met \\u"),
    ("unexpected end of hex escape", "dat is een half teken; schrijf beide helften met \\u"),
];

/// Most characters of a text that is shown.
const MOST_SHOWN: usize = 60;

/// What is no text, and where.
pub(super) fn no_text(bytes: &[u8], error: Utf8Error) -> String {
    let before = error.valid_up_to();
    let text = bytes.get(..before).unwrap_or_default();
    let line = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    let byte = bytes.get(before).map(|byte| format!(", {byte:#04x},")).unwrap_or_default();
    format!(
        "dit is geen tekst in UTF-8: byte {}{byte} in regel {line} hoort er niet; bewaar het bestand als UTF-8",
        before + 1
    )
}

/// Why a file cannot be read, and where.
pub(super) fn told(error: &Unread) -> String {
    let (path, cause) = (error.path(), error.inner());
    let place = format!("regel {}, kolom {}", cause.line(), cause.column());
    let said = cause.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let field = match path.iter().next() {
        None => "het bestand".to_owned(),
        Some(_) => path.to_string(),
    };
    if said == "number out of range" {
        return format!(
            "{field} ({place}): dat getal is te groot; verwacht wordt een getal, bijvoorbeeld 12 of 7.5"
        );
    }
    if cause.is_syntax() || cause.is_eof() {
        let known = NO_JSON.iter().find(|(begin, _)| said.starts_with(begin));
        return format!("dit is geen JSON ({place}): {}", known.map_or(said, |(_, told)| told));
    }
    if let Some(name) = named(said, "missing field ") {
        let expected = of_field(&name, is_of_relation(path));
        let expected = expected.map(|expected| format!(", {expected}")).unwrap_or_default();
        return format!("{field} ({place}): \"{name}\" ontbreekt; geef het veld{expected}");
    }
    if let Some(name) = named(said, "duplicate field ") {
        return format!("{field} ({place}): \"{name}\" staat er twee keer; geef elk veld één keer");
    }
    match (found(said), expected(path)) {
        (Some(found), Some(expected)) => {
            format!("{field} ({place}): er staat {found}; verwacht wordt {expected}")
        }
        (None, Some(expected)) => format!("{field} ({place}): verwacht wordt {expected}"),
        (Some(found), None) => format!("{field} ({place}): er staat {found}, en dat past hier niet"),
        (None, None) => format!("{field} ({place}): {said}"),
    }
}

/// The name between backticks after these words.
fn named(said: &str, words: &str) -> Option<String> {
    Some(said.strip_prefix(words)?.trim_matches('`').to_owned())
}

/// What stands where something else is expected.
fn found(said: &str) -> Option<String> {
    let rest = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "))?;
    let (found, _) = rest.rsplit_once(", expected ")?;
    let (kind, own) = found.split_once(' ').unwrap_or((found, ""));
    Some(match kind {
        "map" => "een object".to_owned(),
        "sequence" => "een lijst".to_owned(),
        "string" if own.chars().count() > MOST_SHOWN => {
            format!("de tekst {}…\"", own.chars().take(MOST_SHOWN).collect::<String>())
        }
        "string" => format!("de tekst {own}"),
        _ => found.rsplit(' ').next().unwrap_or(found).trim_matches('`').to_owned(),
    })
}

/// What is expected at a place.
fn expected(path: &Path) -> Option<&'static str> {
    let mut segments: Vec<&Segment> = path.iter().collect();
    let is_part = segments.pop_if(|segment| matches!(segment, Segment::Seq { .. })).is_some();
    match segments.last() {
        None => Some(
            "een object met cells en relations, bijvoorbeeld {\"cells\": [{\"id\": \"buurt1\", \"value\": 4}], \
             \"relations\": []}",
        ),
        Some(Segment::Map { key }) if is_part => of_part(key),
        Some(Segment::Map { key }) => of_field(key, is_of_relation(path)),
        Some(Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown) => None,
    }
}

/// What is expected of what is in the list of a field.
fn of_part(field: &str) -> Option<&'static str> {
    Some(match field {
        "cells" => "een cel met id en value, bijvoorbeeld {\"id\": \"buurt1\", \"value\": 4}",
        "relations" => {
            "een totaal met zijn delen, bijvoorbeeld {\"total\": \"wijk\", \"parts\": [\"buurt1\"]}"
        }
        "cases" => "een geval met een name, bijvoorbeeld {\"name\": \"alles\"}",
        "single_cells" => "een cel met een name, bijvoorbeeld {\"name\": \"a\", \"rules\": {}}",
        "parts" | "publish" | "insider_knows" => "de naam van een cel, bijvoorbeeld \"buurt1\"",
        "contributions_largest" => "een getal, bijvoorbeeld 12 of 7.5",
        _ => return None,
    })
}

/// What is expected of a field; in a relation a total is a name.
fn of_field(field: &str, is_of_relation: bool) -> Option<&'static str> {
    Some(match field {
        "value" | "lower_bound" | "total" if !is_of_relation => "een getal, bijvoorbeeld 12 of 7.5",
        "denominator" => "een getal van nul of meer, bijvoorbeeld 120",
        "contributions_largest" => "een lijst van getallen, bijvoorbeeld [450, 60]",
        "contributors" | "respondents" | "n_contributors" => {
            "een geheel getal van nul of meer, bijvoorbeeld 12"
        }
        "min_interval_width" => "een geheel getal van nul of meer, bijvoorbeeld 5",
        "published" | "protected" | "integer" | "breakdown" | "mean" => "true of false",
        "id" | "name" | "total" => "een naam tussen aanhalingstekens, bijvoorbeeld \"buurt1\"",
        "parts" | "publish" | "insider_knows" => {
            "een lijst van namen van cellen, bijvoorbeeld [\"buurt1\", \"buurt2\"]"
        }
        "cells" => {
            "een lijst van cellen, elk met id en value, bijvoorbeeld [{\"id\": \"buurt1\", \"value\": 4}]"
        }
        "relations" => {
            "een lijst van totalen met hun delen, bijvoorbeeld [{\"total\": \"wijk\", \"parts\": [\"buurt1\"]}]"
        }
        "cases" => "een lijst van gevallen, elk met een name, bijvoorbeeld [{\"name\": \"alles\"}]",
        "single_cells" => {
            "een lijst van cellen, elk met een name, bijvoorbeeld [{\"name\": \"a\", \"rules\": {}}]"
        }
        "rules" => "een object met regels, bijvoorbeeld {\"p%=10\": \"safe\"}",
        "policy" => "een beleid, bijvoorbeeld {\"min_interval_width\": 5}",
        "magnitude1" => "een object met records en tabellen, bijvoorbeeld {\"records\": []}",
        _ => return None,
    })
}

/// Whether a place is in a relation.
fn is_of_relation(path: &Path) -> bool {
    path.iter().any(|segment| matches!(segment, Segment::Map { key } if key == "relations"))
}
