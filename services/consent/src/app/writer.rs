//! The one writer of decisions in this process. It takes all that waits, enters it in one
//! transaction, and answers when that is durable: many decisions share one commit.

mod decision;
mod facts;
mod story_use;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use platform::clock::Clock;
use platform::db::Writes;
use platform::identity::Oin;
use platform::shutdown::Shutdown;
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use self::decision::{Grounds, enter_decision};
use self::facts::{Earlier, enter_delivery, enter_fact, enter_masks, enter_unaccounted};
use self::story_use::enter_use;
use super::decisions::{Exchange, Made, UseMade};
use crate::config::Witnesses;
use crate::domain::decision::Standing;
use crate::domain::entry::{Kind, NewEntry};
use crate::domain::mask::{Masked, UsedMask};
use crate::domain::name::AgreementId;
use crate::domain::oversight::Oversight;
use crate::domain::problem::Problem;
use crate::domain::request::{Delivered, Request};
use crate::domain::story_consent::UseAsked;
use crate::domain::unaccounted::Unaccounted;
use crate::store::{self, Appending, Begins, Contents, EnteredMasks, LastEntries, Seldom};

/// Most commands in one transaction.
const BATCH: usize = 256;
/// How long requests under way may still come in after the order to stop.
const DRAIN: Duration = Duration::from_secs(9);

/// What the writer is asked. A command that is dropped without an answer was not entered.
#[derive(Debug)]
pub(super) enum Command {
    /// Decide, and enter the decision.
    Decide {
        /// What is asked.
        request: Box<Request>,
        /// The exchange.
        exchange: Exchange,
        /// Where the answer goes.
        answer: oneshot::Sender<Made>,
    },
    /// Enter a fact that is about no agreement: once for its transaction.
    Fact {
        /// Which.
        fact: Box<NewEntry>,
        /// Where its place in the ledger goes.
        answer: oneshot::Sender<Result<u64, Problem>>,
    },
    /// Enter masks.
    Masks {
        /// Which.
        masks: Vec<Masked>,
        /// The exchange.
        exchange: Exchange,
        /// Where their places in the ledger go.
        answer: oneshot::Sender<Result<Vec<u64>, Problem>>,
    },
    /// Enter a delivery.
    Delivery {
        /// What.
        delivered: Delivered,
        /// Under which agreement.
        agreement: AgreementId,
        /// The exchange.
        exchange: Exchange,
        /// Where its place in the ledger goes.
        answer: oneshot::Sender<Result<u64, Problem>>,
    },
    /// Decide about the use of a story, and enter the decision.
    StoryUse {
        /// What is asked.
        asked: Box<UseAsked>,
        /// The exchange.
        exchange: Exchange,
        /// Where the answer goes.
        answer: oneshot::Sender<UseMade>,
    },
    /// Enter that nobody told how a delivery ended, unless it was told meanwhile.
    Unaccounted {
        /// What.
        unaccounted: Unaccounted,
        /// Under which agreement.
        agreement: AgreementId,
        /// The exchange.
        exchange: Exchange,
        /// Where the place of what was told goes.
        answer: oneshot::Sender<Result<u64, Problem>>,
    },
}

impl Command {
    fn agreement(&self) -> Option<AgreementId> {
        match self {
            Self::Decide { request, .. } => AgreementId::of_name(&request.agreement),
            Self::Delivery { agreement, .. } | Self::Unaccounted { agreement, .. } => Some(*agreement),
            Self::Fact { .. } | Self::Masks { .. } | Self::StoryUse { .. } => None,
        }
    }

    /// The agreement whose entries it has to follow: when that is damaged, nothing can. A decision is entered
    /// all the same.
    fn follows(&self) -> Option<AgreementId> {
        match self {
            Self::Delivery { agreement, .. } | Self::Unaccounted { agreement, .. } => Some(*agreement),
            Self::Decide { .. } | Self::Fact { .. } | Self::Masks { .. } | Self::StoryUse { .. } => None,
        }
    }

    /// The organisation whose own rules matter.
    fn recipient(&self) -> Option<&Oin> {
        match self {
            Self::Decide { request, .. } => Some(&request.recipient),
            Self::Delivery { .. }
            | Self::Unaccounted { .. }
            | Self::Fact { .. }
            | Self::Masks { .. }
            | Self::StoryUse { .. } => None,
        }
    }

    /// The story whose consents matter.
    fn story(&self) -> Option<&str> {
        if let Self::StoryUse { asked, .. } = self { Some(&asked.story) } else { None }
    }

