//! `alliantie ledger audit`: a party downloads what it may see, and checks it from the folder alone.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, bail, ensure};
use ledger::audit::{End, Evidence, Lost, Report, signed};
use ledger::{Checkpoint, KeyKind, NoteVerifier, Statement};
use proto::consent::v1 as pb;

use super::cosigned::{self, Cosignature};
use super::folder::Folder;
use super::served::{self, Log};
use crate::cli::{Audit, PartnerAccess};
use crate::client::Partner;
use crate::output::{Incomplete, say};

/// How many faults are said at most.
const SAID: usize = 100;
/// How many permits without a delivery are named.
const NAMED: usize = 5;

pub(super) async fn run(arguments: Audit) -> Result<()> {
    let Audit { folder, offline, address, token_file, demo_as, log_key, witness_key } = arguments;
    ensure!(
        witness_key.iter().all(|key| key.kind() == KeyKind::Cosigner),
        "--witness-key is de sleutel van een getuige, zoals alliantie ledger witness die toont"
    );
    let folder = if offline {
        Folder::existing(&folder)?
    } else {
        let folder = Folder::make(&folder)?;
        download(&folder, &PartnerAccess { address, token_file, demo_as }, log_key.clone()).await?;
        folder
    };
    let kept = folder.log_key()?.context("in de map staat geen sleutel van het logboek")?;
    ensure!(log_key.is_none_or(|given| given == kept), super::other_key(&kept, &folder));
    let cosignatures = cosigned::check(&folder.evidence(kept.clone())?, &witness_key);
    cosignatures.iter().for_each(|cosignature| say(cosignature.to_string()));
    let renewed = folder.renew_sentences()?;
    let report = check(&folder, kept)?;
    told(&report);
    renewed_in_dutch(&renewed).into_iter().for_each(say);
    verdict(&report, &cosignatures, !witness_key.is_empty())
}

/// Says that all is well when everything is.
fn verdict(report: &Report, cosignatures: &[Cosignature], by_witnesses: bool) -> Result<()> {
    let mut wrong = Vec::new();
    match report.faults.len() {
        0 => {}
        1 => wrong.push("het logboek klopt niet op één punt; bewaar de map als bewijs".to_owned()),
        many => wrong.push(format!("het logboek klopt niet op {many} punten; bewaar de map als bewijs")),
    }
    if by_witnesses && cosignatures.iter().all(|cosignature| cosignature.right != Some(true)) {
        let nobody = "geen van de getuigen van --witness-key heeft een stand in de map goed medeondertekend";
        wrong.push(nobody.to_owned());
    }
    ensure!(wrong.is_empty(), "fout: {}", wrong.join("; "));
    if !report.unknown.is_empty() {
        let partly = "wat gecontroleerd kon worden klopt en er ontbreekt niets, maar niet alles kon gecontroleerd worden";
        return Err(Incomplete(partly.to_owned()).into());
    }
    say("goed: alles klopt en er ontbreekt niets");
    Ok(())
}

/// Puts into the folder what the platform shows now.
pub(super) async fn download(
    folder: &Folder,
    access: &PartnerAccess,
    log_key: Option<NoteVerifier>,
) -> Result<()> {
    let partner = Partner::of(access).await?;
    let mut log = Log::at(&access.address).await?;
    let key = super::pinned(folder, log_key, &mut log).await?;

    // The statement comes after the checkpoints: an honest one is never of an older log.
    let checkpoint = log.checkpoint().await?;
    let state: Checkpoint =
        signed(&checkpoint, &key).map_err(|what| anyhow!("de stand van het platform: {what}"))?;
    let witnessed = log.witnessed().await?;
    let stated = match served::statement(&partner).await? {
        None => None,
        Some(note) => {
            let statement: Statement =
                signed(&note, &key).map_err(|what| anyhow!("de verklaring van het platform: {what}"))?;
            Some((note, statement))
        }
    };
    same_reader(folder, stated.as_ref().map(|(_, statement)| statement.oin.as_str()))?;
    folder.keep_checkpoint(&checkpoint, &state)?;
    if let Some(note) = witnessed {
        let state: Checkpoint = signed(&note, &key)
            .map_err(|what| anyhow!("de medeondertekende stand van het platform: {what}"))?;
        folder.keep_witnessed(&note, &state)?;
    }
    let size = match &stated {
        Some((note, statement)) => {
            folder.keep_statement(note, &statement.log)?;
            statement.log.size
        }
        None => state.size,
    };
    let newest = newest(&folder.evidence(key.clone())?)?;
    ensure!(
        size >= newest.size,
        "fout: het platform geeft een verklaring over {size} regels, maar toonde een stand van {} regels; wat \
         daarna kwam zou zo niet te controleren zijn; bewaar de map als bewijs",
        newest.size
    );
    let shown = served::entries(&partner, size).await?;
    if stated.is_none() {
        // Not before the entries were shown: who may see none has no folder of all of them.
        folder.keep_whole()?;
    }
    keep_entries(folder, &shown, size)?;
    let evidence = folder.evidence(key)?;
    log.fetch(&newest, &evidence.tiles().collect(), folder).await
}

