//! Why a message can't be stopped, released or restarted: a code that programs count on and that the interface puts into people's words.

use crate::problem::{Code, FieldProblem, Problem};

/// Why a message can't be stopped, or released before its time, or restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStopped {
    /// It was stopped before.
    Stopped,
    /// It went out, or is going out.
    HandedOver,
    /// It went out; single copies that were put off wait.
    CopiesWait,
    /// It ended otherwise.
    NotWaiting,
    /// It waits for no time that it could be released before: it is about to go out, or is tried again.
    NotHeld,
    /// It came in, or another system sent it.
    SentElsewhere,
    /// No provider is set up here for its channel, so it can't be restarted.
    NotSetUp,
}

impl NotStopped {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Stopped,
        Self::HandedOver,
        Self::CopiesWait,
        Self::NotWaiting,
        Self::NotHeld,
        Self::SentElsewhere,
        Self::NotSetUp,
    ];

    /// The code in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::HandedOver => "handed_over",
            Self::CopiesWait => "copies_wait",
            Self::NotWaiting => "not_waiting",
            Self::NotHeld => "not_held",
            Self::SentElsewhere => "sent_elsewhere",
            Self::NotSetUp => "not_set_up",
        }
    }

    /// In words, for programs.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stopped => "it was stopped already",
            Self::HandedOver => "it was already handed over",
            Self::CopiesWait => "it went out; all that waits are copies that were put off",
            Self::NotWaiting => "only a message that waits can be stopped",
            Self::NotHeld => "only a message that is held or scheduled can be released",
            Self::SentElsewhere => {
                "this message was not sent from here; only the system that sent it can act on it"
            }
            Self::NotSetUp => {
                "no provider is set up here for this channel; restart it once whoever runs the server has set one up"
            }
        }
    }

    /// The one that a refusal is, if it is one.
    pub fn of(problem: &Problem) -> Option<Self> {
        let is_it = |why: &Self| {
            problem
                .fields
                .iter()
                .any(|field| field.code == why.as_str())
        };
        Self::ALL.into_iter().find(is_it)
    }
}

impl From<NotStopped> for Problem {
    /// A conflict of the message as a whole.
    fn from(why: NotStopped) -> Self {
        let field = FieldProblem {
            pointer: String::new(),
            code: why.as_str().to_owned(),
            message: why.words().to_owned(),
        };
        Self {
            fields: vec![field],
            ..Self::new(Code::Conflict, why.words())
        }
    }
}
