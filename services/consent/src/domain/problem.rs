//! What is wrong with one field of what somebody sent.

/// A wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Path of the field, for example `content.scope.periods[2]`.
    pub(crate) field: String,
    /// What is wrong and what was expected, in English.
    pub(crate) en: String,
    /// The same in Dutch.
    pub(crate) nl: String,
}

impl Problem {
    /// `field` is wrong.
    pub(crate) fn new(field: impl Into<String>, en: impl Into<String>, nl: impl Into<String>) -> Self {
        Self { field: field.into(), en: en.into(), nl: nl.into() }
    }

    /// `field` has to be given.
    pub(crate) fn required(field: impl Into<String>) -> Self {
        Self::new(field, "is required", "is verplicht")
    }
}
