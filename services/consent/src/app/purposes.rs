//! The closed list of purposes.

use std::collections::HashSet;
use std::sync::Arc;

use platform::clock::Clock;
use platform::idempotency::{Answer, Key};
use platform::{etag, telemetry};
use serde::Deserialize;
use time::OffsetDateTime;

use super::Error;
use super::decisions::refuse;
use super::programme::Programme;
use crate::domain::entry::{of_purpose, of_renaming};
use crate::domain::name::{is_code, is_line_to_read};
use crate::domain::problem::Problem;
use crate::domain::purpose::{Purpose, PurposeChange, is_new_code, is_served};
use crate::store::{self, Appending, Store};

/// Most purposes that are looked through at once; the programme has some tens.
pub(super) const MOST_PURPOSES: u64 = 1000;

/// Why a list of purposes was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines are wrong; nothing was changed.
    #[error("the list of purposes is wrong: {}", .0.join("; "))]
    Lines(Vec<String>),
    /// The store failed.
    #[error("the list of purposes cannot be stored: {0}")]
    Store(#[from] store::Error),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    code: String,
    naam: String,
    dient: String,
}

/// Adds the purposes of a CSV file in UTF-8 with the columns code, naam and dient that are not there
/// yet, enters them in the ledger, and tells how many those were. What is there stays as it is. Of what a
/// purpose serves only the form is checked: the file comes with the program, whose tests hold it against the
/// programme, and is loaded while the service of the programme may still start.
///
/// # Errors
/// Every line that is wrong; nothing is changed then. Or when the store fails.
pub async fn import_purposes(store: &Store, clock: &Clock, csv: &[u8]) -> Result<usize, ImportError> {
    let lines = parse(csv).map_err(ImportError::Lines)?;
    let mut ledger = store.begin_append().await?;
    let (now, mut added) = (clock.now(), 0);
    for Line { code, naam, dient } in lines {
        if ledger.purpose(&code).await?.is_none() {
            add(&mut ledger, &Purpose::new(code, naam, dient, now), clock).await?;
            added += 1;
        }
    }
    ledger.commit().await?;
    Ok(added)
}

/// Adds a purpose, and enters that.
async fn add(ledger: &mut Appending, new: &Purpose, clock: &Clock) -> Result<(), store::Error> {
    ledger.add_purpose(new).await?;
    let transaction_id = clock.uuid().to_string();
    ledger.append(of_purpose(new, transaction_id, telemetry::trace_id()), new.create_time)?;
    Ok(())
}

fn parse(csv: &[u8]) -> Result<Vec<Line>, Vec<String>> {
    let (mut purposes, mut wrong, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    // The header is line 1.
    for (number, line) in (2..).zip(reader.deserialize::<Line>()) {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                wrong.push(format!("line {number}: {error}"));
                continue;
            }
        };
        let mut require = |right: bool, problem: &str| {
            if !right {
                wrong.push(format!("line {number}: {problem}"));
            }
        };
        require(is_code(&line.code), "code is not a code");
        require(seen.insert(line.code.clone()), "code stands in the list already");
        require(is_line_to_read(&line.naam), "naam is empty or not one line to read");
        require(is_served(&line.dient), "dient is neither goals/{code} nor inspanningen/{code}");
        purposes.push(line);
    }
    if purposes.is_empty() && wrong.is_empty() {
        wrong.push("there are no purposes".to_owned());
    }
    if wrong.is_empty() { Ok(purposes) } else { Err(wrong) }
}

/// The etag of a purpose: another one after every change.
pub(crate) fn etag_of(purpose: &Purpose) -> String {
    etag::of(&[&purpose.code, &purpose.display_name, &purpose.serves, &purpose.update_time.to_string()])
}

/// Keeps the list of purposes.
#[derive(Clone, Debug)]
pub(crate) struct Purposes {
    store: Store,
    clock: Clock,
    programme: Arc<dyn Programme>,
}

impl Purposes {
    /// Over this store and this programme.
    pub(crate) fn new(store: Store, clock: Clock, programme: Arc<dyn Programme>) -> Self {
        Self { store, clock, programme }
    }

    /// One purpose.
    pub(crate) async fn get(&self, code: &str) -> Result<Purpose, Error> {
        self.store.purpose(code).await?.ok_or_else(|| not_found(code))
    }

    /// At most `limit` purposes, after so many.
    pub(crate) async fn list(&self, skip: u64, limit: u64) -> Result<Vec<Purpose>, Error> {
        Ok(self.store.purposes(skip, limit).await?)
    }

    /// Adds a purpose.
    pub(crate) async fn create<A: Answer<Purpose>>(
        &self,
        code: String,
        display_name: String,
        serves: String,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        if let Some(answer) = self.done_before(key).await? {
            return Ok(answer);
        }
        let given = PurposeChange { display_name: Some(display_name.clone()), serves: Some(serves.clone()) };
        let mut problems = Vec::new();
        if !is_new_code(&code) {
            problems.push(Problem::new(
                "purpose_id",
                "is not 3 to 63 of a-z, 0-9 and hyphen, a letter first",
                "bestaat niet uit 3 tot en met 63 keer a-z, 0-9 of een streepje, met een letter vooraan",
            ));
        }
        self.check(&given, problems).await?;
        let mut ledger = self.store.begin_append().await?;
        if let Some(answer) = recall(&ledger, key).await? {
            return Ok(answer);
        }
        if ledger.purpose(&code).await?.is_some() {
            return Err(Error::AlreadyExists(format!("purposes/{code}")));
        }
        let now = self.clock.now();
        let new = Purpose::new(code, display_name, serves, now);
        add(&mut ledger, &new, &self.clock).await?;
        finish(ledger, new, key, now).await
    }

