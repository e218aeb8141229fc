//! The worker: takes what is due, hands it over, records what came of it.

use super::pace::Pace;
use super::senders::{Outgoing, Senders, Settled};
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use chrono::TimeDelta;
use domain::Code;
use domain::message::{Answer, DeliveryFact, FactKind, NotSentReason};
use std::sync::Arc;
use std::time::Duration;
use storage::{Claimed, Error, Lane, Storage};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

/// How many messages of a lane are handed over at the same time.
const AT_ONCE: usize = 32;
/// How often the outbox is asked when nothing wakes the worker.
const POLL: Duration = Duration::from_millis(500);
/// How often it is looked for tries that nobody will answer any more.
const SETTLE: Duration = Duration::from_secs(60);
/// For how long a message is taken before its hand-over begins: should this process die, another takes it then.
const CLAIM: TimeDelta = TimeDelta::seconds(30);
/// For how long from the hand-over on: about as long as the slowest one takes (RFC 5321 4.5.3.2.6).
const LEASE: TimeDelta = TimeDelta::minutes(12);
/// After how long a message that was given back is due again.
const AGAIN: TimeDelta = TimeDelta::seconds(5);
/// How long the last hand-overs may take once the server stops.
const FAREWELL: Duration = Duration::from_secs(8);
/// After how long an answer is recorded again that the database didn't take; each time after twice as long.
const RETRY: Duration = Duration::from_millis(200);
/// After how long at most.
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Starts to send, until the server stops. The handle ends once the last hand-over is recorded.
pub fn start(
    storage: Storage,
    senders: Arc<Senders>,
    per_second: u32,
    shutdown: Shutdown,
) -> JoinHandle<()> {
    let worker = Worker { storage, senders };
    supervise("outbox", shutdown, move |shutdown| {
        worker.clone().run(per_second, shutdown)
    })
}

/// Records what is known of a hand-over, again and again while the database fails: once the lease is over it is told as
/// unknown, and nobody asks the provider twice. What the storage refuses is final. At the server's end it is dropped with
/// the hand-over.
async fn insist<F>(
    first: Duration,
    until: Instant,
    mut record: impl FnMut() -> F,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let mut pause = first;
    loop {
        let error = match record().await {
            Err(error) if !matches!(error, Error::Problem(_)) => error,
            done => return done,
        };
        if Instant::now() + pause >= until {
            return Err(error);
        }
        if pause == first {
            tracing::warn!(%error, "what came of a message can't be recorded; trying again");
        }
        sleep(pause).await;
        pause = (pause * 2).min(RETRY_MOST);
    }
}

#[derive(Clone)]
struct Worker {
    storage: Storage,
    senders: Arc<Senders>,
}

/// What is under way in a lane: where one provider hangs, the other's messages go on.
struct Traffic {
    lane: Lane,
    under_way: JoinSet<()>,
    /// Whether no more was due than there was room for.
    is_drained: bool,
    asked_at: Option<Instant>,
}

impl Traffic {
    fn new(lane: Lane) -> Self {
        Self {
            lane,
            under_way: JoinSet::new(),
            is_drained: true,
            asked_at: None,
        }
    }

    /// Whether it is worth asking for more: claims in bunches cost the writer less, and what hangs holds nothing up.
    fn is_to_be_filled(&self) -> bool {
        self.is_drained
            || self.under_way.len() <= AT_ONCE / 2
            || self.asked_at.is_none_or(|at| at.elapsed() >= POLL)
    }

    /// Waits until half of what may be under way has ended.
    async fn half_done(&mut self) {
        while self.under_way.join_next().await.is_some() {
            if self.under_way.len() <= AT_ONCE / 2 {
                return;
            }
        }
    }
}

impl Worker {
    async fn run(self, per_second: u32, shutdown: Shutdown) {
        let mut pace = Pace::new(per_second);
        let woken = self.storage.outbox_wakeup();
        let [mut mail, mut texts] = Lane::ALL.map(Traffic::new);
        let mut settle_at = Instant::now();
        loop {
            if Instant::now() >= settle_at {
                self.settle().await;
                settle_at = Instant::now() + SETTLE;
            }
            self.fill(&mut mail, &mut pace, &shutdown).await;
            self.fill(&mut texts, &mut pace, &shutdown).await;
            let is_mail_held = !mail.is_drained && !mail.under_way.is_empty();
            let are_texts_held = !texts.is_drained && !texts.under_way.is_empty();
            let is_drained = mail.is_drained || texts.is_drained;
            tokio::select! {
                () = shutdown.wait() => break,
                () = mail.half_done(), if is_mail_held => {}
                () = texts.half_done(), if are_texts_held => {}
                () = woken.notified(), if is_drained => {}
                () = sleep(POLL) => {}
            }
        }
        // What has begun is answered still, if it is quick; else its lease runs out and it is "answer unknown".
        let _ = timeout(FAREWELL, async {
            for under_way in [&mut mail.under_way, &mut texts.under_way] {
                while under_way.join_next().await.is_some() {}
            }
        })
        .await;
        self.senders.close().await;
    }

