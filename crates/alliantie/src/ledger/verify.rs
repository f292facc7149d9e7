//! `alliantie ledger verify`: whether the decision behind an answer or a refusal stands in the log, and
//! whether what came with it is what was delivered.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use ledger::audit::{Delivered, Entry, Kind, What, signed};
use ledger::{
    Checkpoint, Hash, NoteVerifier, Receipt, ReceiptError, Says, Sentences, Statement, TileId, tiles_for,
};

use super::answer;
use super::folder::Folder;
use super::served::{self, Log};
use crate::cli::PartnerAccess;
use crate::client::Partner;
use crate::output::say;

/// What is said when the entry itself was not there to look at.
const ONLY_THE_PLACE: &str = "let op: alleen de plaats in het logboek is gecontroleerd, niet of de regel over \
    deze transactie gaat; geef daarvoor --token-file op, of de map van alliantie ledger audit met --folder";
/// What is said of what no entry holds.
const NO_SENTENCES: &str = "let op: zinnen voor mensen (messageNl, notice, detail), fictitious en nextPageToken staan \
    niet in deze regel, en zijn niet nagekeken";
/// What is said of sentences that the entry holds.
const SENTENCES: &str = "goed: de zinnen in het bestand (detail, errors) zijn die waarmee is geweigerd; losse gegevens \
    in metadata zijn niet nagekeken";
/// What is said of a refusal with the receipt of a permit.
const OVERTAKEN: &str = "let op: die regel is een toestemming; het antwoord is daarna tegengehouden of de stroom \
    afgesloten, en waarom staat niet in deze regel";
const UNSEEN: &str = "let op: de waarnemingen zelf zijn niet nagekeken: ";

/// What there is to hold a receipt against.
pub(super) struct Found {
    /// The signed state of the log in which everything stands.
    pub(super) log: Checkpoint,
    /// The entry of the decision, when it was there to look at.
    pub(super) entry: Option<Entry>,
    /// The entries of what was delivered in the exchange.
    pub(super) deliveries: Vec<Entry>,
    /// The entry of the stop that overtook it.
    pub(super) stop: Option<Entry>,
}

pub(super) async fn run(
    receipt: &Path,
    access: &PartnerAccess,
    folder: Option<&Path>,
    log_key: Option<NoteVerifier>,
) -> Result<()> {
    let unusable = || format!("{} is niet te gebruiken", receipt.display());
    let text = std::fs::read_to_string(receipt).with_context(unusable)?;
    // First: it refuses a name that is there twice, of which only one would be looked at after it.
    let receipt = Receipt::from_json(&text).with_context(unusable)?;
    let came = answer::delivered(&text).with_context(unusable)?;
    let found = match folder {
        Some(folder) => in_folder(&receipt, &Folder::existing(folder)?, log_key)?,
        None => on_platform(&receipt, came.as_ref(), access, log_key).await?,
    };
    let Receipt { index, leaf_hash, transaction_id, .. } = &receipt;
    let mut lines = vec![format!(
        "goed: ledger-entries/{index} met vingerafdruk {leaf_hash} staat in het logboek, in de ondertekende \
         stand van {} regels",
        found.log.size
    )];
    match &found.entry {
        Some(entry) => {
            receipt.verify_entry(entry).map_err(wrong)?;
            lines.push(format!("goed: in die regel ligt transactie {transaction_id} vast"));
            lines.extend(overtaken(&receipt, entry, found.stop.as_ref()));
            lines.extend(sentences(&receipt, entry).map(str::to_owned));
        }
        None => lines.push(ONLY_THE_PLACE.to_owned()),
    }
    lines.extend(observations(&receipt, came.as_ref(), &found)?);
    // Nothing is called good before everything is.
    lines.into_iter().for_each(say);
    Ok(())
}

/// What is said of a refusal with the receipt of a permit: of which stop there is an entry.
pub(super) fn overtaken(receipt: &Receipt, permit: &Entry, stop: Option<&Entry>) -> Option<String> {
    let stop = match stop {
        Some(stop) => format!("; de stop zelf staat in {}", stop.name),
        None if receipt.has_entered_stop(permit) => "; een regel over die stop is er (nog) niet".to_owned(),
        None => String::new(),
    };
    receipt.is_overtaken(permit).then(|| format!("{OVERTAKEN}{stop}"))
}

/// What is said of the sentences in the file.
pub(super) fn sentences(receipt: &Receipt, entry: &Entry) -> Option<&'static str> {
    match receipt.sentences(entry) {
        Sentences::Held => Some(SENTENCES),
        Sentences::Unheld => Some(NO_SENTENCES),
        // An answer has others, of which the receipt knows nothing.
        Sentences::Absent => (receipt.says.outcome != Some(Kind::Refused)).then_some(NO_SENTENCES),
    }
}

fn wrong(error: ReceiptError) -> anyhow::Error {
    anyhow!("fout: {error}")
}

/// What is said of the observations in the file; nothing for a refusal.
pub(super) fn observations(
    receipt: &Receipt,
    came: Option<&Delivered>,
    found: &Found,
) -> Result<Option<String>> {
    let why = match (came, &found.entry) {
        _ if receipt.says.outcome == Some(Kind::Refused) => return Ok(None),
        (None, _) => "die staan niet in het bestand",
        (Some(_), None) => "de regel over de levering is alleen te zien met --token-file of --folder",
        (Some(came), Some(permit)) => {
            let held = |entry: &&Entry| receipt.verify_delivery(entry, came).is_ok();
            if let Some(entry) = found.deliveries.iter().find(held) {
                return Ok(Some(format!(
                    "goed: de {} waarnemingen in het bestand zijn die van de levering in {}",
                    came.rows, entry.name
                )));
            }
            let whole = |entry: &Entry| entry.delivered().is_some_and(|sent| sent.rows <= came.rows);
            match found.deliveries.first() {
                None => "er is (nog) geen regel over deze levering",
                Some(_) if permit.permits_a_stream() && !found.deliveries.iter().any(whole) => {
                    "dit is een deel van een stroom, en de levering is als geheel vastgelegd"
                }
                Some(entry) => {
                    receipt.verify_delivery(entry, came).map_err(wrong)?;
                    return Ok(None);
                }
            }
        }
    };
    Ok(Some(format!("{UNSEEN}{why}")))
}

