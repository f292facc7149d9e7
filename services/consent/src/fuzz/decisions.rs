//! Decisions: total, and those of the naive model.

use bolero::{TypeGenerator, check};
use time::OffsetDateTime;

use super::pick;
use crate::domain::agreement::State;
use crate::domain::content::samples::{self, GGD, WELLER, WONEN_ZUID, oin};
use crate::domain::content::{AreaLevel, Delivery};
use crate::domain::decision::properties::Case;
use crate::domain::decision::tests::{active, request, standing_of};
use crate::domain::decision::{DamagedStanding, Standing};
use crate::domain::name::AgreementId;
use crate::domain::oversight::Oversight;
use crate::domain::protection::ProtectionTerm;
use crate::domain::request::{Request, RequestedArea};
use crate::domain::use_rule::{UseRule, UseRuleId, UseTerms};

/// What a case is made of: the same numbers choose the terms and, mostly, what is asked.
#[derive(Debug, TypeGenerator)]
struct Seed {
    /// 0 asks for what is agreed.
    off: [bool; 8],
    picks: [u8; 12],
    text: String,
    agreed: [Vec<u8>; 3],
    asked: [Vec<u8>; 3],
    rules: Vec<(u8, Vec<u8>)>,
    oversight: (u8, u8),
    now: u32,
}

fn names(collection: &str, numbers: &[u8]) -> Vec<String> {
    numbers.iter().map(|number| format!("{collection}{}", number % 6)).collect()
}

impl Seed {
    /// What is right, or something else.
    fn or<T: Clone>(&self, place: usize, right: T, other: &[T]) -> T {
        if self.off[place] { pick(other, self.picks[place]) } else { right }
    }

    fn standing(&self) -> Standing {
        let mut terms = samples::content().terms().clone();
        terms.scope.indicators = names("indicators/", &self.agreed[0]);
        terms.scope.areas = names("areas/", &self.agreed[1]);
        terms.scope.periods = names("", &self.agreed[2]);
        terms.scope.area_level = pick(&AreaLevel::ALL, self.picks[8]);
        terms.protection.protect_zeros = self.picks[9].is_multiple_of(2);
        terms.deliveries = vec![pick(&[Delivery::Pull, Delivery::Stream], self.picks[10])];
        let recorded = self.or(0, State::Active, &State::ALL);
        Standing { recorded, ..standing_of(samples::unchecked(terms)) }
    }

    fn damaged(&self, id: AgreementId) -> DamagedStanding {
        let parties = [WELLER, WONEN_ZUID, GGD].into_iter().filter(|_| self.picks[3].is_multiple_of(2));
        DamagedStanding { id, parties: parties.map(oin).collect() }
    }

    fn request(&self, standing: &Standing) -> Request {
        let terms = standing.content.terms();
        let any = || self.text.clone();
        let level = terms.scope.area_level.name().to_owned();
        let list = |place: usize, collection, agreed: &[String]| {
            if self.off[5 + place] {
                names(collection, &self.asked[place])
            } else {
                agreed.iter().take(self.asked[place].len()).cloned().collect()
            }
        };
        let area = |area| RequestedArea { area, level: level.clone() };
        Request {
            recipient: self.or(1, oin(GGD), &[oin(WELLER), oin(WONEN_ZUID)]),
            agreement: self.or(2, terms.agreement.clone(), &[String::new(), any()]),
            purpose: self.or(3, terms.purpose.name.clone(), &[String::new(), any()]),
            dataset: self.or(4, terms.scope.dataset.clone(), &[any()]),
            indicators: list(0, "indicators/", &terms.scope.indicators),
            areas: list(1, "areas/", &terms.scope.areas).into_iter().map(area).collect(),
            area_level: pick(&[String::new(), level.clone(), level.clone(), any()], self.picks[5]),
            periods: list(2, "", &terms.scope.periods),
            delivery: pick(&[Delivery::Pull, Delivery::Stream], self.picks[6]),
            system: pick(&["a".to_owned(), "b".to_owned(), any()], self.picks[7]),
            enforceable: ProtectionTerm::ALL.into_iter().skip(usize::from(self.picks[11] % 8 == 7)).collect(),
            ..request()
        }
    }

    fn own_rules(&self) -> Vec<UseRule> {
        let systems = ["*".to_owned(), "a".to_owned(), "b".to_owned(), self.text.clone()];
        let purposes = [active().content.terms().purpose.name.clone(), self.text.clone()];
        let rule = |(system, allowed): &(u8, Vec<u8>)| UseRule {
            id: UseRuleId::new(uuid::Uuid::nil()),
            owner: oin(GGD),
            terms: UseTerms {
                system: pick(&systems, *system),
                purposes: allowed.iter().map(|number| pick(&purposes, *number)).collect(),
                note: String::new(),
            },
            create_time: OffsetDateTime::UNIX_EPOCH,
        };
        self.rules.iter().map(rule).collect()
    }
}

#[test]
fn every_request_gets_the_decision_of_the_naive_model() {
    check!().with_type::<Seed>().for_each(|seed| {
        let standing = seed.standing();
        let request = seed.request(&standing);
        // Mostly within the year that the agreement holds; sometimes anywhere in a century.
        let within = standing.content.starts() + time::Duration::seconds(i64::from(seed.now % 31_000_000));
        let anywhere = OffsetDateTime::from_unix_timestamp(i64::from(seed.now)).expect("a moment");
        let (needed, fresh) = (u32::from(seed.oversight.0 % 4), u32::from(seed.oversight.1));
        let case = Case {
            request,
            own_rules: seed.own_rules(),
            rules_damaged: seed.picks[1] == 255,
            damaged: (seed.picks[2] == 255).then(|| seed.damaged(standing.id)),
            standing: (seed.picks[0] != 255).then_some(standing),
            oversight: Oversight { needed, fresh },
            now: if seed.now.is_multiple_of(8) { anywhere } else { within },
        };
        case.agrees_with_the_model();
    });
}
