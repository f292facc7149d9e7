//! The agreement as people read it, in Dutch. Every term stands in it, so that two agreements with
//! the same text have the same terms; its hash is signed with them.

use super::calendar::in_words;
use super::content::{AreaLevel, Content, Delivery, LegalBasis, OnwardSharing, Party, Protection};
use super::preset::{self, Preset};

/// The articles that reasons refer to.
pub(crate) mod article {
    /// Who delivers and who receives.
    pub(crate) const PARTIES: u8 = 1;
    /// What the data is for.
    pub(crate) const PURPOSE: u8 = 2;
    /// What is shared.
    pub(crate) const SCOPE: u8 = 3;
    /// How small groups are protected.
    pub(crate) const PROTECTION: u8 = 4;
    /// How the data is fetched.
    pub(crate) const DELIVERY: u8 = 5;
    /// How long it holds.
    pub(crate) const VALIDITY: u8 = 6;
    /// What recipients may do with the data.
    pub(crate) const USE: u8 = 7;
    /// Whom to ask.
    pub(crate) const CONTACT: u8 = 8;
}

/// The text of an agreement.
#[must_use]
pub(crate) fn of(content: &Content) -> String {
    let mut text = Text::default();
    let terms = content.terms();
    text.line("Afspraak over het delen van gegevens");
    text.line(&format!("Kenmerk: {}", terms.agreement));

    text.article(article::PARTIES, "Wie deelt en wie ontvangt");
    text.member("De aanbieder deelt gegevens. De aanbieder is:");
    text.items([party(&terms.provider)]);
    text.member("De ontvanger krijgt gegevens. Ontvanger is:");
    text.items(terms.recipients.iter().map(party));

    text.article(article::PURPOSE, "Waarvoor en waarom het mag");
    text.member("De ontvanger gebruikt de gegevens alleen voor dit doel:");
    text.items([format!("{} ({})", terms.purpose.display_name, terms.purpose.name)]);
    text.member(&format!("De wet staat dit toe. De grondslag is: {}.", legal_basis(terms.legal_basis)));

    let scope = &terms.scope;
    text.article(article::SCOPE, "Welke gegevens");
    text.member("De aanbieder deelt gegevens per gebied, nooit over één persoon of huishouden.");
    text.member("De gegevens komen uit deze dataset:");
    text.items([&scope.dataset]);
    text.member("Het gaat om deze indicatoren:");
    text.items(&scope.indicators);
    let level = area_level(scope.area_level);
    if scope.areas.is_empty() {
        text.member(&format!("De gegevens zijn per {level}, voor alle gebieden van die soort."));
    } else {
        text.member(&format!("De gegevens zijn per {level}, alleen voor deze gebieden:"));
        text.items(&scope.areas);
    }
    text.member("Het gaat om deze perioden:");
    text.items(&scope.periods);
    if scope.dimensions.is_empty() {
        text.member("De aanbieder deelt alleen totalen. De gegevens zijn niet verder uitgesplitst.");
    } else {
        text.member("De gegevens zijn uitgesplitst naar:");
        text.items(&scope.dimensions);
    }
    text.member("Wat hier niet staat, wordt niet gedeeld.");

    text.article(article::PROTECTION, "Bescherming van kleine groepen");
    kind_of_figures(&mut text, terms.preset);
    protection(&mut text, terms.protection);

    text.article(article::DELIVERY, "Hoe de ontvanger de gegevens krijgt");
    text.member("De ontvanger kan de gegevens zo krijgen:");
    text.items(terms.deliveries.iter().map(|way| delivery(*way)));
    text.member("Elke levering en elke weigering staat in het logboek. De aanbieder en de ontvanger kunnen dat lezen.");

    text.article(article::VALIDITY, "Hoe lang de afspraak geldt");
    text.member(&format!(
        "De afspraak geldt van {} tot en met {}.",
        in_words(terms.valid_from),
        in_words(terms.valid_until)
    ));
    text.member("De afspraak geldt pas als alle partijen hebben getekend.");
    if let Some(replaced) = &terms.replaces {
        text.member(&format!("Deze afspraak komt dan in de plaats van {replaced}."));
    }
    text.member("Elke partij kan de afspraak op elk moment intrekken. De levering stopt dan meteen.");
    text.member(
        "Elke partij kan de afspraak op elk moment opschorten. De levering stopt dan ook meteen. Alleen wie heeft opgeschort, kan weer hervatten.",
    );

    text.article(article::USE, "Bewaren en doorgeven");
    text.member(&format!("De ontvanger bewaart de gegevens hoogstens {}.", months(terms.retention_months)));
    text.member(onward_sharing(terms.onward_sharing));

    text.article(article::CONTACT, "Vragen");
    text.member("Vragen over deze afspraak gaan naar:");
    text.items([&terms.contact]);
    text.lines
}

