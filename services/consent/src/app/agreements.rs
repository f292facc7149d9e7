//! Agreements: reading them, drafting them, and what their parties do with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::try_join_all;
use platform::clock::Clock;
use platform::idempotency::Key;
use platform::identity::{Caller, Oin};
use platform::{etag, telemetry};
use time::OffsetDateTime;

use super::organisations::Organisations;
use super::revocations::Revocations;
use super::{Error, View};
use crate::domain::agreement::{Agreement, Document, State, WrongState};
use crate::domain::calendar::day_of;
use crate::domain::content::{Content, Draft, MOST_RECIPIENTS};
use crate::domain::entry::{Action, of_change};
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::signature::{self, Expected, Signature, SignatureKind, WrongClaims};
use crate::jws;
use crate::store::{self, AgreementFilter, Appending, Store};

/// Use cases of agreements.
#[derive(Clone, Debug)]
pub(crate) struct Agreements {
    store: Store,
    clock: Clock,
    organisations: Arc<dyn Organisations>,
    revocations: Revocations,
}

/// A write that is done once: the key under which its answer is kept, and how the answer is written.
pub(crate) struct Once {
    /// None when the caller gave no request id.
    pub(crate) key: Option<Key>,
    /// Writes the answer.
    pub(crate) encode: fn(&Agreement, OffsetDateTime) -> Vec<u8>,
}

/// The answer to a write.
pub(crate) enum Answer {
    /// It was done now.
    New(Box<Agreement>, OffsetDateTime),
    /// It was done before: what was answered then.
    Kept(Vec<u8>),
}

/// Which agreements to list.
pub(crate) struct ListQuery {
    /// Only those in this state.
    pub(crate) state: Option<State>,
    /// Only those before this one.
    pub(crate) before: Option<AgreementId>,
    /// At most this many.
    pub(crate) limit: u64,
}

/// The etag of an agreement as it stands.
pub(crate) fn etag_of(agreement: &Agreement, now: OffsetDateTime) -> String {
    etag::of(&[&agreement.id.id(), agreement.state(now).name(), &agreement.signatures.len().to_string()])
}

