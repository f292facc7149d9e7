//! Comparing and raising rules.

use std::fmt;

use super::{RuleSet, Share};

/// Rules are looser than those that they must be at least as strict as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotStricter {
    /// The rules that are looser, by field.
    pub fields: Vec<&'static str>,
}

impl fmt::Display for NotStricter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields.join(", ");
        write!(f, "{fields}: looser than the default; rules can only be made stricter")
    }
}

impl std::error::Error for NotStricter {}

impl RuleSet {
    /// These rules with the stricter ones of an agreement.
    ///
    /// # Errors
    /// When one of them is looser; all such fields are named.
    pub fn raised(&self, to: Self) -> Result<Self, NotStricter> {
        let fields = to.looser_than(self);
        if fields.is_empty() { Ok(to) } else { Err(NotStricter { fields }) }
    }

    /// Whether every cell that is unsafe under `other` is unsafe here too, with at least its needs,
    /// whatever the cells are.
    #[must_use]
    pub fn is_at_least_as_strict_as(&self, other: &Self) -> bool {
        self.looser_than(other).is_empty()
    }

    fn looser_than(&self, other: &Self) -> Vec<&'static str> {
        let dominance = other
            .dominance
            .iter()
            .all(|rule| self.dominance.iter().any(|own| own.n >= rule.n && own.k <= rule.k));
        let checks = [
            ("minimum_frequency", self.minimum_frequency >= other.minimum_frequency),
            ("protect_zeros", self.protect_zeros || !other.protect_zeros),
            ("protect_complement", self.protect_complement || !other.protect_complement),
            ("group_share", at_most(self.group_share, other.group_share)),
            ("minimum_denominator", self.minimum_denominator >= other.minimum_denominator),
            ("minimum_respondents", self.minimum_respondents >= other.minimum_respondents),
            ("percentages_only", self.percentages_only || !other.percentages_only),
            ("p_percent", self.p_percent >= other.p_percent),
            ("dominance", dominance),
            ("interval_width", self.interval_width >= other.interval_width),
            ("rounding_base", self.rounding_base >= other.rounding_base),
            ("insiders", self.insiders || !other.insiders),
        ];
        checks.into_iter().filter(|(_, holds)| !holds).map(|(field, _)| field).collect()
    }
}

/// Whether a share from which cells are unsafe is as low as another one; no share is the highest.
fn at_most(own: Option<Share>, other: Option<Share>) -> bool {
    match (own, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(own), Some(other)) => own <= other,
    }
}
