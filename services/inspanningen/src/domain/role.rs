//! Roles in the programme.

use platform::text::Line;

use super::code::Code;

/// A role and who fills it: functions and organisations, not persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    /// Code of the role.
    pub(crate) code: Code<63>,
    /// Dutch name.
    pub(crate) display_name: Line<200>,
    /// What the role does, in Dutch.
    pub(crate) task: Option<Line<1000>>,
    /// Who fills it.
    pub(crate) holders: Vec<Line<200>>,
}
