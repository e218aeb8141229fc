//! The names of the closed lists of messages.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::message::{
    Channel, DeliveryStatus, FailureReason, MessageType, NotSentReason, ReadStatus,
};

/// The name of a channel.
pub fn channel_label(locale: Locale, channel: Channel) -> &'static str {
    match channel {
        Channel::Email => tr!(locale, messages.channel.email),
        Channel::Sms => tr!(locale, messages.channel.sms),
        Channel::Whatsapp => tr!(locale, messages.channel.whatsapp),
    }
}

/// The icon of a channel.
pub const fn channel_glyph(channel: Channel) -> Glyph {
    match channel {
        Channel::Email => icons::MAIL,
        Channel::Sms => icons::MESSAGE_SQUARE_TEXT,
        Channel::Whatsapp => icons::MESSAGE_CIRCLE,
    }
}

/// What a message is for.
pub fn kind_label(locale: Locale, kind: MessageType) -> &'static str {
    match kind {
        MessageType::OrderNotification => tr!(locale, messages.kind.order_notification),
        MessageType::VerificationCode => tr!(locale, messages.kind.verification_code),
        MessageType::PaymentReminder => tr!(locale, messages.kind.payment_reminder),
        MessageType::Campaign => tr!(locale, messages.kind.campaign),
        MessageType::Reply => tr!(locale, messages.kind.reply),
        MessageType::Other => tr!(locale, messages.kind.other),
    }
}

/// What became of a message; none for one that was received.
pub fn status_label(locale: Locale, status: Option<DeliveryStatus>) -> &'static str {
    match status {
        Some(DeliveryStatus::NotSent) => tr!(locale, messages.status.not_sent),
        Some(DeliveryStatus::Pending) => tr!(locale, messages.status.pending),
        Some(DeliveryStatus::Sent) => tr!(locale, messages.status.sent),
        Some(DeliveryStatus::Stopped) => tr!(locale, messages.status.stopped),
        Some(DeliveryStatus::Failed) => tr!(locale, messages.status.failed),
        None => tr!(locale, messages.status.received),
    }
}

/// Whether it was read.
pub fn read_label(locale: Locale, read: ReadStatus) -> &'static str {
    match read {
        ReadStatus::NotAvailable => tr!(locale, messages.read.not_available),
        ReadStatus::Unknown => tr!(locale, messages.read.unknown),
        ReadStatus::Unread => tr!(locale, messages.read.unread),
        ReadStatus::Read => tr!(locale, messages.read.read),
    }
}

/// Why a message is not to be sent.
pub fn not_sent_words(locale: Locale, reason: NotSentReason) -> &'static str {
    match reason {
        NotSentReason::OptedOut => tr!(locale, messages.not_sent.opted_out),
        NotSentReason::Loop => tr!(locale, messages.not_sent.autoreply),
        NotSentReason::NoSender => tr!(locale, messages.not_sent.no_sender),
        NotSentReason::Elsewhere => tr!(locale, messages.not_sent.elsewhere),
    }
}

/// Why a message did not arrive. People before codes.
pub fn failure_words(locale: Locale, reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::Unreachable => tr!(locale, messages.reason.unreachable),
        FailureReason::Blocked => tr!(locale, messages.reason.blocked),
        FailureReason::UnknownNumber => tr!(locale, messages.reason.unknown_number),
        FailureReason::Landline => tr!(locale, messages.reason.landline),
        FailureReason::Filtered => tr!(locale, messages.reason.filtered),
        FailureReason::Unspecified => tr!(locale, messages.reason.unspecified),
        FailureReason::OptedOut => tr!(locale, messages.reason.opted_out),
        FailureReason::InvalidNumber => tr!(locale, messages.reason.invalid_number),
        FailureReason::NotPermitted => tr!(locale, messages.reason.not_permitted),
        FailureReason::OutsideWindow => tr!(locale, messages.reason.outside_window),
        FailureReason::NoWhatsapp => tr!(locale, messages.reason.no_whatsapp),
        FailureReason::AccountProblem => tr!(locale, messages.reason.account_problem),
        FailureReason::TooMany => tr!(locale, messages.reason.too_many),
        FailureReason::NoMailbox => tr!(locale, messages.reason.no_mailbox),
        FailureReason::InvalidAddress => tr!(locale, messages.reason.invalid_address),
        FailureReason::MailboxFull => tr!(locale, messages.reason.mailbox_full),
        FailureReason::RefusedAsSpam => tr!(locale, messages.reason.refused_as_spam),
        FailureReason::TooLarge => tr!(locale, messages.reason.too_large),
        FailureReason::SignIn => tr!(locale, messages.reason.sign_in),
        FailureReason::GaveUp => tr!(locale, messages.reason.gave_up),
        FailureReason::Refused => tr!(locale, messages.reason.refused),
    }
}
