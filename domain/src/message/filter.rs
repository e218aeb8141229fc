//! What a list, count or live view of messages is about.

use super::{
    Channel, Delivery, DeliveryStatus, Message, MessageDirection, MessageType, ReadStatus, Verdict,
    text,
};
use crate::filter::{Pattern, TimeRange};
use crate::{MessageId, SearchText, Term};
use uuid::Uuid;

/// All clauses must hold. The empty filter holds for everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MessageFilter {
    /// The clauses, as they stand in the query.
    pub clauses: Vec<MessageClause>,
}

/// One test, possibly turned round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageClause {
    /// Whether it must not hold.
    pub is_negated: bool,
    /// What is tested.
    pub test: MessageTest,
}

/// What one clause asks; several values mean any of them. Closed lists are bits by number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MessageTest {
    /// `channel:`, bits of [`Channel`].
    Channel(u32),
    /// `direction:`, bits of [`MessageDirection`].
    Direction(u32),
    /// `type:`, bits of [`MessageType`].
    Type(u32),
    /// `status:`, bits of [`DeliveryStatus`]; an inbound message has none.
    Status(u32),
    /// `read:`, bits of [`ReadStatus`].
    Read(u32),
    /// `has:`, bits of [`MessageHas`].
    Has(u32),
    /// `to:`, `from:`, `subject:`, `order:`, `customer:`, `trace:`, `template:`: a term of that kind.
    Term(&'static str, Vec<Pattern>),
    /// `id:`.
    Id(Vec<Uuid>),
    /// `created:`.
    Created(Vec<TimeRange>),
    /// Free text: a folded substring; a number is found in any spelling by its digits.
    Text {
        /// Folded.
        text: String,
        /// The digits, when it is a number.
        digits: Option<String>,
    },
    /// It is not to be sent, and no provider that is set up later changes that. No qualifier says so: what restarts
    /// messages leaves these out.
    NotSentForGood,
}

/// A part that a message can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageHas {
    /// Files.
    Attachments,
}

impl MessageHas {
    /// Their names in the query language, by number.
    pub const NAMES: &'static [&'static str] = &["attachments"];
}

/// The closed lists of a message, packed into one number: what lists and counts are kept by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facet {
    /// By which way.
    pub channel: Channel,
    /// Written or got.
    pub direction: MessageDirection,
    /// What it is for.
    pub kind: MessageType,
    /// None for an inbound message.
    pub status: Option<DeliveryStatus>,
    /// Whether it was read.
    pub read: ReadStatus,
    /// Whether it has files.
    pub has_attachments: bool,
}

impl Facet {
    /// The number stored for it.
    pub fn number(self) -> i32 {
        let status = self.status.map_or(7, DeliveryStatus::number);
        let parts = [
            (self.channel.number(), 4),
            (self.direction.number(), 2),
            (self.kind.number(), 8),
            (status, 8),
            (self.read.number(), 4),
            (i16::from(self.has_attachments), 2),
        ];
        parts
            .iter()
            .fold(0, |sum, (part, width)| sum * width + i32::from(*part))
    }

    /// The facet of a stored number.
    pub fn of_number(number: i32) -> Option<Self> {
        let mut rest = number;
        let mut next = |width: i32| {
            let part = rest % width;
            rest /= width;
            i16::try_from(part).ok()
        };
        let (has, read, status, kind, direction, channel) =
            (next(2)?, next(4)?, next(8)?, next(8)?, next(2)?, next(4)?);
        Some(Self {
            channel: Channel::of_number(channel)?,
            direction: MessageDirection::of_number(direction)?,
            kind: MessageType::of_number(kind)?,
            status: match status {
                7 => None,
                number => Some(DeliveryStatus::of_number(number)?),
            },
            read: ReadStatus::of_number(read)?,
            has_attachments: has == 1,
        })
    }
}

/// A message with everything derived from it once.
#[derive(Debug, Clone)]
pub struct MessageFacts {
    /// Its id.
    pub id: MessageId,
    /// The message.
    pub message: Message,
    /// What became of it.
    pub delivery: Delivery,
    /// What exact qualifiers find it by.
    pub terms: Vec<Term>,
    /// What free text finds it by.
    pub text: SearchText,
}

