//! Inspanningen.

use platform::clock::timestamp;
use platform::fields::{Fields, single};
use platform::mask::Mask;
use platform::status::{Failure, FieldViolation};
use platform::text::optional;
use proto::inspanningen::v1 as pb;

use crate::app::inspanning::etag_of;
use crate::domain::code::Code;
use crate::domain::inspanning::{Content, INSPANNINGEN, InspanningChange, Tree};

/// The fields that a mask can name.
const FIELDS: [&str; 9] =
    ["name", "code", "display_name", "parent", "description", "parts", "create_time", "update_time", "etag"];

/// The code of the inspanning that `field` names.
pub(in crate::grpc) fn code_of_name(field: &str, name: &str) -> Result<Code, Failure> {
    single(field, Code::of_collection(INSPANNINGEN, name))
}

/// What CreateInspanning is to add: code, parent and content.
pub(in crate::grpc) fn new(
    request: pb::CreateInspanningRequest,
) -> Result<(Code, Option<Code>, Content), Failure> {
    let mut fields = Fields::default();
    let code = fields.read("inspanning_id", request.inspanning_id.parse());
    let Some(given) = request.inspanning else {
        fields.refuse(FieldViolation::required("inspanning"));
        return fields.finish(None);
    };
    let change = read(&mut fields, &Mask::All, given);
    let content = change
        .display_name
        .map(|display_name| Content { display_name, description: change.description.flatten() });
    let new = code.zip(content).map(|(code, content)| (code, change.parent.flatten(), content));
    fields.finish(new)
}

/// What UpdateInspanning is to change, and the etag that the caller read.
pub(in crate::grpc) fn change(
    request: pb::UpdateInspanningRequest,
) -> Result<(Code, InspanningChange, String), Failure> {
    let mut fields = Fields::default();
    let mask = fields.mask(request.update_mask, &FIELDS);
    let Some(mut given) = request.inspanning else {
        fields.refuse(FieldViolation::required("inspanning"));
        return fields.finish(None);
    };
    let code = fields.read("inspanning.name", Code::of_collection(INSPANNINGEN, &given.name));
    let etag = std::mem::take(&mut given.etag);
    let change = read(&mut fields, &mask, given);
    fields.finish(code.map(|code| (code, change, etag)))
}

/// The fields that the mask picks, as far as they are right.
fn read(fields: &mut Fields, mask: &Mask, given: pb::Inspanning) -> InspanningChange {
    let is_text = |text: &String| !text.is_empty();
    InspanningChange {
        display_name: mask
            .pick("display_name", given.display_name, is_text)
            .and_then(|name| fields.read("inspanning.display_name", name.parse())),
        description: mask
            .pick("description", given.description, is_text)
            .and_then(|text| fields.read("inspanning.description", optional(&text, str::parse))),
        parent: mask.pick("parent", given.parent, is_text).and_then(|parent| {
            fields
                .read("inspanning.parent", optional(&parent, |name| Code::of_collection(INSPANNINGEN, name)))
        }),
    }
}

impl From<Tree> for pb::Inspanning {
    fn from(tree: Tree) -> Self {
        let inspanning = tree.inspanning;
        let parent = inspanning.place.parent.as_ref();
        Self {
            name: inspanning.resource_name(),
            code: inspanning.code.to_string(),
            parent: parent.map(|parent| parent.in_collection(INSPANNINGEN)).unwrap_or_default(),
            create_time: Some(timestamp(inspanning.create_time)),
            update_time: Some(timestamp(inspanning.update_time)),
            etag: etag_of(&inspanning),
            display_name: inspanning.content.display_name.into(),
            description: inspanning.content.description.map(String::from).unwrap_or_default(),
            parts: tree.parts.into_iter().map(Self::from).collect(),
        }
    }
}
