//! How small groups are protected: the terms of an agreement as rules of disclosure control.

use std::cmp::{Ordering, Reverse};

use sdc::rules::{self, RuleSet, Share};

use crate::domain::decimal::Decimal;
use crate::domain::ratio::Ratio;
use crate::domain::release::ReleaseId;

/// What an agreement asks for. A number of 0 asks for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Protection {
    /// A count under this is withheld.
    pub minimum_count: u32,
    /// A rate of fewer persons, households or respondents is withheld.
    pub minimum_denominator: u32,
    /// From which part of its group, in percent, a category is withheld; the lower, the stricter.
    pub group_percent: Option<Reverse<u32>>,
    /// How wide the range at least is to which a withheld count can be narrowed down.
    pub interval_width: u32,
    /// A value is withheld of which one organisation could estimate what another contributes to within so many
    /// percent.
    pub p_percent: u32,
    /// A value is withheld of which the largest contributions are too much.
    pub dominance: Option<Dominance>,
    /// Whether a zero is withheld too.
    pub protect_zeros: bool,
    /// Counts are rounded to a multiple of this.
    pub rounding_base: u32,
}

/// The (n,k) rule: the n largest contributions together are more than k percent of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Dominance {
    n: u32,
    k: u32,
}

impl Dominance {
    /// The rule; none beyond what can be agreed: n of 1 to 5, k of 50 to 99.
    #[must_use]
    pub(crate) fn new(n: u32, k: u32) -> Option<Self> {
        ((1..=5).contains(&n) && (50..=99).contains(&k)).then_some(Self { n, k })
    }

    /// Of how many contributions.
    #[must_use]
    pub(crate) fn n(self) -> u32 {
        self.n
    }

    /// How much of a value, in percent.
    #[must_use]
    pub(crate) fn k(self) -> u32 {
        self.k
    }

    fn rule(self) -> rules::Dominance {
        rules::Dominance { n: usize::try_from(self.n).unwrap_or(usize::MAX), k: Share::percent(self.k) }
    }
}

/// A stricter one comes after a looser one.
impl Ord for Dominance {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.n, other.k).cmp(&(other.n, self.k))
    }
}

impl PartialOrd for Dominance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Most percent of the p% rule.
pub(crate) const MOST_PERCENT: u32 = 100;

/// A protection that a dataset has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The protection.
    pub protection: Protection,
    /// Whether the owner retired it: new releases need no mask under it. What was shown under it counts.
    pub retired: bool,
}

impl Protection {
    /// Its name, under which masks are kept, for example
    /// "min10-den50-group90-width5-p15-dom2x85-zeros-round5".
    #[must_use]
    pub(crate) fn name(self) -> String {
        let mut name = format!("min{}", self.minimum_count);
        if self.minimum_denominator > 0 {
            name.push_str(&format!("-den{}", self.minimum_denominator));
        }
        if let Some(Reverse(percent)) = self.group_percent {
            name.push_str(&format!("-group{percent}"));
        }
        if self.interval_width > 0 {
            name.push_str(&format!("-width{}", self.interval_width));
        }
        if self.p_percent > 0 {
            name.push_str(&format!("-p{}", self.p_percent));
        }
        if let Some(Dominance { n, k }) = self.dominance {
            name.push_str(&format!("-dom{n}x{k}"));
        }
        if self.protect_zeros {
            name.push_str("-zeros");
        }
        if self.rounding_base > 0 {
            name.push_str(&format!("-round{}", self.rounding_base));
        }
        name
    }

    /// Its name as one of a dataset.
    #[must_use]
    pub(crate) fn resource_name(self, dataset: &str) -> String {
        format!("datasets/{dataset}/protections/{}", self.name())
    }

    /// The name of the mask of a release under it, as its report has it.
    #[must_use]
    pub(crate) fn mask_name(self, release: &ReleaseId) -> String {
        format!("{}/mask-reports/{}", release.resource_name(), self.name())
    }

