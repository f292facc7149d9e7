//! From what somebody proposes to terms that hold, or to a list of everything that is wrong.

use std::collections::HashSet;
use std::hash::Hash;

use platform::identity::Oin;
use time::Date;

use super::closed::Closed;
use super::{
    AgreedPurpose, AreaLevel, Draft, DraftParty, DraftPreset, DraftScope, Party, Protection, Scope, Terms,
};
use crate::domain::calendar::parse_date;
use crate::domain::name::{AgreementId, is_code, is_line_to_read, is_period, is_resource};
use crate::domain::preset::{self, Preset};
use crate::domain::problem::Problem;

/// Most recipients of one agreement.
pub(crate) const MOST_RECIPIENTS: usize = 50;
/// Most items in any other list.
const MOST_ITEMS: usize = 1000;
/// The first year in which an agreement can begin to hold: nothing was exchanged before it.
const FIRST_YEAR: i32 = 2000;
/// Most characters of a contact.
const LONGEST_CONTACT: usize = 200;

pub(super) fn terms(agreement: AgreementId, draft: Draft, today: Date) -> Result<Terms, Vec<Problem>> {
    let mut wrong = Wrong(Vec::new());
    let provider = wrong.party("content.provider", &draft.provider);
    let recipients = wrong.recipients(&draft.recipients, &draft.provider);
    let purpose = wrong.purpose(&draft);
    let legal_basis = wrong.known("content.legal_basis", draft.legal_basis);
    let scope = wrong.given("content.scope", draft.scope).and_then(|scope| wrong.scope(scope));
    let protection = wrong.given("content.protection", draft.protection);
    if let Some(protection) = protection {
        wrong.protection(protection);
    }
    let preset = wrong.preset(draft.preset, protection);
    wrong.list("content.deliveries", &draft.deliveries, MOST_ITEMS);
    let deliveries: Vec<_> = (0..)
        .zip(&draft.deliveries)
        .filter_map(|(place, delivery)| wrong.known(&at("content.deliveries", place), *delivery))
        .collect();
    let valid_from = wrong.date("content.valid_from", &draft.valid_from);
    let valid_until = wrong.date("content.valid_until", &draft.valid_until);
    wrong.validity(valid_from, valid_until, today);
    wrong.within("content.retention_months", draft.retention_months, 1, 120);
    let onward_sharing = wrong.known("content.onward_sharing", draft.onward_sharing);
    wrong.contact(&draft.contact);
    let replaces = wrong.replaces(draft.replaces);

    let terms = || {
        Some(Terms {
            agreement: agreement.name(),
            provider: provider?,
            recipients,
            purpose: purpose?,
            legal_basis: legal_basis?,
            scope: scope?,
            protection: protection?,
            preset,
            deliveries,
            valid_from: valid_from?,
            valid_until: valid_until?,
            retention_months: draft.retention_months,
            onward_sharing: onward_sharing?,
            contact: draft.contact,
            replaces,
        })
    };
    match terms() {
        Some(terms) if wrong.0.is_empty() => Ok(terms),
        _ => Err(wrong.0),
    }
}

/// Everything found wrong so far.
struct Wrong(Vec<Problem>);

fn at(field: &str, place: usize) -> String {
    format!("{field}[{place}]")
}

impl Wrong {
    fn add(&mut self, field: impl Into<String>, en: impl Into<String>, nl: impl Into<String>) {
        self.0.push(Problem::new(field, en, nl));
    }

