//! Roles and findings.

use platform::fields::single;
use platform::status::Failure;
use proto::inspanningen::v1 as pb;

use crate::domain::finding::{Finding, FindingKind};
use crate::domain::problem::Problem;
use crate::domain::role::Role;

/// The kind of findings that is asked for; none for every kind.
pub(in crate::grpc) fn finding_kind(number: i32) -> Result<Option<FindingKind>, Failure> {
    let kind = match pb::FindingKind::try_from(number) {
        Ok(pb::FindingKind::Unspecified) => Ok(None),
        Ok(pb::FindingKind::ProblemCluster) => Ok(Some(FindingKind::ProblemCluster)),
        Ok(pb::FindingKind::Opportunity) => Ok(Some(FindingKind::Opportunity)),
        Err(_) => Err(Problem::NotAKind),
    };
    single("kind", kind)
}

impl From<Role> for pb::ProgrammeRole {
    fn from(role: Role) -> Self {
        Self {
            name: role.code.in_collection("roles"),
            display_name: role.display_name.into(),
            task: role.task.map(String::from).unwrap_or_default(),
            holders: role.holders.into_iter().map(String::from).collect(),
        }
    }
}

impl From<FindingKind> for pb::FindingKind {
    fn from(kind: FindingKind) -> Self {
        match kind {
            FindingKind::ProblemCluster => Self::ProblemCluster,
            FindingKind::Opportunity => Self::Opportunity,
        }
    }
}

impl From<Finding> for pb::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            name: finding.code.in_collection("findings"),
            code: finding.code.to_string(),
            display_name: finding.display_name.into(),
            kind: pb::FindingKind::from(finding.kind).into(),
        }
    }
}
