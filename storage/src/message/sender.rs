//! Whom a message comes from that doesn't say, filled in when it is accepted; and by which channels something can go out.
//!
//! What is recorded then is what goes out, whatever the settings are by the time of the hand-over: so it is found by it
//! and shown with it from the beginning, and each try sends the same.

use crate::{Scope, Storage};
use domain::MessageId;
use domain::message::{Channel, FilledIn, Mailbox, Message};
use domain::view::{MessageRow, StoreView};
use std::sync::Arc;

/// Whom what is sent comes from when it doesn't say itself.
#[derive(Clone)]
pub struct UsualSender {
    /// Of mail.
    pub email: Mailbox,
    /// Of SMS; none where none is set, or only the provider knows the number.
    pub sms: Option<Mailbox>,
    /// Of WhatsApp messages, as of SMS.
    pub whatsapp: Option<Mailbox>,
    /// Where answers to a mail go: the thread's own address, made of the mail's id.
    pub reply_to: Arc<dyn Fn(MessageId) -> Mailbox + Send + Sync>,
}

impl UsualSender {
    fn of(&self, channel: Channel) -> Option<&Mailbox> {
        match channel {
            Channel::Email => Some(&self.email),
            Channel::Sms => self.sms.as_ref(),
            Channel::Whatsapp => self.whatsapp.as_ref(),
        }
    }
}

impl Storage {
    /// Whether a store's messages can go out by a channel: a provider is set up for it, or the store only pretends to send.
    /// A process that was not told of providers leaves it to the one that sends.
    pub(super) fn is_set_up(&self, store: &StoreView, channel: Channel) -> bool {
        let channels = self.inner.set_up.get();
        store.is_sample || channels.is_none_or(|channels| channels.contains(&channel))
    }

    /// The channels by which nothing can go out.
    pub(super) fn not_set_up(&self, store: &StoreView) -> Vec<Channel> {
        let all = Channel::ALL.iter().copied();
        all.filter(|channel| !self.is_set_up(store, *channel))
            .collect()
    }

    /// Says of messages that could be restarted, but for whose channel no provider is set up, that they can't for this reason.
    pub(crate) fn bar_restarts<'r>(
        &self,
        scope: &Scope,
        rows: impl IntoIterator<Item = &'r mut MessageRow>,
    ) {
        for row in rows {
            if row.may.restart && !self.is_set_up(scope.store(), row.channel) {
                row.may.restart = false;
                row.may.needs_provider = true;
            }
        }
    }

    /// Fills in what nobody gave of a new message's sender, as far as it is known here.
    pub(super) fn fill_in_sender(&self, id: MessageId, message: &mut Message) {
        let Some(usual) = self.inner.usual_sender.get() else {
            return;
        };
        if message.from.is_none()
            && let Some(from) = usual.of(message.channel)
        {
            message.from = Some(from.clone());
            message.filled_in.push(FilledIn::From);
        }
        if message.channel == Channel::Email && message.reply_to.is_none() {
            message.reply_to = Some((usual.reply_to)(id));
            message.filled_in.push(FilledIn::ReplyTo);
        }
    }
}
