//! What is wrong with arguments, and the help of the commands on tables, in Dutch.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, Error, FromArgMatches};

use super::Cli;
use crate::in_dutch;
use crate::output::tell;

/// How the program ends after wrong arguments.
const WRONG: u8 = 2;

const HELP: &str = "{about-with-newline}\nGebruik: {usage}\n\n{all-args}\n";

/// Of `sdc` itself: what it is for stands among the other commands in English.
const HELP_OF_SDC: &str = "Toetst en maakt, uit een bestand, maskers die kleine groepen in tabellen beschermen\n\nGebruik: \
                           {usage}\n\n{all-args}\n";

/// Reads the arguments, of which the first is the program.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(arguments)?)
}

fn command() -> Command {
    Cli::command().mut_subcommand("sdc", |sdc| helping(sdc, "alliantie sdc").help_template(HELP_OF_SDC))
}

/// A command with help in Dutch, and so its own commands.
fn helping(command: Command, name: &str) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Toon deze uitleg");
    let given: Vec<String> = command.get_arguments().filter_map(required).collect();
    let (commands, options) = (command.has_subcommands(), command.get_arguments().count() > given.len());
    let rest = [(commands, "<OPDRACHT>"), (options, "[OPTIES]")];
    let rest = rest.iter().filter(|(is_there, _)| *is_there).map(|(_, word)| *word);
    let usage: Vec<&str> = [name].into_iter().chain(given.iter().map(String::as_str)).chain(rest).collect();
    let usage = usage.join(" ");
    command
        .help_template(HELP)
        .override_usage(usage)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .subcommand_help_heading("Opdrachten")
        .subcommand_value_name("OPDRACHT")
        .mut_subcommands(|own| {
            let name = format!("{name} {}", own.get_name());
            helping(own, &name)
        })
        .arg(help)
        .mut_args(|own| {
            let heading = if own.is_positional() { "Gegevens" } else { "Opties" };
            let takes_value = own.get_action().takes_values();
            own.help_heading(heading).allow_negative_numbers(takes_value)
        })
}

/// How an argument that has to be given is written.
fn required(own: &Arg) -> Option<String> {
    let value = own.get_value_names()?.first().filter(|_| own.is_required_set())?;
    Some(own.get_long().map_or_else(|| format!("<{value}>"), |long| format!("--{long} <{value}>")))
}

/// Tells why arguments are refused, or shows the help that they ask for.
pub(crate) fn refused(error: &Error) -> ExitCode {
    match sentence(error) {
        Some(sentence) => tell(format!("alliantie: {}", sentence.replace('\n', " "))),
        None => drop(error.print()),
    }
    if error.use_stderr() { ExitCode::from(WRONG) } else { ExitCode::SUCCESS }
}