impl MessageFacts {
    /// Derives everything once.
    pub fn new(id: MessageId, message: Message, delivery: Delivery) -> Self {
        Self {
            id,
            terms: text::terms(&message),
            text: text::message_text(&message),
            message,
            delivery,
        }
    }

    /// Its closed lists.
    pub fn facet(&self) -> Facet {
        Facet {
            channel: self.message.channel,
            direction: self.message.direction,
            kind: self.message.kind,
            status: self.delivery.status,
            read: self.delivery.read,
            has_attachments: !self.message.attachments.is_empty(),
        }
    }
}

impl MessageFilter {
    /// Whether the message matches. `is_masked`: for a role from whom personal data is hidden, which
    /// therefore can't find by it either.
    pub fn matches(&self, facts: &MessageFacts, is_masked: bool) -> bool {
        self.clauses.iter().all(|c| c.holds(facts, is_masked))
    }

    /// Whether a message of which something became known may have matched before: status and reading are left out.
    /// `is_masked` as in [`MessageFilter::matches`].
    pub fn may_have_matched(&self, facts: &MessageFacts, is_masked: bool) -> bool {
        self.clauses
            .iter()
            .filter(|clause| !clause.test.turns())
            .all(|clause| clause.holds(facts, is_masked))
    }

    /// The clauses that nothing told later of a message can turn: whether it arrived and whether it was read come
    /// after it. What matched once matches this for ever.
    pub fn lasting(&self) -> Self {
        let lasts = |clause: &&MessageClause| !clause.test.turns();
        Self {
            clauses: self.clauses.iter().filter(lasts).cloned().collect(),
        }
    }

    /// Whether what becomes known of a message can turn whether it matches: either way.
    pub fn turns_with_a_fact(&self) -> bool {
        self.lasting() != *self
    }

    /// The time that the positive `created:` clauses leave open, as one enclosing range.
    pub fn time_range(&self) -> TimeRange {
        let demanded = self.clauses.iter().filter(|c| !c.is_negated);
        TimeRange::left_by(demanded.filter_map(|clause| match &clause.test {
            MessageTest::Created(ranges) => Some(ranges.as_slice()),
            _ => None,
        }))
    }
}

impl MessageClause {
    fn holds(&self, facts: &MessageFacts, is_masked: bool) -> bool {
        self.test.matches(facts, is_masked) != self.is_negated
    }
}

impl MessageTest {
    /// What a facet alone decides; none when the test is about something else.
    pub fn of_facet(&self, facet: Facet) -> Option<bool> {
        let holds = |bits: u32, number: i16| bits >> number & 1 == 1;
        Some(match self {
            Self::Channel(bits) => holds(*bits, facet.channel.number()),
            Self::Direction(bits) => holds(*bits, facet.direction.number()),
            Self::Type(bits) => holds(*bits, facet.kind.number()),
            Self::Status(bits) => facet.status.is_some_and(|s| holds(*bits, s.number())),
            Self::Read(bits) => holds(*bits, facet.read.number()),
            Self::Has(bits) => facet.has_attachments && holds(*bits, 0),
            _ => return None,
        })
    }

    /// Whether what is told of a message later can turn it.
    const fn turns(&self) -> bool {
        matches!(self, Self::Status(_) | Self::Read(_) | Self::NotSentForGood)
    }

    fn matches(&self, facts: &MessageFacts, is_masked: bool) -> bool {
        if let Some(decided) = self.of_facet(facts.facet()) {
            return decided;
        }
        match self {
            Self::Term(kind, patterns) => facts.terms.iter().any(|term| {
                !(is_masked && term.is_personal)
                    && term.text.split_once(':').is_some_and(|(k, value)| {
                        k == *kind && patterns.iter().any(|p| p.matches(value))
                    })
            }),
            Self::Id(ids) => ids.contains(&facts.id.0),
            Self::Created(ranges) => {
                let micros = facts.message.occurred_at.timestamp_micros();
                ranges.iter().any(|r| r.contains(micros))
            }
            Self::Text { text, digits } => {
                facts.text.contains(text, is_masked)
                    || digits
                        .as_ref()
                        .is_some_and(|d| facts.text.contains(d, is_masked))
            }
            Self::NotSentForGood => {
                matches!(facts.delivery.verdict, Verdict::NotSent { .. })
                    && !facts.delivery.is_restartable()
            }
            _ => false,
        }
    }
}