fn kind_of_figures(text: &mut Text, preset: Option<Preset>) {
    if let Some(preset) = preset {
        text.member("Dit zijn cijfers over:");
        text.items([format!("{} ({})", preset::in_dutch(preset), preset.name())]);
        text.member("De regels hieronder zijn minstens zo streng als voor die cijfers is vastgelegd.");
    }
}

fn protection(text: &mut Text, agreed: Protection) {
    text.member(&format!("Een aantal onder de {} wordt niet getoond.", agreed.minimum_count));
    text.member(if agreed.protect_zeros {
        "Een nul wordt ook niet getoond."
    } else {
        "Een nul wordt wel getoond."
    });
    text.member("Een percentage wordt alleen getoond als de aantallen erachter bekend zijn en ook getoond mogen worden, en uit de rest van de dataset niet volgen.");
    if agreed.minimum_denominator != 0 {
        text.member(&format!(
            "Een percentage over minder dan {} mensen, huishoudens of antwoorden wordt niet getoond.",
            agreed.minimum_denominator
        ));
    }
    if agreed.group_percent != 0 {
        text.member(&format!(
            "Een aantal wordt ook niet getoond als het {} procent of meer is van de groep waar het bij hoort. Een percentage wordt ook niet getoond als het zo hoog is. Anders is van bijna iedereen in die groep bekend dat het voor hen geldt.",
            agreed.group_percent
        ));
    }
    if agreed.interval_width == 0 {
        text.member("Een verborgen aantal is niet uit getoonde aantallen en totalen uit te rekenen.");
    } else {
        text.member(&format!(
            "Een verborgen aantal is niet uit getoonde aantallen en totalen uit te rekenen. Wie dat probeert, houdt een marge over van minstens {}. Bij een percentage is dat nooit meer dan het aantal waarover het gaat.",
            agreed.interval_width
        ));
    }
    text.member("Om dat te bereiken worden ook andere aantallen en totalen verborgen.");
    if agreed.p_percent != 0 {
        text.member(&format!(
            "Soms telt één bijdrage zwaar mee in een cijfer. Een cijfer wordt niet getoond als iemand die bijdraagt, daaruit de bijdrage van een ander kan schatten tot op {} procent.",
            agreed.p_percent
        ));
    }
    if (agreed.dominance_n, agreed.dominance_k) != (0, 0) {
        let part = agreed.dominance_k;
        text.member(&match agreed.dominance_n {
            1 => format!(
                "Een cijfer wordt niet getoond als de grootste bijdrage meer dan {part} procent daarvan is."
            ),
            n => format!(
                "Een cijfer wordt niet getoond als de {n} grootste bijdragen samen meer dan {part} procent daarvan zijn."
            ),
        });
    }
    if agreed.rounding_base != 0 {
        text.member(&format!(
            "Elk aantal wordt afgerond op een veelvoud van {}. Percentages worden berekend uit afgeronde aantallen.",
            agreed.rounding_base
        ));
    }
}

#[derive(Default)]
struct Text {
    lines: String,
    article: u8,
    member: u8,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    fn article(&mut self, number: u8, title: &str) {
        (self.article, self.member) = (number, 0);
        self.line(&format!("\nArtikel {number}. {title}"));
    }

    fn member(&mut self, sentence: &str) {
        self.member += 1;
        self.line(&format!("{}.{} {sentence}", self.article, self.member));
    }

    fn items<T: std::fmt::Display>(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            self.line(&format!("- {item}"));
        }
    }
}

fn party(party: &Party) -> String {
    format!("{} (OIN {})", party.display_name, party.oin)
}

fn months(count: i32) -> String {
    if count == 1 { "1 maand".to_owned() } else { format!("{count} maanden") }
}

fn legal_basis(basis: LegalBasis) -> &'static str {
    match basis {
        LegalBasis::LegalObligation => "een wettelijke verplichting (AVG, artikel 6, lid 1, onder c)",
        LegalBasis::PublicTask => "een taak van algemeen belang (AVG, artikel 6, lid 1, onder e)",
        LegalBasis::LegitimateInterest => "een gerechtvaardigd belang (AVG, artikel 6, lid 1, onder f)",
    }
}

/// The kind of area, in Dutch.
#[must_use]
pub(crate) fn area_level(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::Country => "land",
        AreaLevel::Region => "regio",
        AreaLevel::Municipality => "gemeente",
        AreaLevel::District => "wijk",
        AreaLevel::Neighbourhood => "buurt",
        AreaLevel::ProgrammeArea => "programmagebied",
        AreaLevel::Benchmark => "groep van vergelijkbare gemeenten",
    }
}

fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pull => "op aanvraag: de ontvanger vraagt de gegevens op",
        Delivery::Stream => "doorlopend: de ontvanger krijgt nieuwe gegevens meteen",
    }
}

