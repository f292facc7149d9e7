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
}

impl Indicator {
    /// Per how many its rates are, by its unit: 100 for "procent", 1000 for "per 1000 inwoners". None
    /// when the unit does not say so, and of counts.
    #[must_use]
    pub(crate) fn per(&self) -> Option<u32> {
        if self.additive {
            return None;
        }
        let mut words = self.unit.split_whitespace();
        match (words.next()?, words.next()) {
            ("procent", None) => Some(100),
            ("per", Some(many)) => many.parse().ok().filter(|many| *many > 0),
            _ => None,
        }
    }
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
        };
        for (unit, per) in [
            ("procent", Some(100)),
            ("per 1000 inwoners", Some(1000)),
            ("1000 euro", None),
            ("rang van 337 gemeenten", None),
            ("procent van 10", None),
            ("per inwoner", None),
            ("per 0", None),
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