    /// Begins as much of a lane as is due and has room.
    async fn fill(&self, traffic: &mut Traffic, pace: &mut Pace, shutdown: &Shutdown) {
        while traffic.under_way.try_join_next().is_some() {}
        if !traffic.is_to_be_filled() {
            return;
        }
        let free = AT_ONCE - traffic.under_way.len();
        let claimed = self.claim(traffic.lane, free).await;
        traffic.is_drained = claimed.len() < free;
        traffic.asked_at = Some(Instant::now());
        let mut rest = claimed.into_iter();
        while let Some(claimed) = rest.next() {
            tokio::select! {
                () = pace.turn() => {
                    traffic.under_way.spawn(self.clone().deliver(claimed));
                }
                () = shutdown.wait() => {
                    for claimed in std::iter::once(claimed).chain(rest.by_ref()) {
                        self.noted("give back", self.give_back(&claimed).await);
                    }
                }
            }
        }
    }

    async fn claim(&self, lane: Lane, free: usize) -> Vec<Claimed> {
        match self.try_to_claim(lane, free).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(%error, "the outbox can't be read; trying again");
                Vec::new()
            }
        }
    }

    async fn try_to_claim(&self, lane: Lane, free: usize) -> Result<Vec<Claimed>, Error> {
        // Claiming takes the writer's turn: only when something is due.
        if free == 0 {
            return Ok(Vec::new());
        }
        let now = self.storage.ambient().clock.now();
        let due_at = self.storage.next_due_at(lane).await?;
        if due_at.is_none_or(|due_at| due_at > now) {
            return Ok(Vec::new());
        }
        let limit = u32::try_from(free).unwrap_or(1);
        let claimed = self.storage.claim_due(lane, limit, CLAIM).await?;
        let held = claimed.into_iter().map(|claimed| claimed.held_for(LEASE));
        Ok(held.collect())
    }

    async fn settle(&self) {
        match self.storage.settle_unanswered().await {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "messages were handed over and never answered"),
            Err(error) => tracing::error!(%error, "unanswered messages can't be looked for"),
        }
    }

    /// Nothing of the sample store is ever handed to a provider; its messages say so.
    async fn pretend(&self, claimed: &Claimed) -> Result<(), Error> {
        if self.storage.begin_handover(claimed, "sample").await? {
            let accepted = Answer::Accepted {
                provider_id: None,
                status: None,
                words: Some("kept here: the sample store hands nothing to a provider".to_owned()),
                missed: Vec::new(),
            };
            self.storage.record_answer(claimed, accepted).await?;
        }
        Ok(())
    }

    async fn deliver(self, claimed: Claimed) {
        let id = claimed.id;
        if let Err(error) = self.try_to_deliver(&claimed).await {
            tracing::error!(%error, message = %id, "a message could not be delivered; its lease will run out");
        }
    }

    async fn try_to_deliver(&self, claimed: &Claimed) -> Result<(), Error> {
        if claimed.store.is_sample {
            return self.pretend(claimed).await;
        }
        let Some(provider) = self.senders.provider(claimed.message.channel) else {
            // It was accepted while there was one. Nobody refused it, and nothing began.
            return self.storage.refuse(claimed, NotSentReason::NoSender).await;
        };
        if self.storage.is_opted_out_since(claimed).await? {
            return self.refuse(claimed, provider).await;
        }
        let outgoing = self.senders.prepare(&self.storage, claimed).await;
        if let Err(error) = &outgoing
            && !matches!(error, Error::Problem(_))
        {
            // A fault of ours: nothing left, the message waits for its next turn.
            tracing::error!(%error, message = %claimed.id, "a message can't be made");
            return self.give_back(claimed).await;
        }
        let kept = match self.keep(&outgoing, claimed).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(%error, message = %claimed.id, "a mail can't be kept; it is not sent either");
                return self.give_back(claimed).await;
            }
        };
        let until = Instant::now() + LEASE.to_std().unwrap_or_default();
        if !self.storage.begin_handover(&kept, provider).await? {
            return Ok(());
        }
        let settled = match &outgoing {
            Ok(outgoing) => {
                let clock = &self.storage.ambient().clock;
                self.senders
                    .hand_over(outgoing, claimed, || clock.now())
                    .await
            }
            Err(error) => Settled::Answered(Answer::Refused {
                code: None,
                words: Some(error.to_string()),
            }),
        };
        match settled {
            Settled::Answered(answer) => {
                insist(RETRY, until, || self.record(claimed, answer.clone())).await
            }
            Settled::GaveUp(words) => {
                let give_up = || self.storage.give_up(claimed, words.clone());
                insist(RETRY, until, give_up).await
            }
            Settled::Unknown(reason) => {
                let tell = || self.storage.answer_unknown(claimed, Some(reason.clone()));
                insist(RETRY, until, tell).await
            }
        }
    }

    /// Sends nothing, because a recipient opted out.
    async fn refuse(&self, claimed: &Claimed, provider: &str) -> Result<(), Error> {
        if claimed.copies.is_empty() {
            return self.storage.refuse(claimed, NotSentReason::OptedOut).await;
        }
        // The others have it already: only these copies end here.
        if self.storage.begin_handover(claimed, provider).await? {
            let words = Some("opted out".to_owned());
            self.storage.give_up(claimed, words).await?;
        }
        Ok(())
    }

    /// Keeps the bytes of a mail before they leave: what is shown later is what was sent, whatever the settings are then.
    async fn keep(
        &self,
        outgoing: &Result<Outgoing, Error>,
        claimed: &Claimed,
    ) -> Result<Claimed, Error> {
        let claimed = claimed.clone();
        match outgoing {
            Ok(Outgoing::Mail(mail)) => {
                let raw = self.storage.put_object(&mail.bytes).await?;
                Ok(claimed.with_raw(raw))
            }
            _ => Ok(claimed),
        }
    }

    async fn record(&self, claimed: &Claimed, answer: Answer) -> Result<(), Error> {
        match self.storage.record_answer(claimed, answer.clone()).await {
            // It took so long that it was given up as unknown: what came is told all the same.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let fact = DeliveryFact {
                    at: self.storage.ambient().clock.now(),
                    attempt: Some(claimed.attempt),
                    kind: FactKind::Answered(answer),
                };
                self.storage
                    .record_fact(claimed.store.id, claimed.id, fact)
                    .await
                    .map(drop)
            }
            done => done,
        }
    }

    async fn give_back(&self, claimed: &Claimed) -> Result<(), Error> {
        let due_at = self.storage.ambient().clock.now() + AGAIN;
        self.storage.release(claimed, due_at).await
    }

    fn noted(&self, what: &str, done: Result<(), Error>) {
        if let Err(error) = done {
            tracing::error!(%error, what, "the outbox can't be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Problem;
    use std::cell::Cell;

    const SOON: Duration = Duration::from_millis(1);

    fn later(time: Duration) -> Instant {
        Instant::now() + time
    }

    #[tokio::test]
    async fn what_the_database_did_not_take_is_recorded_again() {
        let tries = Cell::new(0);
        let done = insist(SOON, later(Duration::from_secs(60)), || {
            tries.set(tries.get() + 1);
            let is_taken = tries.get() == 4;
            std::future::ready(is_taken.then_some(()).ok_or(Error::WriterStopped))
        });
        assert!(done.await.is_ok());
        assert_eq!(tries.get(), 4);
    }

    #[tokio::test]
    async fn what_is_refused_is_final_and_the_end_of_the_lease_too() {
        let tries = Cell::new(0);
        let refused = insist(SOON, later(Duration::from_secs(60)), || {
            tries.set(tries.get() + 1);
            std::future::ready(Err(Problem::not_found("message").into()))
        });
        assert!(matches!(refused.await, Err(Error::Problem(_))));
        assert_eq!(tries.get(), 1);
        let late = insist(SOON, later(Duration::ZERO), || {
            tries.set(tries.get() + 1);
            std::future::ready(Err(Error::WriterStopped))
        });
        assert!(matches!(late.await, Err(Error::WriterStopped)));
        assert_eq!(tries.get(), 2);
    }
}