/// Checks that the folder is of who asks: of this organisation, or of somebody who sees all entries.
fn same_reader(folder: &Folder, oin: Option<&str>) -> Result<()> {
    let path = folder.path().display();
    match (folder.oin()?, oin) {
        (Some(of), Some(oin)) => {
            ensure!(of == oin, "{path} is de map van organisatie {of}, en u bent {oin}; kies een andere map");
        }
        (Some(of), None) => {
            bail!("{path} is de map van organisatie {of}, en u ziet alles; kies een andere map")
        }
        (None, Some(_)) => {
            ensure!(!folder.is_whole(), "{path} is de map van wie alle regels ziet; kies een andere map");
        }
        (None, None) => {}
    }
    Ok(())
}

/// The newest state in a folder that has one.
fn newest(evidence: &Evidence) -> Result<Checkpoint> {
    evidence.signed_states().into_iter().next().context("in de map staat geen ondertekende stand")
}

/// Keeps the entries of the log of `size` entries, and what differs from what was shown before.
fn keep_entries(folder: &Folder, shown: &[pb::LedgerEntry], size: u64) -> Result<()> {
    let mut there = BTreeSet::new();
    for shown in shown {
        let index = u64::try_from(shown.index).context("het platform toont een plaats onder de 0")?;
        if index >= size {
            continue;
        }
        there.insert(index);
        let (json, now) = served::in_contract(shown)?;
        let json = serde_json::to_string_pretty(&json)?;
        match folder.entry(index)? {
            // What could not be read before is shown again.
            Some(before) if before.damaged && before.leaf_hash == now.leaf_hash => {
                folder.keep_entry(index, &json)?;
            }
            Some(before) if !before.same_evidence(&now) => folder.keep_changed(index, &json)?,
            // Whoever saw the whole entry keeps it whole.
            Some(before) if now.body_json.is_empty() && !before.body_json.is_empty() => {}
            _ => folder.keep_entry(index, &json)?,
        }
    }
    let before = folder.entries()?.into_iter().map(|entry| entry.index).filter(|index| *index < size);
    for index in before.filter(|index| !there.contains(index)) {
        folder.keep_gone(index)?;
    }
    Ok(())
}

/// Checks what the folder has, without a platform.
pub(super) fn check(folder: &Folder, key: NoteVerifier) -> Result<Report> {
    let mut report = folder.evidence(key)?.audit(|tile| folder.tile(tile));
    report.faults.extend(folder.contradictions()?);
    Ok(report)
}

fn told(report: &Report) {
    let Report { faults, entries, headers, states, newest, checked, ends, unchecked, .. } = report;
    for fault in faults.iter().take(SAID) {
        say(fault.to_string());
    }
    if let Some(more @ 1..) = faults.len().checked_sub(SAID) {
        say(format!("en nog {more} punten"));
    }
    let size = newest.as_ref().map_or(0, |newest| newest.size);
    say(format!(
        "{entries} regels gecontroleerd, van {headers} daarvan alleen de kop; {states} ondertekende standen en \
         verklaringen; het logboek had bij de laatste {size} regels; of er iets ontbreekt is gecontroleerd tot \
         en met {checked} regels"
    ));
    for End { agreement, number, index, leaf_hash } in ends {
        say(format!(
            "{agreement}: de laatste regel is nummer {number}, ledger-entries/{index}, vingerafdruk {leaf_hash}; \
             een andere partij hoort bij nummer {number} dezelfde te zien"
        ));
    }
    for agreement in unchecked {
        say(format!(
            "{agreement}: de nummers zijn niet gecontroleerd; uw organisatie is hierbij geen partij, maar er is \
             wel om uw gegevens gevraagd"
        ));
    }
    unknown_in_dutch(&report.unknown).into_iter().for_each(say);
    for Lost { agreement, index } in &report.lost {
        say(format!(
            "{agreement}: na ledger-entries/{index} is niet gecontroleerd of elke regel kan na die ervoor: hoe de \
             afspraak daar van stand veranderde, kent dit programma niet"
        ));
    }
    undelivered_in_dutch(&report.undelivered).into_iter().for_each(say);
    unaccounted_in_dutch(&report.unaccounted).into_iter().for_each(say);
}

