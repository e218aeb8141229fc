//! Messages on their way into the database: collected while the story is told, recorded before its end.

use super::MessageStep;
use super::correspondence::named;
use chrono::{DateTime, Utc};
use domain::message::{DeliveryFact, FactKind, Message, MessageDirection};
use domain::{Activity, MessageId};
use std::collections::HashMap;
use storage::record::Record;
use uuid::Uuid;

/// The messages told of so far.
pub(super) struct Letters {
    /// Keeps the ids of one load apart from those of another.
    of: String,
    places: HashMap<String, usize>,
    told: Vec<(MessageId, Message, Vec<DeliveryFact>)>,
}

impl Letters {
    /// None yet, of the load into this store that ends at this time.
    pub fn new(store: i64, end: DateTime<Utc>) -> Self {
        Self {
            of: format!("sample {store} until {}", end.timestamp_micros()),
            places: HashMap::new(),
            told: Vec::new(),
        }
    }

    /// What the database calls the message of that name.
    fn id(&self, name: &str) -> Uuid {
        self.own(named(name))
    }

    /// The id of this load for one of the story.
    fn own(&self, id: Uuid) -> Uuid {
        named(&format!("{} {id}", self.of))
    }

    /// Takes what is told of a message.
    pub fn tell(&mut self, name: String, step: MessageStep) {
        match step {
            MessageStep::Written(message) => {
                let id = MessageId(self.id(&name));
                self.places.insert(name, self.told.len());
                self.told.push((id, *message, Vec::new()));
            }
            MessageStep::Fact(mut fact) => {
                if let FactKind::Resent { as_message, .. } = &mut fact.kind {
                    *as_message = MessageId(self.own(as_message.0));
                }
                if let Some(attempt) = &mut fact.attempt {
                    attempt.id.0 = self.own(attempt.id.0);
                }
                if let Some((_, _, facts)) = self.places.get(&name).map(|at| &mut self.told[*at]) {
                    facts.push(fact);
                }
            }
        }
    }

    /// An activity about a message calls it as the database does.
    pub fn name(&self, activity: &mut Activity) {
        if let Some(subject) = &mut activity.subject
            && subject.kind == "message"
        {
            subject.id = self.id(&subject.id).to_string();
        }
    }

    /// Those that came in, as the store's own rules look at them.
    pub fn heard(&self) -> Vec<(MessageId, Message)> {
        let told = self.told.iter();
        let heard = told.filter(|(_, message, _)| message.direction == MessageDirection::Inbound);
        heard
            .map(|(id, message, _)| (*id, message.clone()))
            .collect()
    }

    /// All of them, with what became of them.
    pub fn take(&mut self) -> Vec<Record> {
        self.places.clear();
        std::mem::take(&mut self.told)
            .into_iter()
            .map(|(id, message, facts)| Record::message_told(id, message, facts))
            .collect()
    }
}
