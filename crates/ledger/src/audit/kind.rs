//! What entries are of, and what parties do with an agreement, by the names of the contract. An audit says
//! for each what it takes from it, so that one that is new there is thought of here.

use serde::{Deserialize, Serialize};

/// Declares names.
macro_rules! names {
    ($(#[$doc:meta])* $names:ident { $($(#[$of:meta])* $one:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $names {
            $($(#[$of])* #[serde(rename = $name)] $one,)*
        }

        impl $names {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$one,)*];

            /// Its name in an entry.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$one => $name,)*
                }
            }

            /// The one with that name; none for one of a later version.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// What an entry is of.
    Kind {
        /// A party did something with an agreement: it may stand elsewhere after it.
        AgreementChanged = "AGREEMENT_CHANGED",
        /// A request was permitted: only under an agreement that was active then.
        Permitted = "PERMITTED",
        /// A request was refused.
        Refused = "REFUSED",
        /// Data was delivered: only after a permit.
        Delivered = "DELIVERED",
        /// Nobody told how a delivery ended: only after a permit.
        DeliveryUnaccounted = "DELIVERY_UNACCOUNTED",
        /// A release was published.
        ReleasePublished = "RELEASE_PUBLISHED",
        /// An organisation changed its own rules.
        OwnRuleChanged = "OWN_RULE_CHANGED",
        /// A stop is in force at every enforcement point.
        StopConfirmed = "STOP_CONFIRMED",
        /// A purpose got another name.
        PurposeRenamed = "PURPOSE_RENAMED",
        /// Consent for a story was given or withdrawn.
        StoryConsentChanged = "STORY_CONSENT_CHANGED",
        /// The use of a story was permitted or refused.
        StoryUseDecided = "STORY_USE_DECIDED",
        /// An organisation no longer uses a story for what a withdrawn consent allowed.
        StoryWithdrawalConfirmed = "STORY_WITHDRAWAL_CONFIRMED",
        /// It was determined which cells of a release are withheld.
        MaskComputed = "MASK_COMPUTED",
        /// A purpose was added.
        PurposeAdded = "PURPOSE_ADDED",
        /// A protection of a dataset was retired.
        ProtectionRetired = "PROTECTION_RETIRED",
        /// A protection that was retired is in force again.
        ProtectionReinstated = "PROTECTION_REINSTATED",
    }
}

names! {
    /// What a party does with an agreement.
    Action {
        /// Writes it down, for itself.
        Drafted = "DRAFTED",
        /// Throws the draft away.
        Discarded = "DISCARDED",
        /// Puts it before the parties.
        Proposed = "PROPOSED",
        /// Signs it.
        Signed = "SIGNED",
        /// Refuses it.
        Rejected = "REJECTED",
        /// Ends it.
        Revoked = "REVOKED",
        /// Pauses it.
        Suspended = "SUSPENDED",
        /// Ends its own pause.
        Resumed = "RESUMED",
        /// Signs, as the last one, the agreement that takes its place.
        Replaced = "REPLACED",
    }
}

impl Action {
    /// Whether it is about a draft, which has no number among the entries of its agreement.
    #[must_use]
    pub fn is_about_a_draft(self) -> bool {
        match self {
            Self::Drafted | Self::Discarded => true,
            Self::Proposed
            | Self::Signed
            | Self::Rejected
            | Self::Revoked
            | Self::Suspended
            | Self::Resumed
            | Self::Replaced => false,
        }
    }
}