    /// Whether somebody waits for what comes of it. What was published or delivered is a fact, which
    /// is entered in any case; a decision that nobody hears is none.
    fn counts(&self) -> bool {
        match self {
            Self::Decide { answer, .. } => !answer.is_closed(),
            Self::StoryUse { answer, .. } => !answer.is_closed(),
            Self::Fact { .. } | Self::Masks { .. } | Self::Delivery { .. } | Self::Unaccounted { .. } => true,
        }
    }

    /// The mask by which something was delivered under an agreement.
    fn used_mask(&self, standings: &HashMap<AgreementId, Standing>) -> Option<UsedMask> {
        match self {
            Self::Delivery { delivered, agreement, .. } => {
                delivered.used_mask(standings.get(agreement)?.content.terms().protection)
            }
            Self::Decide { .. }
            | Self::Unaccounted { .. }
            | Self::Fact { .. }
            | Self::Masks { .. }
            | Self::StoryUse { .. } => None,
        }
    }

    /// The transaction whose earlier entries matter.
    fn transaction(&self) -> Option<&str> {
        match self {
            Self::Decide { .. } => None,
            Self::Fact { fact, .. } => Some(&fact.transaction_id),
            Self::Masks { exchange, .. }
            | Self::StoryUse { exchange, .. }
            | Self::Delivery { exchange, .. }
            | Self::Unaccounted { exchange, .. } => Some(&exchange.transaction_id),
        }
    }
}

/// An answer that is given once everything is durable. Who asked may be gone by then.
enum Answer {
    Decided(oneshot::Sender<Made>, Box<Made>),
    Entered(oneshot::Sender<Result<u64, Problem>>, Result<u64, Problem>),
    Masks(oneshot::Sender<Result<Vec<u64>, Problem>>, Result<Vec<u64>, Problem>),
    Used(oneshot::Sender<UseMade>, UseMade),
}

impl Answer {
    fn give(self) {
        match self {
            Self::Decided(to, made) => drop(to.send(*made)),
            Self::Entered(to, entered) => drop(to.send(entered)),
            Self::Masks(to, entered) => drop(to.send(entered)),
            Self::Used(to, made) => drop(to.send(made)),
        }
    }
}

/// The writer.
#[derive(Debug)]
pub(super) struct Writer {
    /// Where those who ask run.
    askers: Handle,
    clock: Clock,
    witnesses: Witnesses,
    contents: Contents,
    last_entries: LastEntries,
    masks: EnteredMasks,
    said: Said,
}

/// What was logged as damaged.
#[derive(Debug)]
struct Said {
    agreements: Seldom<AgreementId>,
    /// By organisation.
    own_rules: Seldom<(Oin, String)>,
}

impl Writer {
    /// A writer by this clock, for those who ask in the runtime of the caller.
    pub(super) fn new(clock: Clock, witnesses: Witnesses) -> Self {
        let (contents, last_entries, masks) = (Contents::new(), LastEntries::new(), EnteredMasks::new());
        let said = Said { agreements: Seldom::new(), own_rules: Seldom::new() };
        Self { askers: Handle::current(), clock, witnesses, contents, last_entries, masks, said }
    }

    /// Gives answers. To wake many who run on other threads takes as long as to enter some of their decisions,
    /// so that is left to a task among them.
    fn answer(&self, mut answers: Vec<Answer>) {
        match answers.pop() {
            Some(only) if answers.is_empty() => only.give(),
            last => drop(self.askers.spawn(async move {
                answers.into_iter().chain(last).for_each(Answer::give);
            })),
        }
    }

    /// Writes until nobody can ask any more, or until the time after the order to stop is over.
    pub(super) async fn run(
        mut self,
        mut begins: impl Begins,
        mut commands: mpsc::Receiver<Command>,
        shutdown: Shutdown,
    ) {
        let drained = async {
            shutdown.wait().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::pin!(drained);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let taken = tokio::select! {
                taken = commands.recv_many(&mut batch, BATCH) => taken,
                () = &mut drained => 0,
            };
            if taken == 0 {
                return;
            }
            match self.enter(&begins, std::mem::take(&mut batch)).await {
                Ok(answers) => self.answer(answers),
                Err(error) => {
                    tracing::error!(%error, commands = taken, "the ledger took nothing; everything that waited is refused");
                    begins.renew(&error);
                }
            }
        }
    }

