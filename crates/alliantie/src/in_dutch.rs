//! Causes that libraries tell in English, for who reads Dutch. What is not known here is told as it is.

use std::error::Error;
use std::io::{self, ErrorKind};

use ::sdc::Cancelled;
use ledger::{KeyError, NotACheckpoint, NotAHash, NotAStatement, NoteError, NoteVerifier};
use platform::db::Error as DatabaseError;
use platform::keys::Error as PemError;

/// What the system says of files and addresses.
const FILES: [(ErrorKind, &str); 11] = [
    (ErrorKind::NotFound, "dat is er niet"),
    (ErrorKind::PermissionDenied, "dat mag niet van dit systeem"),
    (ErrorKind::AlreadyExists, "dat is er al"),
    (ErrorKind::IsADirectory, "dat is een map"),
    (ErrorKind::NotADirectory, "dat is geen map"),
    (ErrorKind::InvalidData, "dat is geen tekst in UTF-8"),
    (ErrorKind::StorageFull, "de schijf is vol"),
    (ErrorKind::ReadOnlyFilesystem, "daar is niet te schrijven"),
    (ErrorKind::AddrInUse, "dat adres is al in gebruik"),
    (ErrorKind::AddrNotAvailable, "dat adres heeft deze machine niet"),
    (ErrorKind::ConnectionRefused, "daar luistert niets"),
];

/// What one cause says.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        file(error)
    } else if let Some(error) = error.downcast_ref::<KeyError>() {
        key(*error).to_owned()
    } else if let Some(error) = error.downcast_ref::<NoteError>() {
        note(*error)
    } else if let Some(error) = error.downcast_ref::<PemError>() {
        pem(error)
    } else if error.is::<NotACheckpoint>() {
        "verwacht worden een regel met de naam van het logboek, een met de grootte en een met de wortel in base64"
            .to_owned()
    } else if error.is::<NotAStatement>() {
        "verwacht worden regels met het logboek, een OIN, de grootte, de wortel, het aantal regels, en de afspraken op \
         volgorde"
            .to_owned()
    } else if let Some(error) = error.downcast_ref::<DatabaseError>() {
        database(error)
    } else if error.is::<Cancelled>() {
        "afgebroken; er is geen masker en geen oordeel".to_owned()
    } else if error.is::<NotAHash>() {
        "verwacht worden 64 cijfers en kleine letters (hexadecimaal)".to_owned()
    } else {
        error.to_string()
    }
}

/// Reads the key of a log or of a witness from the command line.
///
/// # Errors
/// What is expected, when it is none.
pub(crate) fn verifier_key(text: &str) -> Result<NoteVerifier, String> {
    text.parse().map_err(|error| key(error).to_owned())
}

fn key(error: KeyError) -> &'static str {
    match error {
        KeyError::Name => {
            "de naam van een sleutel is niet leeg en heeft geen spaties, stuurtekens of plustekens"
        }
        KeyError::Private => "de geheime sleutel is geen Ed25519-sleutel in PKCS#8",
        KeyError::Verifier => {
            "verwacht wordt naam+nummer+sleutel: 8 hexadecimale cijfers, en base64 van een soort en een Ed25519-sleutel, \
             zoals het logboek of alliantie ledger witness die toont"
        }
        KeyError::Id => {
            "het nummer in de sleutel hoort niet bij de naam en de sleutel; is hij heel overgenomen?"
        }
    }
}

fn note(error: NoteError) -> String {
    match error {
        NoteError::Text => "de tekst heeft stuurtekens, of eindigt niet met een nieuwe regel",
        NoteError::Layout => "verwacht wordt een lege regel voor de handtekeningen, en een nieuwe regel aan het eind",
        NoteError::Signature => {
            "een handtekening is een regel met een lang streepje, de naam van de sleutel en base64, met spaties ertussen"
        }
        NoteError::Name => key(KeyError::Name),
        NoteError::TooMany => return format!("er zijn meer dan {} handtekeningen", ledger::MAX_SIGNATURES),
    }
    .to_owned()
}

fn pem(error: &PemError) -> String {
    match error {
        PemError::Pem { expected } => format!("verwacht wordt een PEM-blok {expected}"),
        PemError::Kind => "de sleutel is geen Ed25519 en geen P-256".to_owned(),
        PemError::PrivateKind => "de geheime sleutel is geen Ed25519 en geen P-256".to_owned(),
        PemError::Generate => "er is geen sleutel te maken".to_owned(),
    }
}

fn database(error: &DatabaseError) -> String {
    match error {
        DatabaseError::Url => "het adres van een database begint met sqlite:// of postgres://".to_owned(),
        DatabaseError::Unusable(_) => "de database is niet te gebruiken".to_owned(),
        DatabaseError::Schema { pending, unknown } => {
            let way_out = match (pending, unknown) {
                (_, 0) => "doe `alliantie migrate`",
                (0, _) => "een nieuwere versie heeft hem gemaakt: gebruik die",
                _ => {
                    "van de een naar de ander gaan geen stappen. Begin opnieuw: geef een andere --data-dir, of alle \
                     diensten een lege database; wat er staat blijft, voor de versie die het heeft gemaakt"
                }
            };
            format!(
                "de database heeft een andere indeling dan dit programma maakt ({pending} stappen te gaan, {unknown} die \
                 het niet kent); {way_out}"
            )
        }
    }
}

fn file(error: &io::Error) -> String {
    let known = FILES.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, told)| (*told).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_in_dutch_and_what_is_not_known_as_it_is() {
        let missing = std::fs::read("/nergens/niets").unwrap_err();
        assert_eq!(cause(&missing), "dat is er niet");
        let newer = DatabaseError::Schema { pending: 0, unknown: 2 };
        assert!(
            cause(&newer).ends_with("een nieuwere versie heeft hem gemaakt: gebruik die"),
            "{}",
            cause(&newer)
        );
        let other = io::Error::other("something else");
        assert_eq!(cause(&other), "something else");
        let key = "x".parse::<NoteVerifier>().unwrap_err();
        assert!(cause(&key).starts_with("verwacht wordt naam+nummer+sleutel"));
        assert_eq!(verifier_key("x").unwrap_err(), cause(&key));
        let note = "x".parse::<ledger::SignedNote>().unwrap_err();
        assert!(
            cause(&note).starts_with("de tekst") || cause(&note).starts_with("verwacht"),
            "{}",
            cause(&note)
        );
        let hash = "x".parse::<ledger::Hash>().unwrap_err();
        assert!(cause(&hash).contains("hexadecimaal"));
    }
}
