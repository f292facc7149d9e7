//! `update_mask` (AIP-134): which fields of a resource an update changes.

use prost_types::FieldMask;

use crate::status::FieldViolation;

/// Which fields change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// Every field that is set.
    Set,
    /// Every field, set or not ("*").
    All,
    /// These fields.
    Paths(Vec<String>),
}

impl Mask {
    /// Reads a mask for a resource with these fields. Paths of fields that callers cannot change
    /// are accepted, and have no effect.
    ///
    /// # Errors
    /// When a path is unknown.
    pub fn parse(mask: Option<FieldMask>, fields: &[&str]) -> Result<Self, FieldViolation> {
        let paths = mask.unwrap_or_default().paths;
        if paths.is_empty() {
            return Ok(Self::Set);
        }
        if paths == ["*"] {
            return Ok(Self::All);
        }
        match paths.iter().find(|path| !fields.contains(&path.as_str())) {
            None => Ok(Self::Paths(paths)),
            Some(unknown) => {
                let known = fields.join(", ");
                Err(FieldViolation::new(
                    "update_mask",
                    format!("has the unknown path {unknown:?}; known are {known}"),
                    format!("bevat het onbekende pad {unknown:?}; bekend zijn {known}"),
                ))
            }
        }
    }

    /// The value of a field when it is to change; `set` tells whether it is set.
    pub fn pick<T>(&self, field: &str, value: T, set: impl FnOnce(&T) -> bool) -> Option<T> {
        let changes = match self {
            Self::Set => set(&value),
            Self::All => true,
            Self::Paths(paths) => paths.iter().any(|path| path == field),
        };
        changes.then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 2] = ["name", "display_name"];

    fn mask(paths: &[&str]) -> Result<Mask, FieldViolation> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Mask::parse(Some(FieldMask { paths }), &FIELDS)
    }

    fn picks(mask: &Mask, value: &str) -> bool {
        mask.pick("display_name", value, |value| !value.is_empty()).is_some()
    }

    #[test]
    fn an_empty_mask_takes_every_field_that_is_set() {
        assert_eq!(Mask::parse(None, &FIELDS), mask(&[]));
        assert!(picks(&Mask::Set, "Weller") && !picks(&Mask::Set, ""));
    }

    #[test]
    fn a_named_field_is_taken_even_when_it_is_empty() {
        assert!(picks(&mask(&["display_name"]).unwrap(), ""));
        assert!(!picks(&mask(&["name"]).unwrap(), "Weller"));
        assert!(picks(&mask(&["*"]).unwrap(), ""));
    }

    #[test]
    fn an_unknown_path_is_refused_by_name() {
        for paths in [["colour"], ["display_name.x"], [""], ["displayName"]] {
            let violation = mask(&paths).unwrap_err();
            assert_eq!(violation.field, "update_mask");
            assert!(violation.problem_en.contains(&format!("{:?}", paths[0])), "{violation:?}");
        }
        assert!(mask(&["name", "*"]).is_err());
    }
}
