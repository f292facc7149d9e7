//! A stakeholder: an organisation or group that has to do with the programme.

use std::fmt;
use std::str::FromStr;

use platform::identity::Oin;
use platform::problem::Common;
use platform::text::Line;
use time::OffsetDateTime;

use super::problem::Problem;

/// Id of a stakeholder: 2 to 63 of a-z, 0-9 and hyphen, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StakeholderId(String);

impl StakeholderId {
    /// The id itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource name, "stakeholders/{id}".
    pub(crate) fn resource_name(&self) -> String {
        format!("stakeholders/{}", self.0)
    }

    /// Reads a resource name.
    pub(crate) fn from_resource_name(name: &str) -> Result<Self, Problem> {
        if name.is_empty() {
            return Err(Common::Missing.into());
        }
        name.strip_prefix("stakeholders/").and_then(|id| id.parse().ok()).ok_or(Problem::NotAName)
    }
}

impl FromStr for StakeholderId {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let letter_first = text.starts_with(|first: char| first.is_ascii_lowercase());
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() {
            Err(Common::Missing.into())
        } else if letter_first && (2..=63).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Problem::NotAnId)
        }
    }
}

impl fmt::Display for StakeholderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The groups of ambassadors of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmbassadorGroup {
    /// Inwoners.
    Residents,
    /// Medewerkers van de gemeente.
    MunicipalStaff,
    /// Externe partijen.
    ExternalParties,
}

/// What people say about a stakeholder: everything that they can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Dutch name.
    pub(crate) display_name: Line<200>,
    /// What kind it is, in the programme's words.
    pub(crate) kind: Option<Line<100>>,
    /// Which group of ambassadors it belongs to.
    pub(crate) ambassador_group: Option<AmbassadorGroup>,
    /// Its OIN; none when it exchanges no data.
    pub(crate) oin: Option<Oin>,
}

/// New values for a part of a profile; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileChange {
    /// A new name.
    pub(crate) display_name: Option<Line<200>>,
    /// A new kind, or no kind.
    pub(crate) kind: Option<Option<Line<100>>>,
    /// Another group, or no group.
    pub(crate) ambassador_group: Option<Option<AmbassadorGroup>>,
    /// Another OIN, or no OIN.
    pub(crate) oin: Option<Option<Oin>>,
}

/// An organisation or group that has to do with the programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stakeholder {
    /// Its id.
    pub(crate) id: StakeholderId,
    /// What people say about it.
    pub(crate) profile: Profile,
    /// When its OIN was last set, changed or taken away; none when it never had one.
    pub(crate) oin_update_time: Option<OffsetDateTime>,
    /// When it was added.
    pub(crate) create_time: OffsetDateTime,
    /// When it was last changed.
    pub(crate) update_time: OffsetDateTime,
}

impl Stakeholder {
    /// A new stakeholder.
    pub(crate) fn new(id: StakeholderId, profile: Profile, now: OffsetDateTime) -> Self {
        let oin_update_time = profile.oin.as_ref().map(|_| now);
        Self { id, profile, oin_update_time, create_time: now, update_time: now }
    }

    /// The stakeholder after a change; a change into what is already so leaves it untouched.
    pub(crate) fn changed(&self, change: ProfileChange, now: OffsetDateTime) -> Self {
        let old = self.profile.clone();
        let profile = Profile {
            display_name: change.display_name.unwrap_or(old.display_name),
            kind: change.kind.unwrap_or(old.kind),
            ambassador_group: change.ambassador_group.unwrap_or(old.ambassador_group),
            oin: change.oin.unwrap_or(old.oin),
        };
        if profile == self.profile {
            return self.clone();
        }
        let oin_update_time = if profile.oin == self.profile.oin { self.oin_update_time } else { Some(now) };
        Self { profile, oin_update_time, update_time: now, ..self.clone() }
    }

    /// Whether it was made up to show or test the platform: its OIN says so.
    pub(crate) fn is_fictitious(&self) -> bool {
        self.profile.oin.as_ref().is_some_and(Oin::is_fictitious)
    }
}

/// Reads an OIN.
pub(crate) fn read_oin(text: &str) -> Result<Oin, Problem> {
    if text.is_empty() {
        return Err(Common::Missing.into());
    }
    text.parse().map_err(|_| Problem::NotAnOin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn oin(text: &str) -> Oin {
        text.parse().unwrap()
    }

    fn weller() -> Stakeholder {
        let profile = Profile {
            display_name: "Weller".parse().unwrap(),
            kind: None,
            ambassador_group: Some(AmbassadorGroup::ExternalParties),
            oin: None,
        };
        Stakeholder::new("weller".parse().unwrap(), profile, datetime!(2026-11-23 12:00 UTC))
    }

    #[test]
    fn an_id_has_2_to_63_characters_and_a_letter_first() {
        for good in ["ab", "college-benw", "a1", &"a".repeat(63)] {
            assert!(good.parse::<StakeholderId>().is_ok(), "{good}");
        }
        for bad in ["a", "1a", "-a", "Ab", "a_b", "a/b", "é1", &"a".repeat(64)] {
            assert_eq!(bad.parse::<StakeholderId>(), Err(Problem::NotAnId), "{bad}");
        }
        assert_eq!("".parse::<StakeholderId>(), Err(Common::Missing.into()));
        assert_eq!(StakeholderId::from_resource_name("goals/ab"), Err(Problem::NotAName));
    }

    #[test]
    fn a_change_touches_only_what_it_names() {
        let later = datetime!(2026-11-24 12:00 UTC);
        let change = ProfileChange { ambassador_group: Some(None), ..ProfileChange::default() };
        let changed = weller().changed(change, later);
        assert_eq!(changed.profile.ambassador_group, None);
        assert_eq!(changed.profile.display_name, weller().profile.display_name);
        assert_eq!((changed.update_time, changed.create_time), (later, weller().create_time));
        assert_eq!(changed.oin_update_time, None);
    }

    #[test]
    fn a_change_into_the_same_is_no_change() {
        let same = ProfileChange { kind: Some(None), ..ProfileChange::default() };
        assert_eq!(weller().changed(same, datetime!(2026-11-24 12:00 UTC)), weller());
    }

    #[test]
    fn an_oin_of_the_test_series_makes_a_stakeholder_fictitious() {
        let with = |text: &str| {
            let change = ProfileChange { oin: Some(Some(oin(text))), ..ProfileChange::default() };
            weller().changed(change, datetime!(2026-11-24 12:00 UTC))
        };
        assert!(with("00000099000000002000").is_fictitious());
        assert!(!with("00000001000000002000").is_fictitious());
        assert!(!weller().is_fictitious());
    }
}