    async fn enter(
        &mut self,
        begins: &impl Begins,
        mut batch: Vec<Command>,
    ) -> Result<Vec<Answer>, store::Error> {
        let mut ledger = begins.begin().await?;
        // Who asked may have gone while this waited.
        batch.retain(Command::counts);
        let now = self.clock.now();
        let ids: HashSet<AgreementId> = batch.iter().filter_map(Command::agreement).collect();
        let askers: BTreeSet<Oin> = batch.iter().filter_map(Command::recipient).cloned().collect();
        let Said { agreements, own_rules } = &mut self.said;
        let standings =
            ledger.standings(ids, &askers, &self.contents, &mut self.last_entries, agreements).await?;
        let own_rules = ledger.own_rules(askers, own_rules).await?;
        // A command that is dropped was not entered.
        batch.retain(|command| command.follows().is_none_or(|id| !standings.damaged.contains_key(&id)));
        let oversight = self.oversight(&ledger, now).await?;
        let stories: BTreeSet<&str> = batch.iter().filter_map(Command::story).collect();
        let consents = ledger.consents_for(&stories).await?;
        let mut earlier = earlier(&ledger, &batch).await?;
        let used = batch.iter().filter_map(|command| command.used_mask(&standings.sound)).collect();
        let masks = ledger.entered_masks(used, &self.masks).await?;
        let mut answers = Vec::with_capacity(batch.len());
        for command in batch {
            answers.push(match command {
                Command::Decide { request, exchange, answer } => {
                    let own_rules = own_rules.find(&request.recipient);
                    let found = standings.find(AgreementId::of_name(&request.agreement));
                    let on = Grounds { own_rules, found, oversight, now };
                    let made = enter_decision(&mut ledger, *request, exchange, &on)?;
                    Answer::Decided(answer, Box::new(made))
                }
                Command::Fact { fact, answer } => {
                    let entered = enter_fact(&mut ledger, *fact, &mut earlier, now)?;
                    Answer::Entered(answer, entered)
                }
                Command::Masks { masks, exchange, answer } => {
                    let entered = enter_masks(&mut ledger, masks, exchange, &mut earlier, now)?;
                    Answer::Masks(answer, entered)
                }
                Command::StoryUse { asked, exchange, answer } => {
                    let consents = consents.get(&asked.story);
                    let made = enter_use(&mut ledger, *asked, exchange, consents, &mut earlier, now)?;
                    Answer::Used(answer, made)
                }
                Command::Delivery { delivered, agreement, exchange, answer } => {
                    let standing = standings.sound.get(&agreement);
                    let entered = enter_delivery(
                        &mut ledger,
                        delivered,
                        exchange,
                        standing,
                        &masks,
                        &mut earlier,
                        now,
                    )?;
                    Answer::Entered(answer, entered)
                }
                Command::Unaccounted { unaccounted, agreement, exchange, answer } => {
                    let standing = standings.sound.get(&agreement);
                    let entered =
                        enter_unaccounted(&mut ledger, unaccounted, exchange, standing, &mut earlier, now)?;
                    Answer::Entered(answer, entered)
                }
            });
        }
        ledger.commit_entries(&mut self.last_entries).await?;
        Ok(answers)
    }
}

impl Writer {
    /// How many organisations keep an eye on the ledger, in the transaction that decides.
    async fn oversight<T: Writes>(
        &self,
        ledger: &Appending<T>,
        now: OffsetDateTime,
    ) -> Result<Oversight, store::Error> {
        let Witnesses { origin, needed, max_age } = &self.witnesses;
        if *needed == 0 {
            return Ok(Oversight::none());
        }
        Ok(Oversight { needed: *needed, fresh: ledger.fresh_witnesses(origin, now - *max_age).await? })
    }
}

async fn earlier<T: Writes>(ledger: &Appending<T>, batch: &[Command]) -> Result<Earlier, store::Error> {
    let transactions: Vec<&str> = batch.iter().filter_map(Command::transaction).collect();
    let kinds = [
        Kind::Permitted,
        Kind::Delivered,
        Kind::DeliveryUnaccounted,
        Kind::ReleasePublished,
        Kind::MaskComputed,
        Kind::ProtectionRetired,
        Kind::ProtectionReinstated,
        Kind::StoryUseDecided,
    ];
    let mut earlier = Earlier::new();
    for entry in ledger.entries_of(&transactions, &kinds).await? {
        earlier.entry(entry.transaction_id.clone()).or_default().push(entry);
    }
    Ok(earlier)
}