/// What a folder has: the newest state that proves the receipt, and the entries that it has.
fn in_folder(receipt: &Receipt, folder: &Folder, given: Option<NoteVerifier>) -> Result<Found> {
    let key = folder.log_key()?.context("in de map staat geen sleutel van het logboek")?;
    ensure!(given.is_none_or(|given| given == key), super::other_key(&key, folder));
    let evidence = folder.evidence(key.clone())?;
    for note in &evidence.checkpoints {
        signed::<Checkpoint>(note, &key).map_err(|what| anyhow!("fout: de stand in de map: {what}"))?;
    }
    let stated = evidence.statements.iter().map(|note| signed::<Statement>(note, &key));
    let stated = stated.map(|stated| stated.map(|statement| statement.log.size));
    let stated = stated.collect::<Result<Vec<u64>, _>>();
    let stated = stated.map_err(|what| anyhow!("fout: de verklaring in de map: {what}"))?;
    // A state that a witness saw has no tiles of entries: the newest that proves it will do.
    let states = evidence.signed_states();
    let proves = |log: &Checkpoint, receipt: &Receipt| receipt.verify(log, |tile| folder.tile(tile));
    let proved = states.iter().find(|log| proves(log, receipt).is_ok());
    let log = proved.or(states.first()).context("in de map staat geen ondertekende stand")?.clone();
    proves(&log, receipt).map_err(wrong)?;
    let entry = folder.entry(receipt.index)?;
    // What came after the last audit may still be shown; who sees all entries has every one that is proved.
    if entry.is_none() && (folder.is_whole() || stated.iter().any(|size| *size > receipt.index)) {
        bail!(wrong(receipt.wrong(What::NotSeen)));
    }
    let is_stop = |other: &&Entry| entry.as_ref().is_some_and(|permit| receipt.is_stopped_by(permit, other));
    let stop = evidence.entries.iter().find(is_stop).cloned();
    let of_it = |entry: &Entry| entry.is_delivery_of(&receipt.transaction_id);
    let deliveries: Vec<Entry> = evidence.entries.into_iter().filter(of_it).collect();
    for beside in deliveries.iter().chain(&stop) {
        let place = placed(beside)?;
        ensure!(states.iter().any(|log| proves(log, &place).is_ok()), wrong(place.wrong(What::Inclusion)));
    }
    Ok(Found { log, entry, deliveries, stop })
}

/// What the platform shows now: to anybody the place, and to who may see them the entries.
async fn on_platform(
    receipt: &Receipt,
    came: Option<&Delivered>,
    access: &PartnerAccess,
    given: Option<NoteVerifier>,
) -> Result<Found> {
    let mut platform = Log::at(&access.address).await?;
    let key = match given {
        Some(key) => key,
        None => {
            let key = platform.verifier_key().await?;
            say(format!("sleutel van het logboek, zoals het platform die nu toont: {key}"));
            key
        }
    };
    let note = platform.checkpoint().await?;
    let log: Checkpoint =
        signed(&note, &key).map_err(|what| anyhow!("fout: de stand van het platform: {what}"))?;
    // First: a log that was written anew may have an entry of somebody else there, which is not shown.
    prove(&mut platform, &log, std::slice::from_ref(receipt)).await?;
    let (mut entry, mut deliveries, mut stop) = (None, Vec::new(), None);
    if access.token_file.is_some() || access.demo_as.is_some() {
        let partner = Partner::of(access).await?;
        let (_, shown) = served::in_contract(&served::entry(&partner, receipt.index).await?)?;
        if let Some(came) = came.filter(|_| !shown.agreement.is_empty()) {
            // The log of the checkpoint bounds what is looked through.
            deliveries = served::deliveries(&partner, &shown.agreement, log.size, receipt, came).await?;
        }
        if receipt.has_entered_stop(&shown) {
            stop = served::stop(&partner, log.size, receipt, &shown).await?;
        }
        entry = Some(shown);
    }
    let places = deliveries.iter().chain(&stop).map(placed).collect::<Result<Vec<_>>>()?;
    prove(&mut platform, &log, &places).await?;
    Ok(Found { log, entry, deliveries, stop })
}

/// Holds these places against the tiles that the platform shows.
async fn prove(platform: &mut Log, log: &Checkpoint, places: &[Receipt]) -> Result<()> {
    let mut tiles: HashMap<TileId, Vec<Hash>> = HashMap::new();
    for tile in tiles_for(log.size, places.iter().map(|place| place.index)) {
        tiles.insert(tile, platform.tile(tile).await?);
    }
    for place in places {
        let source = |tile: TileId| tiles.get(&tile).cloned().ok_or("een deel van het logboek ontbreekt");
        place.verify(log, source).map_err(wrong)?;
    }
    Ok(())
}

/// Where an entry says that it stands.
fn placed(entry: &Entry) -> Result<Receipt> {
    let leaf_hash = entry.leaf_hash.parse().with_context(|| format!("de vingerafdruk van {}", entry.name))?;
    let transaction_id = entry.transaction_id.clone();
    Ok(Receipt { index: entry.index, leaf_hash, transaction_id, says: Says::default() })
}
