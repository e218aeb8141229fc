//! Special offers: prices that need no code.

use super::draft::{Draft, thing};
use super::people::Work;
use super::rhythm::{Campaign, short_date};
use super::world::World;
use chrono::{NaiveDate, TimeDelta};
use domain::Reference;
use serde_json::{Value, json};

/// A price that needs no code.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    id: String,
    name: String,
    percent: i64,
    ends: NaiveDate,
    is_active: bool,
}

impl Offer {
    fn reference(&self) -> Reference {
        thing("special_offer", &self.id, &self.name)
    }
}

impl World {
    /// An offer without a code: made today, switched on tomorrow, changed, over after some days.
    pub fn plan_offer(&mut self) {
        let (name, percent) = self.dice.pick(&[
            ("Two scarves, one gift box", 10),
            ("عرض العبايات الكتانية", 15),
            ("Shoes and bag together", 12),
            ("Last pieces of the season", 35),
            ("اشترِ قطعتين واحصل على الثالثة", 33),
            ("Weekend in linen", 20),
            ("Workwear Monday", 15),
        ]);
        let ends = self.today + TimeDelta::days(self.dice.between(5, 9));
        self.make_offer(name.to_owned(), percent, ends);
    }

    /// The offer of the campaign that begins.
    pub fn plan_campaign_offer(&mut self, campaign: Campaign) {
        let name = if self.dice.chance(0.5) {
            campaign.name
        } else {
            campaign.name_ar
        };
        self.make_offer(name.to_owned(), i64::from(campaign.percent), campaign.last);
    }

    fn make_offer(&mut self, name: String, percent: i64, ends: NaiveDate) {
        let offer = Offer {
            id: self.id("so"),
            name,
            percent,
            ends,
            is_active: false,
        };
        let who = self.someone(Work::Marketing);
        let draft = Draft::new("special_offer.created", who)
            .on(offer.reference())
            .says(format!(
                "{percent}% until {}, no code needed",
                short_date(ends)
            ))
            .change("discount_percent", Value::Null, json!(percent));
        self.offers.push(offer);
        self.put(draft);
    }

    /// Each offer goes one step on: on, changed, off when it is over, deleted when it was off.
    pub fn tend_offers(&mut self) {
        let today = self.today;
        let Some(at) = self
            .offers
            .iter()
            .position(|o| !o.is_active || o.ends < today)
        else {
            return self.change_offer();
        };
        let who = self.someone(Work::Marketing);
        let offer = &mut self.offers[at];
        let reference = offer.reference();
        let draft = if offer.is_active {
            offer.is_active = false;
            Draft::new("special_offer.deactivated", who)
                .says("Over")
                .change("is_active", json!(true), json!(false))
        } else if offer.ends < today {
            self.offers.remove(at);
            Draft::new("special_offer.deleted", who).says("Over, its figures are in the report")
        } else {
            offer.is_active = true;
            Draft::new("special_offer.activated", who)
                .says(format!(
                    "On the front page until {}",
                    short_date(offer.ends)
                ))
                .change("is_active", json!(false), json!(true))
        };
        self.put(draft.on(reference));
    }

    fn change_offer(&mut self) {
        if self.offers.is_empty() {
            return;
        }
        let at = self.dice.below(self.offers.len());
        let who = self.someone(Work::Marketing);
        let by = self.dice.pick(&[-5, 5, 10]);
        let offer = &mut self.offers[at];
        let before = offer.percent;
        offer.percent = (offer.percent + by).clamp(5, 60);
        let draft = Draft::new("special_offer.updated", who)
            .on(offer.reference())
            .says(format!("{before}% becomes {}%", offer.percent))
            .change("discount_percent", json!(before), json!(offer.percent));
        self.put(draft);
    }
}
