//! The codes that the programme gives, and the order in which people expect them.

use std::fmt;
use std::str::FromStr;

use platform::problem::Common;

use super::problem::Problem;

/// A code of the programme: 1 to `MOST` of A-Z, a-z, 0-9 and hyphen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Code<const MOST: usize = 12>(String);

impl<const MOST: usize> Code<MOST> {
    /// The code itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource name in a collection, for example "goals/S1".
    pub(crate) fn in_collection(&self, collection: &str) -> String {
        format!("{collection}/{}", self.0)
    }

    /// Reads a resource name of a collection.
    pub(crate) fn of_collection(collection: &'static str, name: &str) -> Result<Self, Problem> {
        if name.is_empty() {
            return Err(Common::Missing.into());
        }
        name.strip_prefix(collection)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|code| code.parse().ok())
            .ok_or(Problem::NotAName { collection })
    }

    /// Bytes that compare as people order codes: 1, 1A, 1B, 2, 10. Numbers compare by value and
    /// letters without case; codes that are then alike (1a and 1A) compare by their bytes.
    pub(crate) fn order_key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(3 * self.0.len());
        for run in self.0.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
            if run.first().is_some_and(u8::is_ascii_digit) {
                let zeros = run.iter().take_while(|digit| **digit == b'0').count();
                let digits = run.len() - zeros;
                key.extend([b'0', u8::try_from(digits).unwrap_or(u8::MAX)]);
                key.extend(run.iter().skip(zeros));
            } else {
                key.extend(run.iter().map(u8::to_ascii_uppercase));
            }
        }
        key.push(0);
        key.extend(self.0.bytes());
        key
    }
}

impl<const MOST: usize> FromStr for Code<MOST> {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Common::Missing.into());
        }
        if text.len() <= MOST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Problem::NotACode { most: MOST })
        }
    }
}

impl<const MOST: usize> fmt::Display for Code<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(codes: &[&str]) -> Vec<String> {
        let mut codes: Vec<Code> = codes.iter().map(|code| code.parse().unwrap()).collect();
        codes.sort_by_key(Code::order_key);
        codes.into_iter().map(|code| code.0).collect()
    }

    #[test]
    fn codes_stand_in_the_order_that_people_expect() {
        let expected =
            ["1", "1-b", "1A", "1B", "1B2", "1B10", "2", "9C", "10", "A", "S1", "S2", "S10", "s10"];
        let mut shuffled = expected;
        shuffled.reverse();
        assert_eq!(sorted(&shuffled), expected);
        shuffled.rotate_left(5);
        assert_eq!(sorted(&shuffled), expected);
    }

    #[test]
    fn different_codes_have_different_places() {
        let alike = ["1a", "1A", "01a", "001A", "1-", "1"];
        for one in alike {
            for other in alike {
                let key = |code: &str| code.parse::<Code>().unwrap().order_key();
                assert_eq!(key(one) == key(other), one == other, "{one} {other}");
            }
        }
    }

    #[test]
    fn a_code_has_1_to_12_characters() {
        for good in ["1", "1A", "S-1", "abcdefghij12"] {
            assert!(good.parse::<Code>().is_ok(), "{good}");
        }
        for bad in ["1 A", "1/A", "é", "1_A", "abcdefghij123", "1\0"] {
            assert_eq!(bad.parse::<Code>(), Err(Problem::NotACode { most: 12 }), "{bad:?}");
        }
        assert_eq!("".parse::<Code>(), Err(Common::Missing.into()));
    }

    #[test]
    fn a_resource_name_has_its_collection() {
        assert_eq!(Code::<12>::of_collection("goals", "goals/S1"), "S1".parse());
        for bad in ["S1", "goal/S1", "goals/", "goalsS1", "goals/S1/x", "inspanningen/S1"] {
            let refused = Code::<12>::of_collection("goals", bad);
            assert_eq!(refused, Err(Problem::NotAName { collection: "goals" }), "{bad}");
        }
    }
}
