//! The usual agreements: what each of them fixes, and what it asks of who drafts one.

mod fill;

pub(crate) use fill::{Answers, field_of, fill};

use super::content::{AreaLevel, Delivery, LegalBasis, OnwardSharing};

/// A usual agreement.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// Its code; the resource name is "agreement-templates/{code}".
    pub(crate) code: &'static str,
    /// What it is called, in Dutch.
    pub(crate) display_name: &'static str,
    /// When to use it, in Dutch.
    pub(crate) when_to_use: &'static str,
    /// What its purpose serves.
    pub(crate) serves: Serves,
    /// The level of its areas.
    pub(crate) area_level: AreaLevel,
    /// Why it is lawful.
    pub(crate) legal_basis: LegalBasis,
    /// The ways to fetch the data.
    pub(crate) deliveries: &'static [Delivery],
    /// How many months a recipient may keep the data.
    pub(crate) retention_months: i32,
    /// Whether a recipient may share it.
    pub(crate) onward_sharing: OnwardSharing,
}

/// What a purpose serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// An inspanning.
    Inspanning,
    /// A goal.
    Goal,
    /// Either of them.
    Either,
}

/// Something that a template asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The field of the request in which the answer goes.
    pub(crate) name: &'static str,
    /// The question, in Dutch.
    pub(crate) question: &'static str,
    /// Whether it has to be answered.
    pub(crate) required: bool,
}

/// All templates, in the order in which to show them.
pub(crate) const ALL: [Template; 3] = [
    Template {
        code: "cijfers-per-buurt-voor-een-inspanning",
        display_name: "Cijfers per buurt voor een inspanning",
        when_to_use: "Kies deze als een partner cijfers per buurt nodig heeft om een inspanning uit te voeren. De partner vraagt de cijfers op wanneer dat nodig is, en geeft ze niet door.",
        serves: Serves::Inspanning,
        area_level: AreaLevel::Neighbourhood,
        legal_basis: LegalBasis::PublicTask,
        deliveries: &[Delivery::Pull],
        retention_months: 24,
        onward_sharing: OnwardSharing::None,
    },
    Template {
        code: "cijfers-per-wijk-voor-een-doel",
        display_name: "Cijfers per wijk voor een doel",
        when_to_use: "Kies deze om te volgen of een doel van het programma dichterbij komt. De cijfers zijn per wijk. Wie ze ontvangt, mag ze gebruiken in een publicatie waar geen enkel aantal uit is af te lezen.",
        serves: Serves::Goal,
        area_level: AreaLevel::District,
        legal_basis: LegalBasis::PublicTask,
        deliveries: &[Delivery::Pull],
        retention_months: 60,
        onward_sharing: OnwardSharing::Publications,
    },
    Template {
        code: "live-volgen-per-buurt",
        display_name: "Live volgen per buurt",
        when_to_use: "Kies deze als een partner nieuwe cijfers per buurt meteen moet zien, bijvoorbeeld op een dashboard. De partner krijgt elke nieuwe levering zodra die er is, en bewaart de cijfers kort.",
        serves: Serves::Either,
        area_level: AreaLevel::Neighbourhood,
        legal_basis: LegalBasis::PublicTask,
        deliveries: &[Delivery::Pull, Delivery::Stream],
        retention_months: 6,
        onward_sharing: OnwardSharing::None,
    },
];

impl Template {
    /// The template with the resource name "agreement-templates/{code}".
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let code = name.strip_prefix("agreement-templates/")?;
        ALL.into_iter().find(|template| template.code == code)
    }

    /// The resource name.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("agreement-templates/{}", self.code)
    }

    /// What it asks, in the order in which to ask it.
    #[must_use]
    pub(crate) fn fields(&self) -> Vec<Field> {
        let asks = |name, question| Field { name, question, required: true };
        let may_ask = |name, question| Field { name, question, required: false };
        vec![
            asks("recipients", "Welke organisaties krijgen de cijfers? Vul van elke het OIN in."),
            may_ask(
                "serves",
                match self.serves {
                    Serves::Inspanning => "Voor welke inspanning zijn de cijfers nodig?",
                    Serves::Goal => "Voor welk doel van het programma zijn de cijfers nodig?",
                    Serves::Either => "Voor welke inspanning of welk doel zijn de cijfers nodig?",
                },
            ),
            may_ask(
                "purpose",
                "Waarvoor worden de cijfers gebruikt? Dit mag leeg blijven als er maar één gebruik hoort bij de inspanning of het doel.",
            ),
            asks("dataset", "Uit welke dataset komen de cijfers?"),
            asks("indicators", "Om welke indicatoren gaat het?"),
            asks("periods", "Over welke perioden gaan de cijfers? Bijvoorbeeld 2025 of 2025Q1."),
            asks(
                "contact",
                "Wie beantwoordt vragen? Vul een functie of team in met een adres, geen persoon.",
            ),
            may_ask(
                "areas",
                match self.area_level {
                    AreaLevel::Neighbourhood => "Om welke buurten gaat het? Leeg is alle buurten.",
                    AreaLevel::District => "Om welke wijken gaat het? Leeg is alle wijken.",
                    AreaLevel::Country
                    | AreaLevel::Region
                    | AreaLevel::Municipality
                    | AreaLevel::ProgrammeArea
                    | AreaLevel::Benchmark => "Om welke gebieden gaat het? Leeg is alle gebieden.",
                },
            ),
            may_ask(
                "dimensions",
                "Naar welke uitsplitsingen worden de cijfers gedeeld? Leeg is alleen totalen.",
            ),
            may_ask("valid_from", "Vanaf welke dag geldt de afspraak? Leeg is vanaf morgen."),
            may_ask("valid_until", "Tot en met welke dag geldt de afspraak? Leeg is een jaar lang."),
            may_ask(
                "preset",
                "Wat voor cijfers zijn het? Daaruit volgt hoe kleine groepen worden beschermd. Leeg is de strengste soort over personen: een gevoelig onderwerp.",
            ),
            may_ask(
                "minimum_count",
                "Vanaf welk aantal mag een cijfer worden getoond? Leeg is het aantal dat bij de soort cijfers hoort. Een hoger aantal mag.",
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
