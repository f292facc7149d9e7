//! What an audit finds.

use std::fmt;

use super::life::Misstep;

/// Something that is wrong, and where. Written in Dutch, for the partner who audits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: "ledger-entries/{index}", "agreements/{id}", "stand {size}" or "verklaring {size}".
    pub at: String,
    /// What is wrong there.
    pub what: What,
}

impl Fault {
    pub(crate) fn new(at: impl Into<String>, what: What) -> Self {
        Self { at: at.into(), what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// The header does not have its commitment.
    #[error("de kop is veranderd: hij past niet bij de vingerafdruk die is vastgelegd")]
    Header,
    /// The body does not have its commitment.
    #[error("de inhoud is veranderd: hij past niet bij de vingerafdruk die is vastgelegd")]
    Body,
    /// The header or the body has its commitment, but is not what an entry has.
    #[error("{0} is niet te lezen")]
    Unreadable(&'static str),
    /// The platform shows something else beside the header and the body than they say.
    #[error("het platform toont bij {0} iets anders dan is vastgelegd")]
    Told(&'static str),
    /// The platform says that it cannot read the entry.
    #[error("het platform kan deze regel zelf niet meer lezen: wat ervan bewaard is, is beschadigd")]
    Damaged,
    /// A hash or a salt is none.
    #[error("{0} is geen reeks van 64 cijfers en kleine letters (hexadecimaal)")]
    NotHex(&'static str),
    /// The leaf hash is not that of the two commitments.
    #[error("de vingerafdruk van de regel past niet bij die van de kop en de inhoud")]
    LeafHash,
    /// The log has no such place.
    #[error("het logboek heeft maar {size} regels; deze staat daar niet in")]
    BeyondLog {
        /// How many entries the log has.
        size: u64,
    },
    /// The log has another leaf in that place.
    #[error("in het logboek staat op deze plaats een andere regel")]
    OtherLeaf,
    /// The proof does not lead to the root.
    #[error("het bewijs dat de regel in het logboek staat, klopt niet")]
    Inclusion,
    /// The entry is there more than once.
    #[error("de regel komt meer dan een keer voor")]
    Twice,
    /// A tile that is needed is not there, or is not a tile.
    #[error("een deel van het logboek ontbreekt of is niet te lezen: {0}")]
    Tile(String),
    /// The tiles have another root than the newest checkpoint.
    #[error(
        "de delen van het logboek leiden niet tot deze ondertekende stand: het logboek is herschreven, of de \
         delen zijn beschadigd"
    )]
    Tiles,
    /// The key of the log did not sign.
    #[error("niet ondertekend met de sleutel van het logboek")]
    Signature,
    /// Signed by the log, but not a checkpoint or statement.
    #[error("de ondertekende tekst is geen stand of verklaring van het logboek")]
    Text,
    /// It is of another log.
    #[error("gaat over een ander logboek: {found}")]
    OtherLog {
        /// The name of that log.
        found: String,
    },
    /// The log of then is not the beginning of the log of now.
    #[error("het logboek is herschreven: het begin is niet meer wat het toen was")]
    Rewritten,
    /// The statement is for another organisation.
    #[error("gaat over een andere organisatie: {found}")]
    OtherParty {
        /// The OIN of that organisation.
        found: String,
    },
    /// The list does not have as many entries as the log states.
    #[error("het platform verklaart {stated} regels, maar er zijn er {found}")]
    Count {
        /// How many the log states.
        stated: u64,
        /// How many there are.
        found: u64,
    },
    /// The newest statement is of an older log than was seen.
    #[error(
        "is ouder dan de nieuwste stand, van {newest} regels: wat daarna kwam is niet gecontroleerd; haal een \
         nieuwe verklaring op"
    )]
    OldStatement {
        /// How many entries the newest state has.
        newest: u64,
    },
    /// An entry about an agreement has no number, and is not about a draft.
    #[error("gaat over {0}, maar heeft daarbij geen nummer; alleen een concept mag dat")]
    Unnumbered(String),
    /// The entry is shown without what happened.
    #[error("van deze regel is alleen de kop te zien; wat er gebeurde is niet te controleren")]
    HeaderAlone,
    /// The organisation does not have the entry, and the log stated all that it may see.
    #[error("deze regel staat niet in de map, en is dus niet van een uitwisseling van uw organisatie")]
    NotSeen,
    /// The entry is of another transaction.
    #[error("hoort bij transactie {found}, niet bij {expected}")]
    OtherTransaction {
        /// The transaction of the entry.
        found: String,
        /// The transaction of the receipt.
        expected: String,
    },
    /// The receipt says something else than the entry.
    #[error("het bewijs zegt bij {0} iets anders dan de regel")]
    Says(&'static str),
    /// What came is not what was delivered.
    #[error("in het bestand staat iets anders dan er volgens deze regel is geleverd: {0} is anders")]
    OtherDelivery(&'static str),
    /// An entry about an agreement is not there.
    #[error("nummer {number} ontbreekt, {place}")]
    MissingNumber {
        /// Its number among the entries of the agreement.
        number: u64,
        /// Between which entries of the log it must be.
        place: String,
    },
    /// A number of an agreement does not follow from the one before.
    #[error("heeft nummer {found} van {agreement}, waar nummer {expected} moest komen")]
    Number {
        /// "agreements/{id}".
        agreement: String,
        /// The number that it has.
        found: u64,
        /// The number that was to come.
        expected: u64,
    },
    /// The header does not say which entry about the agreement comes before.
    #[error("de kop zegt niet welke regel over de afspraak ervoor komt")]
    NoPrevious,
    /// The header says that an entry comes before, and its number that none does.
    #[error("de kop noemt een regel ervoor, maar die is er niet: dit is de eerste, of een concept")]
    FirstHasPrevious,
    /// The header says that another entry has the number before.
    #[error(
        "volgt volgens de kop op een andere regel met nummer {number} van {agreement} dan {shown}, die u te zien \
         kreeg: een andere partij kan daar een andere regel zien"
    )]
    OtherPrevious {
        /// "agreements/{id}".
        agreement: String,
        /// The number before.
        number: u64,
        /// The entry that is shown with that number, "ledger-entries/{index}".
        shown: String,
    },
    /// It cannot follow the entries before it about its agreement.
    #[error(transparent)]
    Life(#[from] Misstep),
    /// A delivery that no permit came before.
    #[error(
        "is een levering waaraan geen toestemming voorafging in dezelfde transactie, voor dezelfde ontvanger"
    )]
    DeliveredUnpermitted,
    /// There are entries about an agreement of which the log states nothing, or not as many.
    #[error("gaat over {agreement}, waarvan het platform maar {stated} nummers verklaart")]
    NotStated {
        /// "agreements/{id}".
        agreement: String,
        /// How many the log states.
        stated: u64,
    },
    /// There is no checkpoint or no statement to check against.
    #[error("er is geen {0}; haal die eerst op bij het platform")]
    Nothing(&'static str),
    /// Who sees all entries does not see this one.
    #[error("deze regel ontbreekt, en wie alle regels mag zien hoort ook deze te krijgen")]
    NotShown,
    /// The platform shows another entry than it did before.
    #[error("het platform toont deze regel nu anders dan eerder")]
    Changed,
    /// The platform does not show the entry any more.
    #[error("het platform toonde deze regel eerder en nu niet meer")]
    Gone,
}
