//! Inspanningen: what the programme does, as a tree.

use std::collections::HashMap;

use platform::text::{Line, Prose};
use time::OffsetDateTime;

use super::code::Code;
use super::problem::Problem;

/// The collection in resource names.
pub(crate) const INSPANNINGEN: &str = "inspanningen";

/// How many levels a tree can have; an inspanning without a parent is at level 1.
pub(crate) const MOST_LEVELS: u8 = 8;

/// Where an inspanning stands. It never moves, so there are no cycles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The inspanning that it is part of; none for a main one.
    pub(crate) parent: Option<Code>,
    /// The main one that it is part of, in the end; itself for a main one.
    pub(crate) root: Code,
    /// 1 for a main one, one more for every step down.
    pub(crate) level: u8,
}

impl Place {
    /// The place of a new inspanning under `parent`.
    pub(crate) fn under(parent: &Inspanning) -> Result<Self, Problem> {
        if parent.place.level >= MOST_LEVELS {
            return Err(Problem::TooDeep { most: MOST_LEVELS });
        }
        Ok(Self {
            parent: Some(parent.code.clone()),
            root: parent.place.root.clone(),
            level: parent.place.level + 1,
        })
    }

    /// The place of a new main inspanning.
    pub(crate) fn main(code: Code) -> Self {
        Self { parent: None, root: code, level: 1 }
    }
}

/// What people say about an inspanning: everything that they can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// Dutch name.
    pub(crate) display_name: Line<200>,
    /// What it is, in Dutch.
    pub(crate) description: Option<Prose<4000>>,
}

/// New values for a part of an inspanning; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InspanningChange {
    /// A new name.
    pub(crate) display_name: Option<Line<200>>,
    /// A new description, or no description.
    pub(crate) description: Option<Option<Prose<4000>>>,
    /// The parent as the caller has it, which must be the one that it has.
    pub(crate) parent: Option<Option<Code>>,
}

/// Something the programme does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inspanning {
    /// Code of the programme.
    pub(crate) code: Code,
    /// Where it stands.
    pub(crate) place: Place,
    /// What people say about it.
    pub(crate) content: Content,
    /// When it was added.
    pub(crate) create_time: OffsetDateTime,
    /// When it was last changed.
    pub(crate) update_time: OffsetDateTime,
}

impl Inspanning {
    /// A new inspanning.
    pub(crate) fn new(code: Code, place: Place, content: Content, now: OffsetDateTime) -> Self {
        Self { code, place, content, create_time: now, update_time: now }
    }

    /// The resource name, "inspanningen/{code}".
    pub(crate) fn resource_name(&self) -> String {
        self.code.in_collection(INSPANNINGEN)
    }

    /// The inspanning after a change; a change into what is already so leaves it untouched. Another
    /// parent is refused.
    pub(crate) fn changed(&self, change: InspanningChange, now: OffsetDateTime) -> Result<Self, Problem> {
        if change.parent.is_some_and(|parent| parent != self.place.parent) {
            return Err(Problem::Immutable);
        }
        let old = self.content.clone();
        let content = Content {
            display_name: change.display_name.unwrap_or(old.display_name),
            description: change.description.unwrap_or(old.description),
        };
        let update_time = if content == self.content { self.update_time } else { now };
        Ok(Self { content, update_time, ..self.clone() })
    }
}

/// An inspanning with all its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    /// The inspanning.
    pub(crate) inspanning: Inspanning,
    /// Its parts, each with all of theirs.
    pub(crate) parts: Vec<Tree>,
}

impl Tree {
    /// Hangs the parts under the inspanningen that they belong to, in the order in which they come.
    /// Parts of others are left out.
    pub(crate) fn grow(tops: Vec<Inspanning>, parts: Vec<Inspanning>) -> Vec<Self> {
        let mut by_parent: HashMap<Code, Vec<Inspanning>> = HashMap::new();
        for part in parts {
            if let Some(parent) = part.place.parent.clone() {
                by_parent.entry(parent).or_default().push(part);
            }
        }
        tops.into_iter().map(|top| Self::take(top, &mut by_parent)).collect()
    }

    /// Takes the parts out as it goes, so that it ends whatever the rows say.
    fn take(inspanning: Inspanning, by_parent: &mut HashMap<Code, Vec<Inspanning>>) -> Self {
        let parts = by_parent.remove(&inspanning.code).unwrap_or_default();
        let parts = parts.into_iter().map(|part| Self::take(part, by_parent)).collect();
        Self { inspanning, parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    fn inspanning(code: &str, parent: Option<&Inspanning>) -> Inspanning {
        let code: Code = code.parse().unwrap();
        let place = parent.map_or_else(|| Place::main(code.clone()), |parent| Place::under(parent).unwrap());
        let display_name = format!("Inspanning {code}").parse().unwrap();
        Inspanning::new(code, place, Content { display_name, description: None }, NOW)
    }

    fn outline(tree: &Tree) -> String {
        let parts: Vec<String> = tree.parts.iter().map(outline).collect();
        format!("{}[{}]", tree.inspanning.code, parts.join(" "))
    }

    #[test]
    fn parts_hang_under_their_parent_in_the_order_given() {
        let one = inspanning("1", None);
        let one_a = inspanning("1A", Some(&one));
        let deep = inspanning("1A1", Some(&one_a));
        let one_b = inspanning("1B", Some(&one));
        let two = inspanning("2", None);
        let trees = Tree::grow(vec![one, two], vec![one_a.clone(), deep.clone(), one_b.clone()]);
        let outlines: Vec<String> = trees.iter().map(outline).collect();
        assert_eq!(outlines, ["1[1A[1A1[]] 1B[]]", "2[]"]);
        let subtree = Tree::grow(vec![one_a], vec![deep, one_b]);
        assert_eq!(outline(&subtree[0]), "1A[1A1[]]", "parts of others are left out");
    }

    #[test]
    fn a_tree_has_at_most_8_levels() {
        let mut deepest = inspanning("L1", None);
        for level in 2..=MOST_LEVELS {
            deepest = inspanning(&format!("L{level}"), Some(&deepest));
        }
        assert_eq!((deepest.place.level, deepest.place.root.as_str()), (MOST_LEVELS, "L1"));
        assert_eq!(Place::under(&deepest), Err(Problem::TooDeep { most: MOST_LEVELS }));
    }

    #[test]
    fn rows_that_point_at_each_other_do_not_hang_the_reader() {
        let mut a = inspanning("A", None);
        let b = inspanning("B", Some(&a));
        a.place.parent = Some(b.code.clone());
        let trees = Tree::grow(vec![a.clone()], vec![a, b]);
        assert_eq!(outline(&trees[0]), "A[B[A[]]]");
    }

    #[test]
    fn the_parent_cannot_be_changed() {
        let one = inspanning("1", None);
        let part = inspanning("1A", Some(&one));
        let later = datetime!(2026-11-24 12:00 UTC);
        let with = |parent| InspanningChange { parent: Some(parent), ..InspanningChange::default() };
        assert_eq!(part.changed(with(None), later), Err(Problem::Immutable));
        assert_eq!(part.changed(with(Some(one.code)), later), Ok(part.clone()));
    }
}