    /// Changes the name of a purpose that has `etag`; an empty one stands for any. Who has it in an agreement that
    /// is open reads so in the ledger.
    pub(crate) async fn update<A: Answer<Purpose>>(
        &self,
        code: &str,
        change: PurposeChange,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        if let Some(answer) = self.done_before(key).await? {
            return Ok(answer);
        }
        refuse(change.problems())?;
        let mut ledger = self.store.begin_append().await?;
        if let Some(answer) = recall(&ledger, key).await? {
            return Ok(answer);
        }
        let (old, now) = (ledger.purpose(code).await?.ok_or_else(|| not_found(code))?, self.clock.now());
        if !etag.is_empty() && etag != etag_of(&old) {
            return Err(Error::EtagMismatch(old.name()));
        }
        refuse(change.breaks(&old).into_iter().collect())?;
        let changed = old.changed(change, now);
        if changed != old {
            // In the transaction, so that what is proposed meanwhile comes before or after the entry.
            let told = ledger.have_agreed_on(&changed.name(), now).await?;
            ledger.rename_purpose(&changed).await?;
            let transaction_id = self.clock.uuid().to_string();
            for entry in of_renaming(&old, &changed, told, &transaction_id, &telemetry::trace_id()) {
                ledger.append(entry, now)?;
            }
        }
        finish(ledger, changed, key, now).await
    }

    /// Refuses what no purpose can have, and a goal or inspanning that does not exist.
    async fn check(&self, given: &PurposeChange, mut problems: Vec<Problem>) -> Result<(), Error> {
        problems.extend(given.problems());
        if let Some(serves) = given.serves.as_deref().filter(|serves| is_served(serves))
            && !self.programme.exists(serves).await?
        {
            problems.push(Problem::new(
                "purpose.serves",
                format!("{serves} does not exist; see ListGoals and ListInspanningen"),
                format!("{serves} bestaat niet; kies een doel van het programma (/v1/goals) of een inspanning (/v1/inspanningen)"),
            ));
        }
        refuse(problems)
    }

    /// The answer that was given to this request before. Only reads, and asks nobody else.
    async fn done_before<A: Answer<Purpose>>(&self, key: Option<&Key>) -> Result<Option<A>, Error> {
        let Some(key) = key else { return Ok(None) };
        self.store.recall(key).await?.as_deref().map(read).transpose()
    }
}

/// The answer that was given to this request before, in the transaction in which it is done.
async fn recall<A: Answer<Purpose>>(ledger: &Appending, key: Option<&Key>) -> Result<Option<A>, Error> {
    let Some(key) = key else { return Ok(None) };
    let kept = key.recall(ledger.transaction()).await.map_err(store::Error::from)?;
    kept.as_deref().map(read).transpose()
}

/// Keeps the answer beside what was done, durably, and gives it.
async fn finish<A: Answer<Purpose>>(
    ledger: Appending,
    purpose: Purpose,
    key: Option<&Key>,
    now: OffsetDateTime,
) -> Result<A, Error> {
    let answer = A::from(purpose);
    if let Some(key) = key {
        let kept = answer.encode_to_vec();
        key.remember(ledger.transaction(), kept, now).await.map_err(store::Error::from)?;
    }
    ledger.commit().await?;
    Ok(answer)
}

/// An answer as it was kept.
fn read<A: Answer<Purpose>>(kept: &[u8]) -> Result<A, Error> {
    A::decode(kept).map_err(|_| store::Error::Corrupt("a kept answer").into())
}

fn not_found(code: &str) -> Error {
    Error::NotFound(format!("purposes/{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_programme_is_read() {
        let purposes =
            parse(include_bytes!("../../../../data/programma/doelbindingen.csv")).expect("the list");
        assert_eq!(purposes.len(), 7);
        assert_eq!(purposes[0].code, "vroegsignalering-schulden");
        assert_eq!(purposes[0].dient, "inspanningen/7A");
    }

    #[test]
    fn every_wrong_line_is_named() {
        let csv = "code,naam,dient\na,A,goals/S1\na,A,goals/S1\nb c,,goals/S1\nd,D,plannen/1\ne,E\n";
        let wrong = parse(csv.as_bytes()).expect_err("wrong lines");
        for (problem, number) in wrong.iter().zip([3, 4, 4, 5, 6]) {
            assert!(problem.starts_with(&format!("line {number}:")), "{problem}");
        }
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        assert!(parse(b"").is_err() && parse(b"code;naam;dient\na;A;goals/S1\n").is_err());
        assert!(parse(&[0xff, 0xfe]).is_err());
    }
}