impl Agreements {
    /// Over this store; ended agreements are told to `revocations`.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        organisations: Arc<dyn Organisations>,
        revocations: Revocations,
    ) -> Self {
        Self { store, clock, organisations, revocations }
    }

    /// Now.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// One agreement, for its parties and for who sees all.
    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<Agreement, Error> {
        let view = View::of(caller);
        let agreement = match id_of(name)? {
            Some(id) => self.store.agreement(id).await?,
            None => None,
        };
        agreement.filter(|agreement| may_see(&view, agreement)).ok_or_else(|| view.nothing_there(name))
    }

    /// The agreements that the caller may see, the newest first.
    pub(crate) async fn list(&self, caller: &Caller, query: ListQuery) -> Result<Vec<Agreement>, Error> {
        let party = match View::of(caller) {
            View::All => None,
            View::Of(oin) => Some(oin),
            View::Nothing => return Ok(Vec::new()),
        };
        let filter = AgreementFilter { party, state: query.state, before: query.before, limit: query.limit };
        Ok(self.store.agreements(&filter, self.now()).await?)
    }

    /// Drafts an agreement. `draft.provider` is what the caller wrote: its own OIN or nothing.
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        mut draft: Draft,
        once: &Once,
    ) -> Result<Answer, Error> {
        let own = own_organisation(caller, "agreements")?;
        if let Some(kept) = self.done_before(once).await? {
            return Ok(Answer::Kept(kept));
        }
        let mut problems = Vec::new();
        if !draft.provider.oin.is_empty() && draft.provider.oin != own.as_str() {
            problems.push(Problem::new(
                "content.provider.oin",
                format!("is not your organisation; expected {own} or nothing"),
                format!("is niet uw organisatie; verwacht wordt {own} of niets"),
            ));
        }
        draft.provider.oin = own.to_string();
        self.fill_in_names(&mut draft).await?;
        let (id, now) = (AgreementId::new(self.clock.uuid()), self.now());
        let content = match Content::new(id, draft, day_of(now)) {
            Ok(content) if problems.is_empty() => content,
            Ok(_) => return Err(Error::Invalid(problems)),
            Err(more) => {
                problems.extend(more);
                return Err(Error::Invalid(problems));
            }
        };
        let document = Document::of(content)?;
        if let Some(problem) = document.too_large() {
            return Err(Error::Invalid(vec![problem]));
        }
        let agreement = Agreement::draft(id, document, now);
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, once).await? {
            return Ok(Answer::Kept(kept));
        }
        ledger.create_agreement(&agreement).await?;
        self.enter(&mut ledger, &agreement, Action::Drafted, &own, None, now)?;
        finish(ledger, agreement, once, now).await
    }

    /// Puts a draft before its parties.
    pub(crate) async fn propose(
        &self,
        caller: &Caller,
        name: &str,
        etag: &str,
        once: &Once,
    ) -> Result<Answer, Error> {
        let agreement = self.as_party(caller, name).await?;
        let own = own_organisation(caller, name)?;
        if agreement.document.content.terms().provider.oin != own {
            return Err(Error::OtherOrganisation(name.to_owned()));
        }
        let (mut ledger, agreement) = match self.begin_change(agreement.id, once).await? {
            Begun::Kept(kept) => return Ok(Answer::Kept(kept)),
            Begun::Now(ledger, agreement) => (*ledger, *agreement),
        };
        let now = self.now();
        if !etag.is_empty() && etag != etag_of(&agreement, now) {
            return Err(Error::EtagMismatch(name.to_owned()));
        }
        let proposed = agreement.propose(now).map_err(|wrong| wrong_state(name, wrong))?;
        ledger.update_agreement(&agreement, &proposed).await?;
        self.enter(&mut ledger, &proposed, Action::Proposed, &own, None, now)?;
        finish(ledger, proposed, once, now).await
    }

    /// Places a signature of the caller's organisation, and does what it says.
    pub(crate) async fn sign(
        &self,
        caller: &Caller,
        name: &str,
        kind: SignatureKind,
        jws: String,
        once: &Once,
    ) -> Result<Answer, Error> {
        let agreement = self.as_party(caller, name).await?;
        let own = own_organisation(caller, name)?;
        if let Some(kept) = self.done_before(once).await? {
            return Ok(Answer::Kept(kept));
        }
        // Keys are looked up after this moment: a key that was withdrawn by then signs nothing here.
        let received = self.now();
        self.check_signature(&agreement, &own, kind, &jws).await?;
        let (mut ledger, agreement) = match self.begin_change(agreement.id, once).await? {
            Begun::Kept(kept) => return Ok(Answer::Kept(kept)),
            Begun::Now(ledger, agreement) => (*ledger, *agreement),
        };
        let now = self.now();
        let placed = Signature { oin: own.clone(), kind, jws: jws.clone(), create_time: received };
        let (changed, action) = match kind {
            SignatureKind::Accept => (agreement.accept(placed, now), Action::Signed),
            SignatureKind::Reject => (agreement.reject(placed, now).map(Some), Action::Rejected),
            SignatureKind::Revoke => (agreement.revoke(placed, now).map(Some), Action::Revoked),
        };
        let Some(changed) = changed.map_err(|wrong| wrong_state(name, wrong))? else {
            return finish(ledger, agreement, once, now).await;
        };
        ledger.update_agreement(&agreement, &changed).await?;
        self.enter(&mut ledger, &changed, action, &own, Some(jws), now)?;
        let answer = finish(ledger, changed, once, now).await?;
        if kind == SignatureKind::Revoke {
            self.revocations.look_now();
        }
        Ok(answer)
    }

    async fn fill_in_names(&self, draft: &mut Draft) -> Result<(), Error> {
        let oins: BTreeSet<Oin> = std::iter::once(&draft.provider)
            .chain(draft.recipients.iter().take(MOST_RECIPIENTS))
            .filter_map(|party| party.oin.parse().ok())
            .collect();
        let found = try_join_all(oins.iter().map(|oin| self.organisations.look_up(oin))).await?;
        let names: BTreeMap<String, String> =
            found.into_iter().flatten().map(|found| (found.oin.to_string(), found.display_name)).collect();
        for party in std::iter::once(&mut draft.provider).chain(&mut draft.recipients) {
            party.display_name = names.get(&party.oin).cloned();
        }
        draft.purpose_display_name = match draft.purpose.strip_prefix("purposes/") {
            Some(code) if crate::domain::name::is_code(code) => {
                self.store.purpose(code).await?.map(|purpose| purpose.display_name)
            }
            _ => None,
        };
        Ok(())
    }

    /// The agreement, when the caller's organisation is a party to it that may see it.
    async fn as_party(&self, caller: &Caller, name: &str) -> Result<Agreement, Error> {
        let own = own_organisation(caller, name)?;
        let agreement = match id_of(name)? {
            Some(id) => self.store.agreement(id).await?,
            None => None,
        };
        agreement
            .filter(|agreement| agreement.shown_to(&own))
            .ok_or_else(|| Error::OtherOrganisation(name.to_owned()))
    }

    /// Checks that the party signed this agreement, with a key of its own, and says `kind` by it.
    async fn check_signature(
        &self,
        agreement: &Agreement,
        party: &Oin,
        kind: SignatureKind,
        jws: &str,
    ) -> Result<(), Error> {
        let foreign = || Error::ForeignSignature(party.to_string());
        let key_id = jws::key_id(jws).map_err(|_| malformed())?;
        let organisation = self.organisations.look_up(party).await?.ok_or_else(foreign)?;
        let registered =
            organisation.keys.into_iter().find(|key| key.thumbprint == key_id).ok_or_else(foreign)?;
        let claims = match jws::verify(jws, &registered.key) {
            Ok(claims) => claims,
            Err(jws::Error::OtherKey) => return Err(foreign()),
            Err(jws::Error::Malformed | jws::Error::Sign) => return Err(malformed()),
        };
        let expected = Expected {
            kind,
            content_hash: &agreement.document.content_hash,
            drafted: agreement.create_time,
            key_registered: registered.create_time,
            key_withdrawn: registered.withdraw_time,
        };
        // A withdrawal that is known counts, also when the clock here is behind.
        let placed = registered.withdraw_time.map_or(self.now(), |withdrawn| withdrawn.max(self.now()));
        signature::check(&claims, &expected, placed)
            .map_err(|wrong| Error::WrongSignature(wrong_claims(wrong, kind)))
    }

    /// The answer that was given to this request before.
    async fn done_before(&self, once: &Once) -> Result<Option<Vec<u8>>, Error> {
        match &once.key {
            Some(key) => Ok(self.store.recall(key).await?),
            None => Ok(None),
        }
    }

    async fn begin_change(&self, id: AgreementId, once: &Once) -> Result<Begun, Error> {
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, once).await? {
            return Ok(Begun::Kept(kept));
        }
        let agreement = ledger.agreement(id).await?.ok_or_else(|| Error::OtherOrganisation(id.name()))?;
        Ok(Begun::Now(Box::new(ledger), Box::new(agreement)))
    }

    fn enter(
        &self,
        ledger: &mut Appending,
        agreement: &Agreement,
        action: Action,
        by: &Oin,
        jws: Option<String>,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let transaction_id = self.clock.uuid().to_string();
        let entry = of_change(agreement, action, by, jws, transaction_id, telemetry::trace_id());
        ledger.append(entry, now)?;
        Ok(())
    }
}

