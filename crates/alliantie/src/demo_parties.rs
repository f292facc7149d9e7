//! The fictitious organisations of the demo. Their keys are public; only a platform in demo mode,
//! which listens to its own machine alone, accepts them.

use anyhow::Result;
use clap::ValueEnum;
use gateway::identity::demo_token;
use platform::clock::Clock;
use platform::identity::Oin;
use platform::keys::PrivateKey;
use proto::api::v1::Role;

use crate::data;
use crate::output::say;

/// How long a demo token is good.
const LIFETIME: time::Duration = time::Duration::hours(12);

/// Somebody in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoParty {
    /// Weller, housing corporation.
    Weller,
    /// Wonen Zuid, housing corporation.
    WonenZuid,
    /// GGD, public health.
    Ggd,
    /// Wonen Limburg, housing corporation.
    WonenLimburg,
    /// The programme manager, at the municipality.
    Programma,
    /// The privacy officer, at the municipality.
    Fg,
    /// A system of the municipality.
    Gemeente,
}

impl DemoParty {
    /// The parties that sign agreements.
    pub(crate) const SIGNING: [Self; 5] =
        [Self::Weller, Self::WonenZuid, Self::Ggd, Self::WonenLimburg, Self::Gemeente];

    /// As it is typed.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Weller => "weller",
            Self::WonenZuid => "wonen-zuid",
            Self::Ggd => "ggd",
            Self::WonenLimburg => "wonen-limburg",
            Self::Programma => "programma",
            Self::Fg => "fg",
            Self::Gemeente => "gemeente",
        }
    }

    /// The stakeholder that the organisation is.
    pub(crate) fn stakeholder(self) -> &'static str {
        match self {
            Self::Weller | Self::WonenZuid | Self::Ggd | Self::WonenLimburg => self.id(),
            Self::Programma | Self::Fg | Self::Gemeente => "college-benw",
        }
    }

    /// The fictitious OIN.
    pub(crate) fn oin(self) -> &'static str {
        match self {
            Self::Programma | Self::Fg | Self::Gemeente => "00000099000000001000",
            Self::Weller => "00000099000000002000",
            Self::WonenZuid => "00000099000000003000",
            Self::Ggd => "00000099000000004000",
            Self::WonenLimburg => "00000099000000005000",
        }
    }

    fn key_pem(self) -> &'static str {
        match self {
            Self::Weller => data::demo::WELLER_KEY,
            Self::WonenZuid => data::demo::WONEN_ZUID_KEY,
            Self::Ggd => data::demo::GGD_KEY,
            Self::WonenLimburg => data::demo::WONEN_LIMBURG_KEY,
            Self::Programma | Self::Fg | Self::Gemeente => data::demo::GEMEENTE_KEY,
        }
    }

    /// The key with which it signs.
    pub(crate) fn key(self) -> Result<PrivateKey> {
        Ok(PrivateKey::from_pem(self.key_pem())?)
    }

    fn roles(self) -> &'static [Role] {
        match self {
            Self::Programma => &[Role::Programme],
            Self::Fg => &[Role::PrivacyOfficer],
            Self::Weller | Self::WonenZuid | Self::Ggd | Self::WonenLimburg | Self::Gemeente => {
                &[Role::Partner, Role::Administrator]
            }
        }
    }

    /// A token that is good for twelve hours.
    pub(crate) fn token(self, clock: &Clock) -> Result<String> {
        let issuer = PrivateKey::from_pem(data::demo::ISSUER_KEY)?;
        let oin: Oin = self.oin().parse()?;
        let subject = format!("{}-fictief", self.id());
        Ok(demo_token::sign(&issuer, &subject, Some(&oin), self.roles(), clock, LIFETIME)?)
    }
}

/// Prints a token.
pub(crate) fn print_token(party: DemoParty) -> Result<()> {
    say(party.token(&Clock::system())?);
    Ok(())
}
