//! Reasons by the own rules of the organisation that asks, as sentences without the full stop. Who asks reads
//! of "uw organisatie"; somebody else, of the organisation by its name.

use super::About;

/// The organisation that asks, in Dutch and in English.
fn organisation<'a>(about: About<'a>) -> (&'a str, &'a str) {
    match about.organisation {
        Some(name) => (name, name),
        None => ("uw eigen organisatie", "your own organisation"),
    }
}

/// It has no rules.
pub(super) fn none(about: About<'_>) -> (String, String) {
    match about.organisation {
        Some(name) => (
            format!("Eigen regels voor haar systemen heeft {name} niet; de afspraak bepaalt wat mag"),
            format!("{name} has no rules of its own for its systems; the agreement says what is allowed"),
        ),
        None => (
            "Uw organisatie heeft zelf geen regels voor haar systemen; de afspraak bepaalt wat mag"
                .to_owned(),
            "Your organisation has no rules of its own for its systems; the agreement says what is allowed"
                .to_owned(),
        ),
    }
}

/// One of its rules permits it.
pub(super) fn permits(system: &str, rule: &str, about: About<'_>) -> (String, String) {
    let (rule_nl, rule_en) = match about.organisation {
        Some(name) => (format!("De eigen regel {rule} van {name}"), format!("The own rule {rule} of {name}")),
        None => (format!("Uw eigen regel {rule}"), format!("Your own rule {rule}")),
    };
    (
        format!("{rule_nl} staat dit toe voor het systeem \"{system}\""),
        format!("{rule_en} allows this for the system \"{system}\""),
    )
}

/// No rule is about the system.
pub(super) fn other_system(system: &str, about: About<'_>) -> (String, String) {
    let (nl, en) = organisation(about);
    (
        format!("Geen van de regels van {nl} gaat over het systeem \"{system}\""),
        format!("None of the rules of {en} is about the system \"{system}\""),
    )
}

/// No rule allows the system this purpose, or asking for none.
pub(super) fn other_purpose(system: &str, asked: &str, about: About<'_>) -> (String, String) {
    let (nl, en) = organisation(about);
    if asked.is_empty() {
        return (
            format!(
                "De regels van {nl} staan het systeem \"{system}\" alleen bepaalde doelen toe, en het verzoek noemt geen doel"
            ),
            format!(
                "The rules of {en} allow the system \"{system}\" some purposes only, and the request names none"
            ),
        );
    }
    (
        format!("De regels van {nl} staan het systeem \"{system}\" niet toe om voor {asked} te vragen"),
        format!("The rules of {en} do not allow the system \"{system}\" to ask for {asked}"),
    )
}

/// It cannot be read what a rule allows.
pub(super) fn damaged(about: About<'_>) -> (String, String) {
    let (nl, en) = organisation(about);
    (
        format!(
            "Een regel van {nl} is beschadigd: het platform kan niet meer lezen wat die toestaat. Daarom wordt er niets met haar systemen gedeeld"
        ),
        format!(
            "A rule of {en} is damaged: the platform can no longer read what it allows. So nothing is shared with its systems"
        ),
    )
}

/// Whom to ask, as a sentence with a space before it.
pub(super) fn whom_to_ask(about: About<'_>) -> (String, String) {
    let (nl, en) = organisation(about);
    (format!(" Vragen: de beheerder van {nl}."), format!(" Questions: the administrator of {en}."))
}