/// A change that began.
enum Begun {
    /// It was done before.
    Kept(Vec<u8>),
    /// Nobody else changes the agreement now.
    Now(Box<Appending>, Box<Agreement>),
}

async fn recall(ledger: &Appending, once: &Once) -> Result<Option<Vec<u8>>, Error> {
    match &once.key {
        Some(key) => Ok(key.recall(ledger.transaction()).await.map_err(store::Error::from)?),
        None => Ok(None),
    }
}

async fn finish(
    ledger: Appending,
    agreement: Agreement,
    once: &Once,
    now: OffsetDateTime,
) -> Result<Answer, Error> {
    if let Some(key) = &once.key {
        let answer = (once.encode)(&agreement, now);
        key.remember(ledger.transaction(), answer, now).await.map_err(store::Error::from)?;
    }
    ledger.commit().await?;
    Ok(Answer::New(Box::new(agreement), now))
}

fn own_organisation(caller: &Caller, resource: &str) -> Result<Oin, Error> {
    caller.organisation.clone().ok_or_else(|| Error::OtherOrganisation(resource.to_owned()))
}

fn may_see(view: &View, agreement: &Agreement) -> bool {
    match view {
        View::All => true,
        View::Of(oin) => agreement.shown_to(oin),
        View::Nothing => false,
    }
}

/// The id in a name; none for a name that no agreement has.
fn id_of(name: &str) -> Result<Option<AgreementId>, Error> {
    if name.starts_with("agreements/") {
        return Ok(AgreementId::of_name(name));
    }
    Err(Error::Invalid(vec![Problem::new("name", "is not agreements/{id}", "is geen agreements/{id}")]))
}

fn wrong_state(agreement: &str, wrong: WrongState) -> Error {
    Error::WrongState { agreement: agreement.to_owned(), wrong }
}

fn malformed() -> Error {
    Error::WrongSignature(Problem::new(
        "jws",
        "is not a compact JWS with header alg and kid and payload contract_content_hash, type and signed_at",
        "is geen compacte JWS met in de kop alg en kid en als inhoud contract_content_hash, type en signed_at",
    ))
}

fn wrong_claims(wrong: WrongClaims, kind: SignatureKind) -> Problem {
    let kind = kind.name();
    let (en, nl) = match wrong {
        WrongClaims::Kind => {
            (format!("has another type than \"{kind}\""), format!("heeft een ander type dan \"{kind}\""))
        }
        WrongClaims::Hash => (
            "is over other content; sign the content_hash of this agreement".to_owned(),
            "gaat over een andere inhoud; onderteken de content_hash van deze afspraak".to_owned(),
        ),
        WrongClaims::TooEarly => (
            "has a signed_at from before the agreement was drafted or the key was registered".to_owned(),
            "heeft een signed_at van voordat de afspraak of de sleutel er was".to_owned(),
        ),
        WrongClaims::KeyWithdrawn => (
            "was made with a key that was withdrawn; sign with a key that is in use, or register one".to_owned(),
            "is gezet met een ingetrokken sleutel; teken met een sleutel die in gebruik is, of registreer er een"
                .to_owned(),
        ),
        WrongClaims::InFuture => (
            "has a signed_at in the future; check your clock".to_owned(),
            "heeft een signed_at in de toekomst; controleer uw klok".to_owned(),
        ),
    };
    Problem::new("jws", en, nl)
}
