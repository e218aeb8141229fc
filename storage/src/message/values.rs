//! Values to filter messages by: channel, direction, type, status, read mark, files.

use crate::log::values::{Gathered, shown};
use crate::{Error, Scope, Storage};
use domain::message::{Facet, MessageClause, MessageFilter, MessageTest};
use domain::view::FacetValues;

/// What a facet has of a qualifier.
fn value(facet: Facet, qualifier: &str) -> Option<&'static str> {
    match qualifier {
        "channel" => Some(facet.channel.as_str()),
        "direction" => Some(facet.direction.as_str()),
        "type" => Some(facet.kind.as_str()),
        "status" => facet.status.map(domain::message::DeliveryStatus::as_str),
        "read" => Some(facet.read.as_str()),
        _ => facet.has_attachments.then_some("attachments"),
    }
}

fn is_own(clause: &MessageClause, qualifier: &str) -> bool {
    !clause.is_negated
        && matches!(
            (&clause.test, qualifier),
            (MessageTest::Channel(_), "channel")
                | (MessageTest::Direction(_), "direction")
                | (MessageTest::Type(_), "type")
                | (MessageTest::Status(_), "status")
                | (MessageTest::Read(_), "read")
                | (MessageTest::Has(_), "has")
        )
}

impl Storage {
    pub(crate) async fn message_values(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
    ) -> Result<FacetValues, Error> {
        let mut groups = Vec::new();
        let mut looked: Vec<(MessageFilter, super::count::Tally)> = Vec::new();
        for qualifier in ["channel", "direction", "type", "status", "read", "has"] {
            let rest = MessageFilter {
                clauses: filter
                    .clauses
                    .iter()
                    .filter(|clause| !is_own(clause, qualifier))
                    .cloned()
                    .collect(),
            };
            if !looked.iter().any(|(other, _)| *other == rest) {
                let tally = self.sums(scope, &rest).await?;
                looked.push((rest.clone(), tally));
            }
            let Some((_, tally)) = looked.iter().find(|(other, _)| *other == rest) else {
                continue;
            };
            let among = (!tally.is_exact).then(|| tally.counts.values().sum::<u64>());
            let mut gathered = Gathered::new(among);
            for ((_, facet), n) in &tally.counts {
                if let Some(value) = value(*facet, qualifier) {
                    gathered.add(value, None, *n);
                }
            }
            groups.push((qualifier, gathered));
        }
        Ok(shown(groups))
    }
}