fn onward_sharing(sharing: OnwardSharing) -> &'static str {
    match sharing {
        OnwardSharing::None => "De ontvanger geeft de gegevens niet door aan anderen.",
        OnwardSharing::Publications => {
            "De ontvanger mag de gegevens gebruiken in een publicatie, als daar geen enkel aantal uit is af te lezen."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples;

    #[test]
    fn the_text_is_dutch_with_numbered_articles() {
        let text = of(&samples::content());
        for line in [
            "Afspraak over het delen van gegevens",
            "Artikel 1. Wie deelt en wie ontvangt",
            "- Weller (OIN 00000099000000002000)",
            "- GGD Zuid-Limburg (OIN 00000099000000004000)",
            "- Vroegsignalering van betalingsachterstanden (purposes/vroegsignalering-schulden)",
            "2.2 De wet staat dit toe. De grondslag is: een taak van algemeen belang (AVG, artikel 6, lid 1, onder e).",
            "3.4 De gegevens zijn per buurt, voor alle gebieden van die soort.",
            "4.1 Een aantal onder de 10 wordt niet getoond.",
            "6.1 De afspraak geldt van 1 november 2026 tot en met 31 oktober 2027.",
            "7.1 De ontvanger bewaart de gegevens hoogstens 12 maanden.",
            "7.2 De ontvanger geeft de gegevens niet door aan anderen.",
            "- Team gegevens, gegevens@weller.example",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n---\n{text}");
        }
    }

    fn text_with(protection: Protection, replaces: Option<&str>) -> String {
        let mut terms = samples::content().terms().clone();
        terms.protection = protection;
        terms.replaces = replaces.map(str::to_owned);
        of(&samples::unchecked(terms))
    }

    #[test]
    fn every_agreed_term_of_protection_is_a_sentence() {
        let text = text_with(
            Protection {
                minimum_count: 10,
                protect_zeros: true,
                interval_width: 11,
                p_percent: 12,
                dominance_n: 2,
                dominance_k: 85,
                rounding_base: 5,
                minimum_denominator: 50,
                group_percent: 90,
            },
            Some("agreements/0190163d-8694-739b-aea5-966c26f8ad91"),
        );
        for line in [
            "4.1 Een aantal onder de 10 wordt niet getoond.",
            "4.2 Een nul wordt ook niet getoond.",
            "4.3 Een percentage wordt alleen getoond als de aantallen erachter bekend zijn en ook getoond mogen worden, en uit de rest van de dataset niet volgen.",
            "4.4 Een percentage over minder dan 50 mensen, huishoudens of antwoorden wordt niet getoond.",
            "4.5 Een aantal wordt ook niet getoond als het 90 procent of meer is van de groep waar het bij hoort. Een percentage wordt ook niet getoond als het zo hoog is. Anders is van bijna iedereen in die groep bekend dat het voor hen geldt.",
            "4.6 Een verborgen aantal is niet uit getoonde aantallen en totalen uit te rekenen. Wie dat probeert, houdt een marge over van minstens 11. Bij een percentage is dat nooit meer dan het aantal waarover het gaat.",
            "4.7 Om dat te bereiken worden ook andere aantallen en totalen verborgen.",
            "4.8 Soms telt één bijdrage zwaar mee in een cijfer. Een cijfer wordt niet getoond als iemand die bijdraagt, daaruit de bijdrage van een ander kan schatten tot op 12 procent.",
            "4.9 Een cijfer wordt niet getoond als de 2 grootste bijdragen samen meer dan 85 procent daarvan zijn.",
            "4.10 Elk aantal wordt afgerond op een veelvoud van 5. Percentages worden berekend uit afgeronde aantallen.",
            "6.3 Deze afspraak komt dan in de plaats van agreements/0190163d-8694-739b-aea5-966c26f8ad91.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n---\n{text}");
        }
    }

    #[test]
    fn the_kind_of_figures_comes_before_the_rules_that_go_with_it() {
        for preset in Preset::ALL {
            let mut terms = samples::content().terms().clone();
            terms.preset = Some(preset);
            let text = of(&samples::unchecked(terms));
            let lines = [
                "4.1 Dit zijn cijfers over:".to_owned(),
                format!("- {} ({})", preset::in_dutch(preset), preset.name()),
                "4.2 De regels hieronder zijn minstens zo streng als voor die cijfers is vastgelegd."
                    .to_owned(),
                "4.3 Een aantal onder de 10 wordt niet getoond.".to_owned(),
            ];
            assert!(text.contains(&lines.join("\n")), "{text}");
        }
    }

    #[test]
    fn without_an_interval_a_hidden_count_cannot_be_computed_exactly() {
        let text = text_with(Protection { minimum_count: 10, ..Protection::default() }, None);
        let promise = "4.4 Een verborgen aantal is niet uit getoonde aantallen en totalen uit te rekenen.";
        assert!(text.lines().any(|found| found == promise), "{text}");
        assert!(
            !text.contains("marge") && !text.contains("4.6") && !text.contains("in de plaats van"),
            "{text}"
        );
        assert!(text.contains("6.4 Elke partij kan de afspraak op elk moment opschorten."), "{text}");
    }
}