    /// The value of a field that may not be left out.
    fn given<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.0.push(Problem::required(field));
        }
        value
    }

    /// The value of a field with a closed list of values.
    fn known<T: Closed>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            let names = T::names();
            self.add(
                field,
                format!("is missing or not a value that the platform knows; expected one of {names}"),
                format!("ontbreekt of is geen waarde die het platform kent; verwacht wordt een van {names}"),
            );
        }
        value
    }

    fn within(&mut self, field: &str, value: i32, least: i32, most: i32) {
        if !(least..=most).contains(&value) {
            self.add(
                field,
                format!("is {value}; expected {least} to {most}"),
                format!("is {value}; verwacht wordt {least} tot en met {most}"),
            );
        }
    }

    /// A term that may be left out, which is written as 0.
    fn none_or_within(&mut self, field: &str, value: i32, least: i32, most: i32) {
        if value != 0 && !(least..=most).contains(&value) {
            self.add(
                field,
                format!("is {value}; expected {least} to {most}, or 0 for none"),
                format!("is {value}; verwacht wordt {least} tot en met {most}, of 0 voor geen"),
            );
        }
    }

    fn protection(&mut self, protection: Protection) {
        let Protection { dominance_n, dominance_k, .. } = protection;
        self.within("content.protection.minimum_count", protection.minimum_count, 5, 1000);
        self.none_or_within("content.protection.interval_width", protection.interval_width, 2, 1000);
        self.none_or_within("content.protection.p_percent", protection.p_percent, 1, 100);
        self.none_or_within("content.protection.dominance_n", dominance_n, 1, 5);
        self.none_or_within("content.protection.dominance_k", dominance_k, 50, 99);
        for (missing, given, name, other) in [
            (dominance_n, dominance_k, "content.protection.dominance_n", "dominance_k"),
            (dominance_k, dominance_n, "content.protection.dominance_k", "dominance_n"),
        ] {
            if missing == 0 && given != 0 {
                self.add(
                    name,
                    format!("is required together with {other}"),
                    format!("is verplicht samen met {other}"),
                );
            }
        }
        self.none_or_within("content.protection.rounding_base", protection.rounding_base, 3, 100);
        let denominator = protection.minimum_denominator;
        self.none_or_within("content.protection.minimum_denominator", denominator, 10, 10_000);
        self.none_or_within("content.protection.group_percent", protection.group_percent, 50, 100);
        // Who sees that nobody is in the other categories knows that all of the group is in one.
        if protection.group_percent != 0 && !protection.protect_zeros {
            self.add(
                "content.protection.protect_zeros",
                "has to be true together with group_percent",
                "moet true zijn samen met group_percent",
            );
        }
    }

    /// A kind of figures raises the least that each term may be; of one that is wrong by itself only that
    /// is said.
    fn preset(&mut self, preset: DraftPreset, protection: Option<Protection>) -> Option<Preset> {
        let preset = match preset {
            DraftPreset::None => return None,
            DraftPreset::Known(preset) => preset,
            DraftPreset::Unknown => return self.known("content.protection.preset", None),
        };
        let looser = protection.map(|agreed| preset::looser(preset, agreed)).unwrap_or_default();
        let wrong: HashSet<String> = self.0.iter().map(|problem| problem.field.clone()).collect();
        self.0.extend(looser.into_iter().filter(|problem| !wrong.contains(&problem.field)));
        Some(preset)
    }

    fn replaces(&mut self, replaces: String) -> Option<String> {
        if replaces.is_empty() {
            return None;
        }
        if AgreementId::of_name(&replaces).is_none() {
            self.add("content.replaces", "is not agreements/{uuid}", "is geen agreements/{uuid}");
        }
        Some(replaces)
    }

    /// A list may not be empty, too long, or name anything twice.
    fn list<T: Eq + Hash>(&mut self, field: &str, items: &[T], most: usize) {
        if items.is_empty() {
            self.add(field, "is empty; expected at least one", "is leeg; verwacht wordt er minstens één");
        }
        self.bounded(field, items, most);
    }

    fn bounded<T: Eq + Hash>(&mut self, field: &str, items: &[T], most: usize) {
        if items.len() > most {
            let count = items.len();
            self.add(
                field,
                format!("has {count} items; at most {most} are allowed"),
                format!("heeft {count} onderdelen; hoogstens {most} zijn toegestaan"),
            );
            return;
        }
        let mut seen = HashSet::new();
        for (place, item) in items.iter().enumerate() {
            if !seen.insert(item) {
                self.add(at(field, place), "stands in the list already", "staat al in de lijst");
            }
        }
    }

    /// Each item has a form.
    fn each(&mut self, field: &str, items: &[String], right: impl Fn(&str) -> bool, form: (&str, &str)) {
        for (place, item) in items.iter().enumerate().take(MOST_ITEMS) {
            if !right(item) {
                self.add(at(field, place), format!("is not {}", form.0), format!("is geen {}", form.1));
            }
        }
    }

    fn party(&mut self, field: &str, party: &DraftParty) -> Option<Party> {
        let Ok(oin) = party.oin.parse::<Oin>() else {
            let field = format!("{field}.oin");
            self.add(field, "is not an OIN; expected 20 digits", "is geen OIN; verwacht worden 20 cijfers");
            return None;
        };
        let Some(display_name) = party.display_name.clone() else {
            self.add(
                format!("{field}.oin"),
                format!("{oin} is not an organisation that takes part"),
                format!("{oin} is geen organisatie die deelneemt"),
            );
            return None;
        };
        if !is_line_to_read(&display_name) {
            self.add(
                format!("{field}.oin"),
                format!(
                    "{oin} has a name with a character that cannot be seen, or without letters and digits; let it correct its name first"
                ),
                format!(
                    "{oin} heeft een naam met een teken dat niet te zien is, of zonder letters en cijfers; laat de naam eerst verbeteren"
                ),
            );
            return None;
        }
        Some(Party { oin, display_name })
    }

    fn recipients(&mut self, recipients: &[DraftParty], provider: &DraftParty) -> Vec<Party> {
        let oins: Vec<&str> = recipients.iter().map(|recipient| recipient.oin.as_str()).collect();
        self.list("content.recipients", &oins, MOST_RECIPIENTS);
        let mut parties = Vec::new();
        for (place, recipient) in recipients.iter().enumerate().take(MOST_RECIPIENTS) {
            let field = at("content.recipients", place);
            if recipient.oin == provider.oin {
                self.add(
                    format!("{field}.oin"),
                    "is the provider, who cannot be a recipient too",
                    "is de aanbieder; die kan niet ook ontvanger zijn",
                );
            }
            parties.extend(self.party(&field, recipient));
        }
        parties
    }

    fn purpose(&mut self, draft: &Draft) -> Option<AgreedPurpose> {
        let known = draft.purpose_display_name.clone().filter(|name| is_line_to_read(name));
        match known {
            Some(display_name) if is_resource(&draft.purpose, "purposes") => {
                Some(AgreedPurpose { name: draft.purpose.clone(), display_name })
            }
            _ => {
                self.add(
                    "content.purpose",
                    "is not a purpose of the list; see ListPurposes",
                    "is geen doel uit de lijst; in /v1/purposes staan ze allemaal",
                );
                None
            }
        }
    }

    fn scope(&mut self, scope: DraftScope) -> Option<Scope> {
        if !is_resource(&scope.dataset, "datasets") {
            self.add("content.scope.dataset", "is not datasets/{code}", "is geen datasets/{code}");
        }
        self.list("content.scope.indicators", &scope.indicators, MOST_ITEMS);
        let form = ("indicators/{code}", "indicators/{code}");
        self.each(
            "content.scope.indicators",
            &scope.indicators,
            |name| is_resource(name, "indicators"),
            form,
        );
        let area_level = self.known("content.scope.area_level", AreaLevel::named(&scope.area_level));
        self.bounded("content.scope.areas", &scope.areas, MOST_ITEMS);
        let form = ("areas/{code}", "areas/{code}");
        self.each("content.scope.areas", &scope.areas, |name| is_resource(name, "areas"), form);
        self.list("content.scope.periods", &scope.periods, MOST_ITEMS);
        let form = (
            "a period like 2025, 2025Q1, 2025-01 or 2025-01-31",
            "periode zoals 2025, 2025Q1, 2025-01 of 2025-01-31",
        );
        self.each("content.scope.periods", &scope.periods, is_period, form);
        self.bounded("content.scope.dimensions", &scope.dimensions, MOST_ITEMS);
        let form = ("the code of a dimension", "code van een dimensie");
        self.each("content.scope.dimensions", &scope.dimensions, is_code, form);
        Some(Scope {
            dataset: scope.dataset,
            indicators: scope.indicators,
            area_level: area_level?,
            areas: scope.areas,
            periods: scope.periods,
            dimensions: scope.dimensions,
        })
    }

    fn date(&mut self, field: &str, text: &str) -> Option<Date> {
        let date = parse_date(text);
        if date.is_none() {
            self.add(field, "is not a date like 2026-11-01", "is geen datum zoals 2026-11-01");
        }
        date
    }

    fn validity(&mut self, from: Option<Date>, until: Option<Date>, today: Date) {
        if from.is_some_and(|from| from.year() < FIRST_YEAR) {
            self.add(
                "content.valid_from",
                format!("is before the year {FIRST_YEAR}"),
                format!("ligt voor het jaar {FIRST_YEAR}"),
            );
        }
        let Some(until) = until else { return };
        if from.is_some_and(|from| from > until) {
            self.add("content.valid_until", "is before valid_from", "ligt voor valid_from");
        }
        if until < today {
            self.add(
                "content.valid_until",
                format!("is in the past; today is {today}"),
                format!("ligt in het verleden; het is vandaag {today}"),
            );
        }
    }

    fn contact(&mut self, contact: &str) {
        let length = contact.chars().count();
        if contact.trim().is_empty() {
            self.0.push(Problem::required("content.contact"));
        } else if length > LONGEST_CONTACT {
            self.add(
                "content.contact",
                format!("has {length} characters; at most {LONGEST_CONTACT} are allowed"),
                format!("heeft {length} tekens; hoogstens {LONGEST_CONTACT} zijn toegestaan"),
            );
        } else if !is_line_to_read(contact) || contact.trim() != contact {
            self.add(
                "content.contact",
                "is not one line of plain text with letters or digits, without spaces around it",
                "is niet één regel gewone tekst met letters of cijfers, zonder spaties eromheen",
            );
        }
    }
}
