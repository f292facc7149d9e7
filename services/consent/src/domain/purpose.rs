//! Purposes: the closed list of what data may be asked for.

/// A purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// Its code; the resource name is "purposes/{code}".
    pub(crate) code: String,
    /// What the data is for, in Dutch.
    pub(crate) display_name: String,
    /// The goal or inspanning that it serves, "goals/{code}" or "inspanningen/{code}".
    pub(crate) serves: String,
}

impl Purpose {
    /// The resource name, "purposes/{code}".
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("purposes/{}", self.code)
    }
}
