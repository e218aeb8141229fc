//! What is usual for somebody, learned from what they did before.

use chrono::{DateTime, FixedOffset, Timelike as _};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// At which hours of the day each came.
#[derive(Default)]
pub(super) struct Hours(HashMap<String, [u32; 24]>);

impl Hours {
    /// Learns that `who` came at a time on the store's clock. The numbers that say why, if that is unusual: if they came
    /// `after` times before, and at most `percent` of these lie in that hour and those beside it.
    pub(super) fn odd(
        &mut self,
        who: &str,
        local: DateTime<FixedOffset>,
        after: u32,
        percent: u32,
    ) -> Option<BTreeMap<String, Value>> {
        let hour = local.hour() as usize % 24;
        let known = self.0.entry(who.to_owned()).or_insert([0; 24]);
        let total: u32 = known.iter().sum();
        // Whoever comes at nine may come at ten.
        let near = known[(hour + 23) % 24] + known[hour] + known[(hour + 1) % 24];
        let numbers = (total >= after && near * 100 <= percent * total).then(|| {
            let usual: Vec<usize> = known
                .iter()
                .enumerate()
                .filter(|(_, n)| **n * 20 >= total)
                .map(|(hour, _)| hour)
                .collect();
            BTreeMap::from([
                ("hour".to_owned(), json!(hour)),
                ("near".to_owned(), json!(near)),
                ("sign_ins".to_owned(), json!(total)),
                ("from".to_owned(), json!(usual.first())),
                ("to".to_owned(), json!(usual.last())),
            ])
        });
        known[hour] += 1;
        numbers
    }
}

/// With what each came: addresses, devices or countries.
#[derive(Default)]
pub(super) struct Uses(HashMap<String, (u32, HashSet<String>)>);

impl Uses {
    /// Learns that `who` came with `what`. How often they came before, if it is the first time with that.
    pub(super) fn first(&mut self, who: &str, what: &str) -> Option<u32> {
        let (times, known) = self.0.entry(who.to_owned()).or_default();
        let before = *times;
        *times += 1;
        known.insert(what.to_owned()).then_some(before)
    }
}