/// What is wrong on one line; nothing where help or the version is what was asked.
fn sentence(error: &Error) -> Option<String> {
    let of = |kind| said(error, kind);
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => return None,
        ErrorKind::InvalidValue if value.is_empty() => format!("bij {argument} hoort een waarde"),
        ErrorKind::InvalidValue => format!("{argument}: \"{value}\" kan niet"),
        ErrorKind::UnknownArgument => format!("{argument} is hier geen argument"),
        ErrorKind::InvalidSubcommand => {
            format!("\"{}\" is geen opdracht", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "er ontbreekt een opdracht".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("er ontbreekt {argument}"),
        ErrorKind::ArgumentConflict => conflict(argument, &of(ContextKind::PriorArg)),
        ErrorKind::ValueValidation => {
            let why = error.source().map(in_dutch::cause).unwrap_or_default();
            format!("{argument}: {why}")
        }
        ErrorKind::NoEquals => format!("tussen {argument} en de waarde hoort ="),
        ErrorKind::TooManyValues => format!("{argument}: \"{value}\" is een waarde te veel"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("bij {argument} hoort een ander aantal waarden")
        }
        ErrorKind::InvalidUtf8 => "een argument is geen tekst in UTF-8".to_owned(),
        ErrorKind::Io | ErrorKind::Format => error.to_string(),
        _ => error.to_string(),
    };
    let known = [ContextKind::ValidValue, ContextKind::ValidSubcommand].map(of).concat();
    let meant = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let advice = match (meant.map(of).concat(), known.as_str()) {
        (meant, _) if !meant.is_empty() => format!("; bedoelt u {meant}?"),
        (_, "") => String::new(),
        _ => format!("; kies uit {known}"),
    };
    let usage: Vec<String> = of(ContextKind::Usage).lines().map(|line| line.trim().to_owned()).collect();
    let usage = usage.join(" of ");
    let usage = usage.strip_prefix("Usage: ").map(|usage| format!("; gebruik: {usage}")).unwrap_or_default();
    Some(format!("{what}{advice}{usage}"))
}

fn conflict(argument: String, other: &str) -> String {
    match other {
        "" => format!("{argument} kan hier niet"),
        other if other == argument => format!("{argument} kan maar één keer"),
        other => format!("{argument} kan niet samen met {other}"),
    }
}

/// What an error says of one thing; empty when it says nothing.
fn said(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(several)) => several.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> String {
        let line = line.split_whitespace().map(OsString::from);
        sentence(&parse(line).unwrap_err()).unwrap()
    }

    #[test]
    fn wrong_arguments_are_told_in_dutch_with_what_to_do() {
        for (line, expected) in [
            ("alliantie sdc audit", "er ontbreekt <BESTAND>; gebruik: alliantie sdc audit <BESTAND>"),
            ("alliantie sdc protect t.json", "er ontbreekt --policy <BELEID>"),
            (
                "alliantie sdc protect t.json --policy x",
                "--policy <BELEID>: er is geen beleid \"x\"; kies uit persons_",
            ),
            (
                "alliantie sdc protect t.json --policy income --minimum-frequency -1",
                "\"-1\" is geen geheel getal van 0",
            ),
            (
                "alliantie sdc protect t.json --policy income --minimum-frequency=x",
                "\"x\" is geen geheel getal van 0",
            ),
            (
                "alliantie sdc protect t.json --policy income --group-percent 101",
                "\"101\" is geen geheel getal van 1 tot en met 100",
            ),
            (
                "alliantie sdc protect t.json --policy income --policy income",
                "--policy <BELEID> kan maar één keer",
            ),
            ("alliantie sdc protect t.json --policy income --insider", "bedoelt u --insiders?"),
            ("alliantie sdc protect t.json --policy", "bij --policy <BELEID> hoort een waarde"),
            ("alliantie sdc audit a b", "b is hier geen argument"),
            ("alliantie sdc audi t.json", "\"audi\" is geen opdracht; bedoelt u audit?"),
            ("alliantie token niemand", "\"niemand\" kan niet; kies uit "),
        ] {
            let said = refusal(line);
            assert!(said.contains(expected), "{line}: {said}");
            for english in ["error", "Usage", "value", "For more", "argument '", "tip", "OPTIONS"] {
                assert!(!said.contains(english), "{line}: {said}");
            }
            assert!(!said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn the_help_of_the_commands_on_tables_is_dutch() {
        for command in ["", "audit", "protect", "demo"] {
            let words = ["alliantie", "sdc", command, "--help"].into_iter().filter(|word| !word.is_empty());
            let help = parse(words.map(OsString::from)).unwrap_err();
            assert!(!help.use_stderr());
            let help = help.to_string();
            for part in ["Gebruik: alliantie sdc", "Opties:", "Toon deze uitleg"] {
                assert!(help.contains(part), "{command}: {help}");
            }
            for english in
                ["Usage", "Options", "Commands", "Arguments", "Print", "OPTIONS", "FILE", "COMMAND"]
            {
                assert!(!help.contains(english), "{command}: {help}");
            }
        }
    }
}
