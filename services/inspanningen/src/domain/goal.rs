//! Goals: what the programme wants to reach.

use platform::text::Line;
use time::OffsetDateTime;

use super::code::Code;

/// The collection in resource names.
pub(crate) const GOALS: &str = "goals";
/// The collection of themes, which the indicators service keeps.
pub(crate) const THEMES: &str = "themes";

/// The kinds of goal, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GoalKind {
    /// Ambitie.
    Ambition,
    /// Strategisch doel.
    Strategic,
    /// Operationeel doel.
    Operational,
}

/// What people say about a goal: everything that they can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// Dutch name.
    pub(crate) display_name: Line<400>,
    /// What kind of goal it is.
    pub(crate) kind: GoalKind,
    /// Code of the theme that it is about.
    pub(crate) theme: Option<Code<63>>,
}

/// New values for a part of a goal; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GoalChange {
    /// A new name.
    pub(crate) display_name: Option<Line<400>>,
    /// Another kind.
    pub(crate) kind: Option<GoalKind>,
    /// Another theme, or no theme.
    pub(crate) theme: Option<Option<Code<63>>>,
}

/// Something the programme wants to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// Code of the programme.
    pub(crate) code: Code,
    /// What people say about it.
    pub(crate) content: Content,
    /// When it was added.
    pub(crate) create_time: OffsetDateTime,
    /// When it was last changed.
    pub(crate) update_time: OffsetDateTime,
}

impl Goal {
    /// A new goal.
    pub(crate) fn new(code: Code, content: Content, now: OffsetDateTime) -> Self {
        Self { code, content, create_time: now, update_time: now }
    }

    /// The resource name, "goals/{code}".
    pub(crate) fn resource_name(&self) -> String {
        self.code.in_collection(GOALS)
    }

    /// The goal after a change; a change into what is already so leaves it untouched.
    pub(crate) fn changed(&self, change: GoalChange, now: OffsetDateTime) -> Self {
        let old = self.content.clone();
        let content = Content {
            display_name: change.display_name.unwrap_or(old.display_name),
            kind: change.kind.unwrap_or(old.kind),
            theme: change.theme.unwrap_or(old.theme),
        };
        let update_time = if content == self.content { self.update_time } else { now };
        Self { content, update_time, ..self.clone() }
    }

    /// Bytes that compare in the order in which goals are shown: by kind, then by code.
    pub(crate) fn order_key(&self) -> Vec<u8> {
        let kind = match self.content.kind {
            GoalKind::Ambition => 1,
            GoalKind::Strategic => 2,
            GoalKind::Operational => 3,
        };
        [vec![kind], self.code.order_key()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn goals_stand_by_kind_and_then_by_code() {
        let goal = |code: &str, kind| {
            let content = Content { display_name: "Doel".parse().unwrap(), kind, theme: None };
            Goal::new(code.parse().unwrap(), content, datetime!(2026-11-23 12:00 UTC))
        };
        let mut goals = [
            goal("A1", GoalKind::Operational),
            goal("S10", GoalKind::Strategic),
            goal("S2", GoalKind::Strategic),
            goal("Z", GoalKind::Ambition),
        ];
        goals.sort_by_key(Goal::order_key);
        assert_eq!(goals.map(|goal| goal.code.to_string()), ["Z", "S2", "S10", "A1"]);
    }
}
