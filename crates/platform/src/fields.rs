//! Reading the fields of a request: every wrong one is named, not just the first.

use prost_types::FieldMask;

use crate::mask::Mask;
use crate::problem::Problem;
use crate::status::{Failure, FieldViolation};

/// What is wrong with a request, so far.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<FieldViolation>,
}

impl Fields {
    /// A value that was read from `field`; none when it is wrong.
    pub fn read<T, P: Problem>(&mut self, field: &str, value: Result<T, P>) -> Option<T> {
        value.map_err(|problem| self.refuse(violation(field, &problem))).ok()
    }

    /// The mask of an update of a resource with the fields `known`; one that picks nothing when it
    /// is wrong.
    pub fn mask(&mut self, mask: Option<FieldMask>, known: &[&str]) -> Mask {
        Mask::parse(mask, known).unwrap_or_else(|violation| {
            self.refuse(violation);
            Mask::Paths(Vec::new())
        })
    }

    /// Something else is wrong.
    pub fn refuse(&mut self, violation: FieldViolation) {
        self.violations.push(violation);
    }

    /// What was read, when all of it was right.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with every wrong field.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        match read {
            Some(read) if self.violations.is_empty() => Ok(read),
            Some(_) | None => Err(Failure::invalid(self.violations)),
        }
    }
}

/// A single field.
///
/// # Errors
/// INVALID_ARGUMENT when it is wrong.
pub fn single<T, P: Problem>(field: &str, value: Result<T, P>) -> Result<T, Failure> {
    value.map_err(|problem| Failure::invalid_field(violation(field, &problem)))
}

/// What is wrong with one field, for the caller.
pub fn violation(field: &str, problem: &impl Problem) -> FieldViolation {
    FieldViolation::new(field, problem.to_string(), problem.dutch())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Common;

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields = Fields::default();
        assert_eq!(fields.read("right", Ok::<_, Common>(1)), Some(1));
        let wrong: Option<u8> = fields.read("wrong", Err(Common::Missing));
        let paths = vec!["colour".to_owned()];
        let mask = fields.mask(Some(FieldMask { paths }), &["name"]);
        assert_eq!(mask, Mask::Paths(Vec::new()));
        let failure = fields.finish(wrong).expect_err("a refusal");
        let expected = Failure::invalid(vec![
            FieldViolation::required("wrong"),
            Mask::parse(Some(FieldMask { paths: vec!["colour".to_owned()] }), &["name"])
                .expect_err("an unknown path"),
        ]);
        assert_eq!(failure, expected);
    }

    #[test]
    fn what_was_read_counts_only_when_nothing_is_wrong() {
        assert_eq!(Fields::default().finish(Some(1)), Ok(1));
        let mut fields = Fields::default();
        fields.refuse(FieldViolation::required("name"));
        assert!(fields.finish(Some(1)).is_err());
    }
}
