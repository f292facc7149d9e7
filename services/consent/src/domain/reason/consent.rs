//! Reasons about the consent of people for their story, as sentences without the full stop.

use time::OffsetDateTime;

use crate::domain::calendar::{moment_in_words, rfc3339};
use crate::domain::story_consent::StoryUse;

/// There is no consent of everybody for this use: as true of one that was withdrawn.
pub(super) fn missing(story: &str, usage: StoryUse) -> (String, String) {
    (
        format!(
            "Voor {} is er geen toestemming bij {story}; vraag de verteller eerst om toestemming",
            usage.in_dutch()
        ),
        format!(
            "There is no consent for {} of {story}; ask who told it for consent first",
            usage.in_english()
        ),
    )
}

/// The consent was withdrawn.
pub(super) fn withdrawn(story: &str, usage: Option<StoryUse>, since: OffsetDateTime) -> (String, String) {
    let (for_nl, for_en) = usage.map_or_else(Default::default, |usage| {
        (format!(" voor {}", usage.in_dutch()), format!(" for {}", usage.in_english()))
    });
    (
        format!(
            "De toestemming{for_nl} bij {story} is ingetrokken op {}; gebruik het verhaal niet meer",
            moment_in_words(since)
        ),
        format!(
            "The consent{for_en} of {story} was withdrawn at {}; do not use the story any more",
            rfc3339(since)
        ),
    )
}
