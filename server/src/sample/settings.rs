//! How the shop is set up, and how that changes.

use super::draft::{Draft, thing};
use super::people::Work;
use super::world::World;
use serde_json::{Value, json};

/// A setting that goes back and forth.
struct Switched {
    id: &'static str,
    name: &'static str,
    field: &'static str,
    /// In words: switched back, switched over.
    words: [&'static str; 2],
    /// As JSON.
    off: &'static str,
    on: &'static str,
}

const SWITCHED: [Switched; 3] = [
    Switched {
        id: "returns",
        name: "Returns",
        field: "returns",
        words: [
            "Returns as before the sale",
            "More days for returns during the sale",
        ],
        off: r#"{ "days": 7, "excluded": ["gift-card"] }"#,
        on: r#"{ "days": 14, "excluded": ["gift-card", "earrings", "last-pieces"] }"#,
    },
    Switched {
        id: "checkout",
        name: "Checkout",
        field: "checkout.fields",
        words: [
            "The district is optional again, too many gave up there",
            "Asks for the district, which couriers need",
        ],
        off: r#"{ "district": "optional", "building": "optional", "gift_note": true }"#,
        on: r#"{ "district": "required", "building": "optional", "gift_note": true }"#,
    },
    Switched {
        id: "opening_hours",
        name: "Opening hours",
        field: "opening_hours.thursday",
        words: [
            "The Olaya shop closes at ten again",
            "Longer evenings in the Olaya shop",
        ],
        off: r#"{ "from": "10:00", "to": "22:00", "break": ["12:00", "16:00"] }"#,
        on: r#"{ "from": "10:00", "to": "23:30", "break": ["12:00", "16:00"] }"#,
    },
];

impl World {
    /// A setting of the shop changes; now and then two people change it at once.
    pub fn change_settings(&mut self) {
        let who = self.someone(Work::Office);
        let is_late = self.dice.chance(0.06);
        let before = (self.delivery, self.settings);
        let at = self.dice.below(SWITCHED.len() + 2);
        let draft = Draft::new("settings.updated", who);
        let draft = match SWITCHED.get(at) {
            Some(setting) => {
                let is_on = &mut self.settings[at];
                *is_on = !*is_on;
                let (from, to) = if *is_on {
                    (setting.off, setting.on)
                } else {
                    (setting.on, setting.off)
                };
                let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
                draft
                    .on(thing("settings", setting.id, setting.name))
                    .says(setting.words[usize::from(*is_on)])
                    .change(setting.field, value(from), value(to))
            }
            None => self.change_delivery(draft),
        };
        if is_late {
            (self.delivery, self.settings) = before;
            let error = "someone else saved these settings a minute ago; load them again";
            self.put(draft.says("Not saved").failed(error));
            return;
        }
        self.put(draft);
    }

    fn change_delivery(&mut self, draft: Draft) -> Draft {
        let zones = |(fee, free): (i64, i64)| {
            json!({
                "Riyadh": { "fee": fee, "free_from": free, "days": [1, 2], "same_day": true },
                "Kingdom": { "fee": fee + 10, "free_from": free + 100, "days": [2, 4] },
                "GCC": { "fee": 85, "free_from": null, "days": [4, 7], "customs": "prepaid" },
            })
        };
        let before = self.delivery;
        let fees = [15, 19, 25, 29];
        let fee = fees.into_iter().find(|f| *f > before.0).unwrap_or(fees[0]);
        self.delivery = (fee, self.dice.pick(&[200, 250, 300, 350]));
        draft
            .on(thing("settings", "delivery", "Delivery"))
            .says(format!(
                "Riyadh {} SAR, free from {} SAR",
                self.delivery.0, self.delivery.1
            ))
            .change("delivery.zones", zones(before), zones(self.delivery))
    }

    /// The look of the shop changes.
    pub fn change_branding(&mut self) {
        const ACCENTS: [&str; 4] = ["#1f2a44", "#5a1f33", "#20402f", "#3b2f5c"];
        let who = self.someone(Work::Marketing);
        let number = self.looks;
        self.looks += 1;
        let words = match self.campaign {
            Some(campaign) => format!("Front page for {}", campaign.name),
            None => "A calmer front page".to_owned(),
        };
        let accent = |number: usize| json!(ACCENTS[number % ACCENTS.len()]);
        let banner = |number: usize| json!(format!("front-{:02}.webp", number + 1));
        let draft = Draft::new("settings.branding_updated", who)
            .on(thing("settings", "branding", "Branding"))
            .says(words)
            .change("colours.accent", accent(number), accent(number + 1))
            .change("banner", banner(number), banner(number + 1));
        self.put(draft);
    }
}