    /// The protection with that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut parts = name.split('-').peekable();
        let number = |part: &str, word: &str| part.strip_prefix(word)?.parse().ok();
        let minimum_count = number(parts.next()?, "min")?;
        let mut optional = |word: &str| {
            parts.next_if(|part| number(part, word).is_some()).and_then(|part| number(part, word))
        };
        let minimum_denominator = optional("den").unwrap_or(0);
        let group_percent = optional("group").filter(|percent| *percent > 0).map(Reverse);
        let interval_width = optional("width").unwrap_or(0);
        let p_percent = optional("p").unwrap_or(0);
        let dominance = |part: &str| {
            let (n, k) = part.strip_prefix("dom")?.split_once('x')?;
            Dominance::new(n.parse().ok()?, k.parse().ok()?)
        };
        let dominance = parts.next_if(|part| dominance(part).is_some()).and_then(dominance);
        let protect_zeros = parts.next_if_eq(&"zeros").is_some();
        let mut optional = |word: &str| {
            parts.next_if(|part| number(part, word).is_some()).and_then(|part| number(part, word))
        };
        let rounding_base = optional("round").unwrap_or(0);
        let found = Self {
            minimum_count,
            minimum_denominator,
            group_percent,
            interval_width,
            p_percent,
            dominance,
            protect_zeros,
            rounding_base,
        };
        (parts.next().is_none() && p_percent <= MOST_PERCENT && found.name() == name).then_some(found)
    }

    /// The rules that decide which cells are unsafe and how much room each of them needs. Who is the
    /// only one in a cell must not learn another cell by that.
    #[must_use]
    pub(crate) fn rules(self) -> RuleSet {
        RuleSet {
            minimum_frequency: u64::from(self.minimum_count),
            minimum_denominator: u64::from(self.minimum_denominator),
            group_share: self.group_percent.map(|Reverse(percent)| Share::percent(percent)),
            protect_zeros: self.protect_zeros,
            interval_width: u64::from(self.interval_width),
            p_percent: (self.p_percent > 0).then(|| Share::percent(self.p_percent)),
            dominance: self.dominance.into_iter().map(Dominance::rule).collect(),
            rounding_base: u64::from(self.rounding_base),
            insiders: true,
            ..RuleSet::default()
        }
    }

    /// Whether it has to be known who contributes how much.
    #[must_use]
    pub(crate) fn asks_contributions(self) -> bool {
        self.p_percent > 0 || self.dominance.is_some()
    }

    /// Whether what is left of a total may have to be protected, by the values of the two: it is of few, it is nearly
    /// all of the total or nearly nothing of it, or who contributes to it matters.
    #[must_use]
    pub(crate) fn asks_of_rest(self, rest: i64, total: i64) -> bool {
        let few = i64::from(self.minimum_count.max(self.minimum_denominator));
        let is_few = rest < few && (rest > 0 || self.protect_zeros);
        let is_extreme = |Reverse(percent): Reverse<u32>| {
            let (part, percent) = (i128::from(rest.min(total - rest)) * 100, i128::from(percent));
            part <= (100 - percent) * i128::from(total)
        };
        is_few || self.group_percent.is_some_and(is_extreme) || self.asks_contributions()
    }

    /// Whether it protects at least what the other one protects, at least as much.
    #[must_use]
    pub(crate) fn is_at_least_as_strict_as(self, other: Self) -> bool {
        self.rules().is_at_least_as_strict_as(&other.rules())
    }

    /// The loosest protection that protects all that the two protect, as much as they do.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        let dominance = match (self.dominance, other.dominance) {
            (Some(own), Some(its)) => Some(Dominance { n: own.n.max(its.n), k: own.k.min(its.k) }),
            (own, its) => own.or(its),
        };
        Self {
            minimum_count: self.minimum_count.max(other.minimum_count),
            minimum_denominator: self.minimum_denominator.max(other.minimum_denominator),
            group_percent: self.group_percent.max(other.group_percent),
            interval_width: self.interval_width.max(other.interval_width),
            p_percent: self.p_percent.max(other.p_percent),
            dominance,
            protect_zeros: self.protect_zeros || other.protect_zeros,
            rounding_base: self.rounding_base.max(other.rounding_base),
        }
    }

    /// A count as it is shown: rounded to a multiple of the base, upwards or downwards.
    #[must_use]
    pub(crate) fn rounded(self, value: Decimal, upwards: bool) -> Option<Decimal> {
        let base = i128::from(self.rounding_base);
        let Some(step) = base.checked_mul(10i128.pow(u32::from(value.scale()))).filter(|step| *step > 0)
        else {
            return Some(value);
        };
        let whole = value.unscaled().div_euclid(step) + i128::from(upwards);
        Decimal::new(whole.checked_mul(base)?, 0)
    }

    /// Whether a rate can be shown: it is of enough, and where counts are rounded it is computed anew, so
    /// it must be known per how many it is, and the denominator must not become zero.
    #[must_use]
    pub(crate) fn has_rate(self, ratio: Ratio, per: Option<u32>) -> bool {
        let computable =
            self.rounding_base == 0 || (per.is_some() && ratio.denominator() >= self.rounding_base);
        computable && ratio.denominator() >= self.minimum_denominator.max(self.minimum_count)
    }

    /// A rate as it is shown, with as many digits as it was delivered with: that of the rounded
    /// numerator, at most the rounded denominator, and the rounded denominator, each rounded upwards or
    /// downwards. None when there is no such rate.
    #[must_use]
    pub(crate) fn rounded_rate(
        self,
        value: Decimal,
        ratio: Ratio,
        per: Option<u32>,
        (numerator_up, denominator_up): (bool, bool),
    ) -> Option<Decimal> {
        if !self.has_rate(ratio, per) {
            return None;
        }
        if self.rounding_base == 0 {
            return Some(value);
        }
        let per = per?;
        let rounded = |number: u32, up: bool| {
            let whole = (number / self.rounding_base).checked_add(u32::from(up))?;
            whole.checked_mul(self.rounding_base)
        };
        let denominator = rounded(ratio.denominator(), denominator_up)?;
        let numerator = rounded(ratio.numerator(), numerator_up)?.min(denominator);
        Ratio::new(numerator, denominator)?.rate(per, value.scale())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn protections() -> impl Strategy<Value = Protection> {
        let bases = prop_oneof![Just(0u32), 3u32..100];
        let denominators = prop_oneof![Just(0u32), 10u32..10_000];
        let widths = prop_oneof![Just(0u32), 2u32..1000];
        let percents = prop_oneof![Just(0u32), 1u32..=100];
        let dominances = prop::option::of((1u32..=5, 50u32..=99)).prop_map(|rule| {
            let (n, k) = rule?;
            Dominance::new(n, k)
        });
        let groups = prop::option::of((50u32..=100).prop_map(Reverse));
        let counts = (1u32..1000, denominators, groups, widths);
        (counts, percents, dominances, any::<bool>(), bases).prop_map(
            |(counts, p_percent, dominance, protect_zeros, rounding_base)| {
                let (minimum_count, minimum_denominator, group_percent, interval_width) = counts;
                Protection {
                    minimum_count,
                    minimum_denominator,
                    group_percent,
                    interval_width,
                    p_percent,
                    dominance,
                    protect_zeros,
                    rounding_base,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_protection_is_found_by_its_name(protection in protections()) {
            prop_assert_eq!(Protection::named(&protection.name()), Some(protection));
        }

        #[test]
        fn a_stricter_protection_is_stricter_in_every_term(one in protections(), other in protections()) {
            let stricter = one.minimum_count >= other.minimum_count
                && one.minimum_denominator >= other.minimum_denominator
                && one.group_percent.map_or(101, |Reverse(percent)| percent)
                    <= other.group_percent.map_or(101, |Reverse(percent)| percent)
                && one.interval_width >= other.interval_width
                && one.p_percent >= other.p_percent
                && other.dominance.is_none_or(|rule| {
                    one.dominance.is_some_and(|own| own.n >= rule.n && own.k <= rule.k)
                })
                && one.protect_zeros >= other.protect_zeros
                && one.rounding_base >= other.rounding_base;
            prop_assert_eq!(one.is_at_least_as_strict_as(other), stricter);
            // Sorted, a looser one comes before a stricter one.
            prop_assert!(!stricter || one >= other);
        }

        #[test]
        fn two_protections_together_are_as_strict_as_both_and_no_stricter(
            one in protections(),
            other in protections(),
            third in protections(),
        ) {
            let both = one.and(other);
            prop_assert!(both.is_at_least_as_strict_as(one) && both.is_at_least_as_strict_as(other));
            prop_assert_eq!(other.and(one), both);
            // Whatever is as strict as both is as strict as the two together.
            let above = both.and(third);
            prop_assert!(above.is_at_least_as_strict_as(both));
            prop_assert_eq!(one.and(both), both);
            let is_above = third.is_at_least_as_strict_as(one) && third.is_at_least_as_strict_as(other);
            prop_assert_eq!(third.is_at_least_as_strict_as(both), is_above);
        }
    }

    #[test]
    fn what_is_no_name_of_a_protection_is_none() {
        for wrong in [
            "",
            "max10",
            "min",
            "min10-",
            "min10-zeros-width5",
            "min10-width5-den50",
            "min010",
            "min10-round5-x",
            "min10-width0",
            "min10-p0",
            "min10-p101",
            "min10-dom0x85",
            "min10-dom2x49",
            "min10-dom2x85-p15",
            "min10-dom02x85",
            "min10-group0",
            "min10-width5-group90",
        ] {
            assert_eq!(Protection::named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_count_is_rounded_to_the_base_and_keeps_what_is_one() {
        let rounding = Protection { minimum_count: 5, rounding_base: 5, ..Protection::default() };
        let shown = |value: &str, upwards| {
            let rounded = rounding.rounded(Decimal::parse(value).expect("a decimal"), upwards);
            rounded.expect("a decimal").to_string()
        };
        assert_eq!((shown("12", false), shown("12", true)), ("10".to_owned(), "15".to_owned()));
        assert_eq!(shown("15", false), "15");
        assert_eq!((shown("12.5", false), shown("12.5", true)), ("10".to_owned(), "15".to_owned()));
        let none = Protection { rounding_base: 0, ..rounding };
        let value = Decimal::parse("12.5").expect("a decimal");
        assert_eq!(none.rounded(value, true), Some(value));
    }

    #[test]
    fn a_rate_is_that_of_its_rounded_counts_and_is_exact_without_rounding() {
        let rounding = Protection { minimum_count: 3, rounding_base: 5, ..Protection::default() };
        let value = Decimal::parse("52.2").expect("a decimal");
        let shown = |protection: Protection, (part, whole), per, up| {
            let ratio = Ratio::new(part, whole).expect("a part");
            protection.rounded_rate(value, ratio, per, up).map(|rate| rate.to_string())
        };
        let rounded = |counts, up| shown(rounding, counts, Some(100), up);
        assert_eq!(rounded((12, 23), (false, false)).as_deref(), Some("50.0"));
        assert_eq!(rounded((12, 23), (true, false)).as_deref(), Some("75.0"));
        assert_eq!(rounded((12, 23), (false, true)).as_deref(), Some("40.0"));
        assert_eq!(rounded((12, 13), (true, false)).as_deref(), Some("100.0"));
        assert_eq!(rounded((2, 4), (false, true)), None, "it could as well be of nobody");
        assert_eq!(shown(rounding, (12, 23), Some(1000), (false, false)).as_deref(), Some("500.0"));
        assert_eq!(shown(rounding, (12, 23), None, (false, false)), None);
        let none = Protection { rounding_base: 0, ..rounding };
        assert_eq!(shown(none, (12, 23), None, (true, true)).as_deref(), Some("52.2"));
        let many = Protection { minimum_denominator: 24, ..none };
        assert_eq!(shown(many, (12, 23), Some(100), (false, false)), None, "of too few");
        assert_eq!(shown(many, (12, 24), Some(100), (false, false)).as_deref(), Some("52.2"));
    }
}
