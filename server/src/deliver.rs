//! Sending what waits: workers that take messages from the outbox, hand them over and record what was answered.
//!
//! The outbox is the truth and is polled; everything else only wakes the worker sooner. That a try begins is durable
//! before anything leaves, so a process that dies in between leaves "handed over, answer unknown" and nobody sends
//! twice without knowing.
//!
//! The webhooks that rules call go out beside them, by a worker of their own: [`Webhooks`]. [`sweep`] lets the rules see
//! the inbound messages that nobody has shown them; [`Rules`] shows them everything else and does what they say.
//!
//! To add a way of sending: a method of [`Senders`] that gives a [`Settled`], and its name in `provider`.

mod followup;
mod mail;
mod pace;
mod rules;
mod senders;
mod webhook;
mod worker;

pub use followup::sweep;
pub use mail::compose;
pub use rules::Rules;
pub use senders::{Senders, Settled};
pub use webhook::{
    SigningSecret, Webhooks, check_alarm_url, check_calls, check_control_url, told, wrong_calls,
};
pub use worker::start;
