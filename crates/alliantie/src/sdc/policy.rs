//! The rules that the command line asks for: those of a policy, each of them as it is or stricter.

use anyhow::{Result, anyhow};
use sdc::rules::{NotStricter, RuleSet, Share};

use crate::cli::SdcPolicy;

/// The rules of a policy with those that were given besides.
pub(super) fn rules(given: &SdcPolicy) -> Result<RuleSet> {
    let preset = given.policy.rules();
    let share = |percent: Option<u32>, of_preset| percent.map(Share::percent).or(of_preset);
    let wanted = RuleSet {
        minimum_frequency: given.minimum_frequency.unwrap_or(preset.minimum_frequency),
        interval_width: given.interval_width.unwrap_or(preset.interval_width),
        protect_zeros: given.protect_zeros || preset.protect_zeros,
        minimum_denominator: given.minimum_denominator.unwrap_or(preset.minimum_denominator),
        minimum_respondents: given.minimum_respondents.unwrap_or(preset.minimum_respondents),
        group_share: share(given.group_percent, preset.group_share),
        p_percent: share(given.p_percent, preset.p_percent),
        dominance: preset.dominance.iter().chain(&given.dominance).copied().collect(),
        percentages_only: given.percentages_only || preset.percentages_only,
        insiders: given.insiders || preset.insiders,
        ..preset.clone()
    };
    preset.raised(wanted).map_err(|looser| anyhow!(told(&looser, given, &preset)))
}

/// What asks for a minimum of denominators: the policy, or else the option.
pub(super) fn who_asks_denominators(given: &SdcPolicy) -> String {
    match given.policy.rules().minimum_denominator {
        0 => "--minimum-denominator".to_owned(),
        _ => format!("het beleid {}", given.policy.name()),
    }
}

/// Which options are looser than the policy, with what was given and what the policy asks for at least or at most.
fn told(looser: &NotStricter, given: &SdcPolicy, preset: &RuleSet) -> String {
    let percent = |share: Option<Share>| share.map_or(0, Share::as_percent);
    let at_least = |own: Option<u64>, least: u64| own.map(|own| format!("{own} (minstens {least})"));
    let of_field = |field: &&str| {
        let (option, own) = match *field {
            "minimum_frequency" => {
                ("--minimum-frequency", at_least(given.minimum_frequency, preset.minimum_frequency))
            }
            "interval_width" => ("--interval-width", at_least(given.interval_width, preset.interval_width)),
            "minimum_denominator" => {
                ("--minimum-denominator", at_least(given.minimum_denominator, preset.minimum_denominator))
            }
            "minimum_respondents" => {
                ("--minimum-respondents", at_least(given.minimum_respondents, preset.minimum_respondents))
            }
            "group_share" => {
                let most = percent(preset.group_share);
                ("--group-percent", given.group_percent.map(|own| format!("{own} (hoogstens {most})")))
            }
            "p_percent" => {
                let least = percent(preset.p_percent).into();
                ("--p-percent", at_least(given.p_percent.map(u64::from), least))
            }
            // No option makes another rule looser.
            _ => return None,
        };
        own.map(|own| format!("{option} {own}"))
    };
    format!(
        "{}: losser dan het beleid {}; een regel kan alleen strenger",
        looser.fields.iter().filter_map(of_field).collect::<Vec<_>>().join(", "),
        given.policy.name()
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command, Sdc};

    fn refused(options: &[&str]) -> String {
        let line = ["alliantie", "sdc", "protect", "file", "--policy"].iter().chain(options);
        match Cli::try_parse_from(line).unwrap().command {
            Some(Command::Sdc(Sdc::Protect { policy, .. })) => rules(&policy).unwrap_err().to_string(),
            _ => panic!("another command"),
        }
    }

    #[test]
    fn a_looser_rule_is_named_by_its_option_with_what_was_given_and_what_is_asked() {
        for (policy, option, given, asked) in [
            ("persons_sensitive", "--minimum-frequency", "3", "minstens 10"),
            ("persons_sensitive", "--interval-width", "9", "minstens 10"),
            ("persons_sensitive", "--group-percent", "95", "hoogstens 90"),
            ("dwellings", "--minimum-denominator", "0", "minstens 20"),
            ("survey_percentages", "--minimum-respondents", "49", "minstens 50"),
            ("magnitude", "--p-percent", "9", "minstens 10"),
        ] {
            let said = refused(&[policy, option, given]);
            let expected = format!("{option} {given} ({asked}): losser dan het beleid {policy};");
            assert!(said.starts_with(&expected), "{said}");
        }
        let said = refused(&["persons_sensitive", "--minimum-frequency", "3", "--group-percent", "95"]);
        assert!(
            said.starts_with("--minimum-frequency 3 (minstens 10), --group-percent 95 (hoogstens 90):"),
            "{said}"
        );
    }
}
