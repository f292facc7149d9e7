//! What an agreement takes over from those whose place it takes, directly or over several others: the kinds of
//! figures that they are about, and so the least protection.

use std::collections::HashMap;

use super::agreement::Agreement;
use super::content::{Content, Protection};
use super::name::AgreementId;
use super::preset::{self, Preset};
use super::problem::Problem;

/// Most agreements that took each other's place, one after another.
pub(crate) const MOST: usize = 1000;

/// Contents that were in force before others, by the name of the agreement.
pub(crate) type Earlier = HashMap<String, Content>;

/// The kinds of figures that one agreement and all before it are about, each with the last one that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(Vec<(Preset, String)>);

/// Why the kinds are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotKnown {
    /// One of the agreements is damaged.
    Damaged(AgreementId),
    /// There are more than [`MOST`] of them.
    TooMany,
}

impl Kinds {
    /// Those of an agreement that is or was in force, and of all that were before it.
    ///
    /// # Errors
    /// When not all of these can be read.
    pub(crate) fn of(last: &Agreement, earlier: &Earlier) -> Result<Self, NotKnown> {
        let mut kinds = Self::default();
        let mut content = &last.document.content;
        for _ in 0..=MOST {
            kinds.add(content);
            let Some(replaces) = &content.terms().replaces else { return Ok(kinds) };
            content = earlier
                .get(replaces)
                .ok_or_else(|| NotKnown::Damaged(AgreementId::of_name(replaces).unwrap_or(last.id)))?;
        }
        Err(NotKnown::TooMany)
    }

    fn add(&mut self, content: &Content) {
        let terms = content.terms();
        if let Some(preset) = terms.preset.filter(|preset| self.0.iter().all(|(kind, _)| kind != preset)) {
            self.0.push((preset, terms.agreement.clone()));
        }
    }

    /// Every term of this protection that is looser than goes with one of the kinds.
    #[must_use]
    pub(crate) fn looser(&self, agreed: Protection) -> Vec<Problem> {
        let of_kind = |(kind, about): &(Preset, String)| {
            let problems = preset::looser(*kind, agreed).into_iter();
            let about = about.clone();
            problems.map(move |problem| Problem {
                en: format!("{}, and that is what {about} is about, whose place this takes", problem.en),
                nl: format!("{}, en daarover gaat {about}, die door deze wordt opgevolgd", problem.nl),
                ..problem
            })
        };
        self.0.iter().flat_map(of_kind).collect()
    }

    /// The first of the kinds of which there are no counts, see [`preset::percentages_only`].
    #[must_use]
    pub(crate) fn percentages_only(&self) -> Option<Preset> {
        self.0.iter().map(|(kind, _)| *kind).find(|kind| preset::percentages_only(*kind))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::agreement::samples::agreement_in;
    use crate::domain::agreement::{Document, State};
    use crate::domain::content::samples;

    /// A line of agreements, each in the place of the one before it: the last one, and all.
    fn line(presets: &[Option<Preset>]) -> (Agreement, Earlier) {
        let name = |place: usize| format!("agreements/0190163d-8694-739b-aea5-{place:012}");
        let contents = presets.iter().enumerate().map(|(place, preset)| {
            let mut terms = samples::content().terms().clone();
            terms.agreement = name(place);
            terms.preset = *preset;
            terms.replaces = place.checked_sub(1).map(name);
            (name(place), samples::unchecked(terms))
        });
        let earlier: Earlier = contents.collect();
        let last = agreement_in(State::Active);
        let content = earlier[&name(presets.len() - 1)].clone();
        let document = Arc::new(Document { content, ..(*last.document).clone() });
        (Agreement { document, ..last }, earlier)
    }

    #[test]
    fn every_kind_that_was_named_in_the_line_binds_what_follows() {
        use Preset::{Dwellings, Magnitude, PersonsSensitive};
        let (last, earlier) = line(&[Some(PersonsSensitive), None, Some(Dwellings), Some(Dwellings), None]);
        let kinds = Kinds::of(&last, &earlier).expect("kinds");
        assert_eq!(kinds.0.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Dwellings, PersonsSensitive]);
        assert!(kinds.0[0].1.ends_with("3"), "the last one that is about it: {kinds:?}");
        assert_eq!(kinds.percentages_only(), Some(Dwellings));
        let both = Protection { minimum_denominator: 20, ..preset::least(PersonsSensitive) };
        assert_eq!(kinds.looser(both), []);
        let looser = kinds.looser(Protection { minimum_count: 9, minimum_denominator: 10, ..both });
        let fields: Vec<_> = looser.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["content.protection.minimum_denominator", "content.protection.minimum_count"]);
        let told = &looser[1];
        assert!(
            told.en.starts_with("is 9; persons_sensitive has at least 10, and that is what agreements/"),
            "{told:?}"
        );
        assert!(
            told.nl.starts_with("is 9; bij persons_sensitive hoort minstens 10, en daarover"),
            "{told:?}"
        );
        let (last, earlier) = line(&[None, Some(Magnitude), None]);
        assert_eq!(Kinds::of(&last, &earlier).expect("kinds").percentages_only(), None);
        let (last, earlier) = line(&[None, None]);
        assert_eq!(Kinds::of(&last, &earlier), Ok(Kinds::default()));
    }

    #[test]
    fn a_line_that_cannot_be_followed_to_its_end_binds_to_nothing_known() {
        let (last, mut earlier) = line(&[Some(Preset::Income), None, None]);
        let first = "agreements/0190163d-8694-739b-aea5-000000000000";
        earlier.remove(first);
        let missing = AgreementId::of_name(first).expect("a name");
        assert_eq!(Kinds::of(&last, &earlier), Err(NotKnown::Damaged(missing)));
        let (last, earlier) = line(&[None; MOST + 1]);
        assert_eq!(Kinds::of(&last, &earlier), Ok(Kinds::default()));
        let (last, earlier) = line(&[None; MOST + 2]);
        assert_eq!(Kinds::of(&last, &earlier), Err(NotKnown::TooMany));
    }
}
