//! What the parties to an agreement do with it, each by its signature.

use platform::identity::{Caller, Oin};
use time::OffsetDateTime;

use super::{Agreements, Answer, Begun, Entering, Once, finish, not_placed, own_organisation};
use crate::app::{Error, shown};
use crate::domain::agreement::{Agreement, State};
use crate::domain::entry::Action;
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::replacement::{self, NotReplaceable};
use crate::domain::signature::{self, Expected, Signature, SignatureKind, WrongClaims};
use crate::jws;
use crate::store::{self, Appending};

impl Agreements {
    /// Places a signature of the caller's organisation, and does what it says.
    pub(crate) async fn sign(
        &self,
        caller: &Caller,
        name: &str,
        kind: SignatureKind,
        jws: String,
        once: &Once,
    ) -> Result<Answer, Error> {
        if matches!(kind, SignatureKind::Revoke | SignatureKind::Suspend) {
            return self.stop(caller, name, kind, jws, once).await;
        }
        let agreement = self.as_party(caller, name).await?;
        let own = own_organisation(caller, name)?;
        if let Some(kept) = self.done_before(once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        // Keys are looked up after this moment: a key that was withdrawn by then signs nothing here.
        let received = self.now();
        let signed = (agreement.document.content_hash.as_str(), agreement.create_time);
        self.check_signature(signed, &own, kind, &jws).await?;
        let placed = Signature { oin: own.clone(), kind, jws, create_time: received };
        let mut protected = false;
        let (mut ledger, agreement, changed, now) = loop {
            let (ledger, agreement) = match self.begin_change(agreement.id, once.key.as_ref()).await? {
                Begun::Kept(kept) => return Ok(Answer::Kept(kept)),
                Begun::Now(ledger, agreement) => (*ledger, *agreement),
            };
            let now = self.now();
            let Some(changed) = agreement.place(placed.clone(), now).map_err(|why| not_placed(name, why))?
            else {
                return finish(ledger, Ok(agreement), once, now).await;
            };
            if protected || !became_active(&agreement, &changed) {
                break (ledger, agreement, changed, now);
            }
            // Others go on while the figures are looked at; then it is begun again.
            drop(ledger);
            self.protect(&agreement, &own).await?;
            protected = true;
        };
        let became_active = became_active(&agreement, &changed);
        let replaced = if became_active {
            self.replaced_by(&mut ledger, &changed, &own, now).await?
        } else {
            if kind == SignatureKind::Accept {
                self.refuse_in_vain(&mut ledger, &changed, &own, now).await?;
            }
            None
        };
        ledger.update_agreement(&agreement, &changed).await?;
        let signed = Entering { signature: Some(&placed), ..Entering::new(kind.action(), &own, &self.clock) };
        let transaction_id = signed.transaction_id.clone();
        signed.enter(&mut ledger, &changed, now)?;
        if let Some((before, after)) = &replaced {
            ledger.update_agreement(before, after).await?;
            let entering = Entering { action: Action::Replaced, by: &own, signature: None, transaction_id };
            entering.enter(&mut ledger, after, now)?;
        }
        let answer = finish(ledger, Ok(changed), once, now).await?;
        if replaced.is_some() {
            self.revocations.look_now();
        }
        Ok(answer)
    }

    /// Makes sure that the figures can be delivered with the protection that is agreed. What is in the
    /// way is for the provider; another party hears that something is.
    async fn protect(&self, agreement: &Agreement, by: &Oin) -> Result<(), Error> {
        let terms = agreement.document.content.terms();
        match self.figures.protect(&terms.scope.dataset, terms.protection).await? {
            None => Ok(()),
            Some(obstacle) => Err(Error::NotProtected {
                agreement: agreement.id.name(),
                release: obstacle.release.clone(),
                obstacle: (terms.provider.oin == *by).then_some(obstacle),
            }),
        }
    }

    /// Refuses a signature, not the last one, under what can never take the place of the agreement that it replaces.
    /// What another day or a mended row may still allow goes on.
    async fn refuse_in_vain(
        &self,
        ledger: &mut Appending,
        new: &Agreement,
        signer: &Oin,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        match self.replaced_by(ledger, new, signer, now).await {
            Err(Error::CannotReplace { why, .. }) if !why.is_for_good() => Ok(()),
            Ok(_) | Err(Error::Damaged(_) | Error::Store(store::Error::Corrupt(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The agreement whose place an agreement takes that all have signed now, before and after.
    async fn replaced_by(
        &self,
        ledger: &mut Appending,
        new: &Agreement,
        signer: &Oin,
        now: OffsetDateTime,
    ) -> Result<Option<(Agreement, Agreement)>, Error> {
        let content = &new.document.content;
        let Some(replaces) = &content.terms().replaces else {
            return Ok(None);
        };
        let cannot = |state, why| Error::CannotReplace {
            agreement: new.id.name(),
            replaced: replaces.clone(),
            state,
            why,
        };
        let old = match AgreementId::of_name(replaces) {
            Some(id) => ledger.agreement(id).await.map_err(|error| shown::unread(id, error)),
            None => Ok(None),
        };
        let old = match old {
            // To who is no party to it, a damaged agreement is as any other one of others.
            Err(Error::Damaged(id)) if !self.store.lists(id, signer).await? => {
                return Err(cannot(None, NotReplaceable::OtherParties));
            }
            old => old?.ok_or(store::Error::Corrupt("the agreement that another one replaces"))?,
        };
        let earlier = ledger.earlier(old.id).await?;
        match replacement::check(content, &old, &earlier, now) {
            Ok(_) => {}
            Err(NotReplaceable::EarlierDamaged(id)) => return Err(Error::Damaged(id)),
            Err(why) => return Err(cannot(old.shown_to(signer).then(|| old.state(now)), why)),
        }
        let after = old.replaced(new.id, now);
        Ok(Some((old, after)))
    }

    /// Checks that the party signed this content, of an agreement that was drafted then, with a key of its
    /// own, and says `kind` by it.
    pub(super) async fn check_signature(
        &self,
        (content_hash, drafted): (&str, OffsetDateTime),
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
            content_hash,
            drafted,
            key_registered: registered.create_time,
            key_withdrawn: registered.withdraw_time,
        };
        // A withdrawal that is known counts, also when the clock here is behind.
        let placed = registered.withdraw_time.map_or(self.now(), |withdrawn| withdrawn.max(self.now()));
        signature::check(&claims, &expected, placed)
            .map_err(|wrong| Error::WrongSignature(wrong_claims(wrong, kind)))
    }
}

fn became_active(before: &Agreement, after: &Agreement) -> bool {
    before.recorded == State::Proposed && after.recorded == State::Active
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