/// What is said of entries that this version does not understand.
fn unknown_in_dutch(entries: &[u64]) -> Option<String> {
    let (count, named) = (entries.len(), named(entries));
    let are = if count == 1 { "regel is" } else { "regels zijn" };
    (count > 0).then(|| {
        format!(
            "{count} {are} van een nieuwere versie van het platform: {named}; wat daarin staat begrijpt dit programma \
             niet. Vingerafdrukken, plaats, nummers en volgorde zijn wel gecontroleerd. Neem een nieuwere versie van \
             dit programma om ook de rest te controleren"
        )
    })
}

/// What is said of permits of which it is not known how the delivery ended.
fn undelivered_in_dutch(permits: &[u64]) -> Option<String> {
    let (count, named) = (permits.len(), named(permits));
    (count > 0).then(|| {
        format!(
            "bij {count} toegestane vragen staat (nog) niet hoe de levering afliep: {named}; dat kan als een \
             levering nog loopt, of als het platform intussen is uitgevallen"
        )
    })
}

/// What is said of permits of which the log says that nobody will tell how the delivery ended.
fn unaccounted_in_dutch(permits: &[u64]) -> Option<String> {
    let (count, named) = (permits.len(), named(permits));
    (count > 0).then(|| {
        format!(
            "bij {count} toegestane vragen zegt het platform dat niet bekend is hoe de levering afliep: {named}; \
             het viel uit terwijl die liep. Er kan alles zijn verstuurd wat was toegestaan, of een deel, of niets"
        )
    })
}

/// What is said of entries that had another sentence beside them than they come to.
fn renewed_in_dutch(entries: &[u64]) -> Option<String> {
    let (count, named) = (entries.len(), named(entries));
    let lines = if count == 1 { "regel" } else { "regels" };
    (count > 0).then(|| {
        format!(
            "bij {count} {lines} stond een andere zin (summaryNl) dan uit de regel volgt: {named}; in de map staat nu \
             de zin die dit programma uit de regel maakt, en in contradictions wat er stond"
        )
    })
}

/// The first few of some entries by name, and how many more there are.
fn named(entries: &[u64]) -> String {
    let named: Vec<_> = entries.iter().take(NAMED).map(|index| format!("ledger-entries/{index}")).collect();
    let more = match entries.len().checked_sub(named.len()) {
        Some(more @ 1..) => format!(" en nog {more}"),
        Some(0) | None => String::new(),
    };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_that_was_made_anew_is_of_one_entry() {
        assert_eq!(renewed_in_dutch(&[]), None);
        assert!(renewed_in_dutch(&[3]).unwrap().starts_with("bij 1 regel stond een andere zin"));
        assert!(renewed_in_dutch(&[3, 4]).unwrap().starts_with("bij 2 regels stond een andere zin"));
    }

    #[test]
    fn what_is_not_understood_is_named_and_ends_apart_from_what_is_wrong() {
        let report = Report { unknown: vec![3], ..Report::default() };
        let error = verdict(&report, &[], false).unwrap_err();
        assert!(error.is::<Incomplete>(), "{error}");
        assert!(unknown_in_dutch(&[3]).unwrap().starts_with("1 regel is van een nieuwere versie"));
        let what = ledger::audit::What::Body;
        let faults = vec![ledger::audit::Fault { at: "ledger-entries/3".to_owned(), what }];
        let error = verdict(&Report { faults, ..report }, &[], false).unwrap_err();
        assert!(!error.is::<Incomplete>() && error.to_string().contains("op één punt"), "{error}");
    }

    #[test]
    fn permits_without_a_delivery_are_counted_and_the_first_few_named() {
        assert_eq!(undelivered_in_dutch(&[]), None);
        let few = undelivered_in_dutch(&[7, 12]).unwrap();
        let beginning = "bij 2 toegestane vragen staat (nog) niet hoe de levering afliep: ledger-entries/7, ledger-entries/12; ";
        assert!(few.starts_with(beginning), "{few}");
        let many = undelivered_in_dutch(&(1..=9).collect::<Vec<_>>()).unwrap();
        assert_eq!(unaccounted_in_dutch(&[]), None);
        let lost = unaccounted_in_dutch(&[7]).unwrap();
        assert!(lost.contains("niet bekend is hoe de levering afliep: ledger-entries/7; "), "{lost}");
        assert!(many.contains("ledger-entries/5 en nog 4; ") && !many.contains("ledger-entries/6"), "{many}");
    }
}
