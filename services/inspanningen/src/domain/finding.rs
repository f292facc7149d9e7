//! Findings: the problem clusters and opportunities that the programme found.

use platform::text::Line;

use super::code::Code;

/// The kinds of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingKind {
    /// Probleemcluster.
    ProblemCluster,
    /// Kans.
    Opportunity,
}

/// Something the programme found in the area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Code of the programme.
    pub(crate) code: Code,
    /// What was found, in Dutch.
    pub(crate) display_name: Line<400>,
    /// Whether it is a problem or an opportunity.
    pub(crate) kind: FindingKind,
}
