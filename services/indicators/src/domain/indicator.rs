//! Indicators and the themes that they are grouped under.

/// A subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// Its code.
    pub code: String,
    /// Dutch name.
    pub name: String,
    /// Whether it is one of the four elements of the stabiliteitsdriehoek.
    pub stability_element: bool,
}

/// Which direction of an indicator is favourable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polarity {
    /// A higher value is.
    Higher,
    /// A lower value is.
    Lower,
    /// Neither is.
    Neutral,
}

impl Polarity {
    /// Every polarity.
    pub(crate) const ALL: [Self; 3] = [Self::Higher, Self::Lower, Self::Neutral];

    /// The polarity as the data files name it.
    #[must_use]
    pub(crate) fn dutch(self) -> &'static str {
        match self {
            Self::Higher => "hoger_is_gunstiger",
            Self::Lower => "lager_is_gunstiger",
            Self::Neutral => "neutraal",
        }
    }

    /// The polarity that the data files name so.
    #[must_use]
    pub(crate) fn of_dutch(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|polarity| polarity.dutch() == name)
    }
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indicator {
    /// Its code.
    pub code: String,
    /// Code of its theme.
    pub theme: String,
    /// Dutch name.
    pub name: String,
    /// Unit, in Dutch.
    pub unit: String,
    /// Who or what is counted, in Dutch.
    pub population: String,
    /// Which direction is favourable.
    pub polarity: Polarity,
    /// Where the polarity comes from, in Dutch.
    pub polarity_source: String,
    /// Whether values of parts add up to the value of the whole, as counts do.
    pub additive: bool,
    /// Whether its counts, or the numerators of its rates, add up over time: births in a year are those of its
    /// quarters, households on a day are not.
    pub adds_up_over_time: bool,
    /// Whether its rates are shares of one and the same group over the categories of a breakdown; not of counts.
    pub distribution: bool,
}

impl Indicator {
    /// Per how many its rates are, by its unit: 100 for "procent van de huishoudens", 1000 for "per 1.000
    /// inwoners". None when the unit does not say so, and of counts.
    #[must_use]
    pub(crate) fn per(&self) -> Option<u32> {
        if self.additive {
            return None;
        }
        let mut words = self.unit.split_whitespace();
        match (words.next()?, words.next()) {
            ("procent", _) => Some(100),
            ("per", Some(many)) => whole_number(many),
            _ => None,
        }
    }
}

/// A number over zero as it is written in Dutch: a point is between groups of three digits.
fn whole_number(text: &str) -> Option<u32> {
    let mut groups = text.split('.');
    let first = groups.next()?;
    let is_whole = !first.starts_with('0') && text.chars().all(|own| own == '.' || own.is_ascii_digit());
    let is_grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let digits = text.replace('.', "");
    (is_whole && (is_grouped || digits == text)).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_says_per_how_many_a_rate_is() {
        let mut indicator = Indicator {
            code: "i".to_owned(),
            theme: "t".to_owned(),
            name: "I".to_owned(),
            unit: String::new(),
            population: "huishoudens".to_owned(),
            polarity: Polarity::Neutral,
            polarity_source: String::new(),
            additive: false,
            adds_up_over_time: true,
            distribution: false,
        };
        for (unit, per) in [
            ("procent", Some(100)),
            ("procent van de huishoudens", Some(100)),
            // Of whom the rates are makes no difference.
            ("procent van 10", Some(100)),
            ("procentpunt", None),
            ("per 1000 inwoners", Some(1000)),
            ("per 1.000 inwoners", Some(1000)),
            ("per 100.000 inwoners", Some(100_000)),
            ("per 1.000.000", Some(1_000_000)),
            ("per 10", Some(10)),
            ("per 1.00 inwoners", None),
            ("per 1.0000 inwoners", None),
            ("per 1000.000 inwoners", None),
            ("per .100 inwoners", None),
            ("per 100. inwoners", None),
            ("per 0.100 inwoners", None),
            ("per 1,5 inwoners", None),
            ("per +10 inwoners", None),
            ("per 5000000000", None),
            ("1000 euro", None),
            ("rang van 337 gemeenten", None),
            ("per inwoner", None),
            ("per 0", None),
            ("per", None),
            ("", None),
        ] {
            unit.clone_into(&mut indicator.unit);
            assert_eq!(indicator.per(), per, "{unit}");
        }
        indicator.additive = true;
        "procent".clone_into(&mut indicator.unit);
        assert_eq!(indicator.per(), None);
    }
}
