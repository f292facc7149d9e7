//! Goals.

use platform::clock::timestamp;
use platform::fields::{Fields, single};
use platform::mask::Mask;
use platform::problem::Common;
use platform::status::{Failure, FieldViolation};
use platform::text::optional;
use proto::inspanningen::v1 as pb;

use crate::app::goal::etag_of;
use crate::domain::code::Code;
use crate::domain::goal::{Content, GOALS, Goal, GoalChange, GoalKind, THEMES};
use crate::domain::problem::Problem;

/// The fields that a mask can name.
const FIELDS: [&str; 8] =
    ["name", "code", "display_name", "kind", "theme", "create_time", "update_time", "etag"];

/// The code of the goal that `field` names.
pub(in crate::grpc) fn code_of_name(field: &str, name: &str) -> Result<Code, Failure> {
    single(field, Code::of_collection(GOALS, name))
}

/// What CreateGoal is to add.
pub(in crate::grpc) fn new(request: pb::CreateGoalRequest) -> Result<(Code, Content), Failure> {
    let mut fields = Fields::default();
    let code = fields.read("goal_id", request.goal_id.parse());
    let Some(given) = request.goal else {
        fields.refuse(FieldViolation::required("goal"));
        return fields.finish(None);
    };
    let change = read(&mut fields, &Mask::All, given);
    let content = change.display_name.zip(change.kind).map(|(display_name, kind)| Content {
        display_name,
        kind,
        theme: change.theme.flatten(),
    });
    fields.finish(code.zip(content))
}

/// What UpdateGoal is to change, and the etag that the caller read.
pub(in crate::grpc) fn change(request: pb::UpdateGoalRequest) -> Result<(Code, GoalChange, String), Failure> {
    let mut fields = Fields::default();
    let mask = fields.mask(request.update_mask, &FIELDS);
    let Some(mut given) = request.goal else {
        fields.refuse(FieldViolation::required("goal"));
        return fields.finish(None);
    };
    let code = fields.read("goal.name", Code::of_collection(GOALS, &given.name));
    let etag = std::mem::take(&mut given.etag);
    let change = read(&mut fields, &mask, given);
    fields.finish(code.map(|code| (code, change, etag)))
}

/// The fields that the mask picks, as far as they are right.
fn read(fields: &mut Fields, mask: &Mask, given: pb::Goal) -> GoalChange {
    let is_text = |text: &String| !text.is_empty();
    GoalChange {
        display_name: mask
            .pick("display_name", given.display_name, is_text)
            .and_then(|name| fields.read("goal.display_name", name.parse())),
        kind: mask
            .pick("kind", given.kind, |kind| *kind != 0)
            .and_then(|number| fields.read("goal.kind", kind(number))),
        theme: mask.pick("theme", given.theme, is_text).and_then(|theme| {
            fields.read("goal.theme", optional(&theme, |name| Code::of_collection(THEMES, name)))
        }),
    }
}

fn kind(number: i32) -> Result<GoalKind, Problem> {
    match pb::GoalKind::try_from(number) {
        Ok(pb::GoalKind::Unspecified) => Err(Common::Missing.into()),
        Ok(pb::GoalKind::Ambition) => Ok(GoalKind::Ambition),
        Ok(pb::GoalKind::Strategic) => Ok(GoalKind::Strategic),
        Ok(pb::GoalKind::Operational) => Ok(GoalKind::Operational),
        Err(_) => Err(Problem::NotAKind),
    }
}

impl From<GoalKind> for pb::GoalKind {
    fn from(kind: GoalKind) -> Self {
        match kind {
            GoalKind::Ambition => Self::Ambition,
            GoalKind::Strategic => Self::Strategic,
            GoalKind::Operational => Self::Operational,
        }
    }
}

impl From<Goal> for pb::Goal {
    fn from(goal: Goal) -> Self {
        Self {
            name: goal.resource_name(),
            code: goal.code.to_string(),
            create_time: Some(timestamp(goal.create_time)),
            update_time: Some(timestamp(goal.update_time)),
            etag: etag_of(&goal),
            display_name: goal.content.display_name.into(),
            kind: pb::GoalKind::from(goal.content.kind).into(),
            theme: goal.content.theme.map(|theme| theme.in_collection(THEMES)).unwrap_or_default(),
        }
    }
}
