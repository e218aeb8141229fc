//! Coupons: made, switched on, changed, used, switched off, cleared out.

use super::catalogue::{amount, money};
use super::draft::{Draft, Rule, thing};
use super::messages::BIRTHDAY;
use super::people::Work;
use super::rhythm::{Campaign, last_minute, short_date};
use super::world::{Task, World};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::Reference;
use serde_json::{Value, json};

/// A code that lowers a price.
#[derive(Debug, Clone)]
pub(super) struct Coupon {
    code: String,
    percent: i64,
    /// The least an order must be worth, in halalas.
    least: i64,
    limit: i64,
    used: i64,
    ends: NaiveDate,
    is_active: bool,
    /// The customer it belongs to, if it is for one only.
    owner: Option<usize>,
}

const BIRTHDAYS: Rule = BIRTHDAY.rule;

/// The coupons that are there before the first day.
pub(super) fn coupons_at_start(start: DateTime<Utc>) -> Vec<Coupon> {
    let ends = start.date_naive() + TimeDelta::days(400);
    [
        ("WELCOME10", 10, 0),
        ("FREESHIP", 5, 20_000),
        ("APP15", 15, 30_000),
    ]
    .into_iter()
    .map(|(code, percent, least)| Coupon {
        code: code.to_owned(),
        percent,
        least,
        limit: 5_000,
        used: 0,
        ends,
        is_active: true,
        owner: None,
    })
    .collect()
}

impl Coupon {
    fn reference(&self) -> Reference {
        thing("coupon", &self.code, &self.code)
    }
}

impl World {
    /// A coupon for everyone.
    fn some_coupon(&mut self) -> Option<usize> {
        (0..12)
            .map(|_| self.dice.below(self.coupons.len()))
            .find(|at| self.coupons.get(*at).is_some_and(|c| c.owner.is_none()))
    }

    /// Takes an active coupon for an order of that value; gives its code and what it saves, in halalas.
    pub fn redeem_coupon(&mut self, total: i64) -> Option<(String, i64)> {
        let at = self.some_coupon()?;
        let today = self.today;
        let coupon = &mut self.coupons[at];
        let fits = coupon.is_active
            && coupon.used < coupon.limit
            && coupon.least <= total
            && today <= coupon.ends;
        fits.then(|| {
            coupon.used += 1;
            (coupon.code.clone(), total * coupon.percent / 100 / 50 * 50)
        })
    }

    fn make_coupon(&mut self, coupon: Coupon, words: String, by_rule: Option<Rule>) {
        let who = match by_rule {
            Some(rule) => rule.acts(),
            None => self.someone(Work::Marketing),
        };
        let mut draft = Draft::new("coupon.created", who)
            .on(coupon.reference())
            .says(words)
            .change("discount_percent", Value::Null, json!(coupon.percent))
            .change("ends_at", Value::Null, json!(last_minute(coupon.ends)));
        if let Some(rule) = by_rule {
            draft = draft.by_rule(rule);
        }
        if let Some(at) = coupon.owner {
            draft = draft.with(self.customers[at].reference());
        }
        self.coupons.push(coupon);
        self.put(draft);
    }

    /// A coupon for everyone, switched on within the day.
    pub fn plan_coupon(&mut self) {
        let words = self.dice.pick(&[
            "LINEN", "ABAYA", "WEEKEND", "OLAYA", "MAJLIS", "SILK", "COAT", "FRIENDS", "KSA",
            "NOOR",
        ]);
        let percent = self.dice.pick(&[5, 10, 15, 20, 25]);
        let code = format!("{words}{percent}-{}", &self.dice.hex()[..3].to_uppercase());
        let ends = self.today + TimeDelta::days(self.dice.between(3, 21));
        let least = 5_000 * self.dice.between(0, 8);
        let text = format!("{percent}% off one order until {}", short_date(ends));
        let coupon = Coupon {
            code,
            percent,
            least,
            limit: 100 * self.dice.between(1, 8),
            used: 0,
            ends,
            is_active: false,
            owner: None,
        };
        self.make_coupon(coupon, text, None);
        let wait = self.seconds(600, 30_000);
        self.later(wait, Task::Work(Self::switch_coupon_on));
    }

    /// The coupon of the campaign that begins.
    pub fn plan_campaign_coupon(&mut self, campaign: Campaign) {
        let coupon = Coupon {
            code: format!("{}{}", campaign.code, campaign.percent),
            percent: i64::from(campaign.percent),
            least: 15_000,
            limit: 1_500,
            used: 0,
            ends: campaign.last,
            is_active: false,
            owner: None,
        };
        let text = format!(
            "{}% off one order until {}",
            campaign.percent,
            short_date(campaign.last)
        );
        self.make_coupon(coupon, text, None);
        let wait = self.seconds(900, 9_000);
        self.later(wait, Task::Work(Self::switch_coupon_on));
    }

    /// A rule gives someone a coupon for their birthday and writes to them.
    pub fn give_birthday_coupon(&mut self) {
        let owner = self.some_customer();
        let code = format!("BDAY-{}", &self.dice.hex()[..5].to_uppercase());
        let text = format!("For {} only, 14 days", self.customers[owner].name);
        let coupon = Coupon {
            code,
            percent: 20,
            least: 0,
            limit: 1,
            used: 0,
            ends: self.today + TimeDelta::days(14),
            is_active: true,
            owner: Some(owner),
        };
        self.make_coupon(coupon, text, Some(BIRTHDAYS));
        if self.dice.chance(0.3) {
            self.send(&BIRTHDAY, owner, None, 60);
        }
    }

    /// The newest coupon that is off is switched on.
    pub fn switch_coupon_on(&mut self) {
        let today = self.today;
        let off = self
            .coupons
            .iter()
            .rposition(|c| !c.is_active && c.used == 0 && c.ends >= today);
        let Some(at) = off else { return };
        let who = self.someone(Work::Marketing);
        let coupon = &mut self.coupons[at];
        coupon.is_active = true;
        let draft = Draft::new("coupon.activated", who)
            .on(coupon.reference())
            .says(format!("Valid from now until {}", short_date(coupon.ends)))
            .change("is_active", json!(false), json!(true));
        self.put(draft);
    }

    /// A coupon is switched off before its time, or because it is over.
    pub fn switch_coupon_off(&mut self) {
        let Some(at) = self.some_coupon() else { return };
        let today = self.today;
        let who = self.someone(Work::Marketing);
        let coupon = &mut self.coupons[at];
        if !coupon.is_active || coupon.limit >= 5_000 {
            return;
        }
        coupon.is_active = false;
        let words = if coupon.ends < today {
            format!("Over, {} of {} used", coupon.used, coupon.limit)
        } else {
            format!("Ended early, {} of {} used", coupon.used, coupon.limit)
        };
        let draft = Draft::new("coupon.deactivated", who)
            .on(coupon.reference())
            .says(words)
            .change("is_active", json!(true), json!(false));
        self.put(draft);
    }

    /// The conditions of a coupon change; some changes make no sense and are refused.
    pub fn change_coupon(&mut self) {
        let Some(at) = self.some_coupon() else { return };
        let who = self.someone(Work::Marketing);
        let (days, step) = (self.dice.between(2, 14), self.dice.between(1, 6));
        let (refused, more, terms) = (
            self.dice.chance(0.07),
            self.dice.chance(0.5),
            self.dice.chance(0.35),
        );
        let today = self.today;
        let coupon = &mut self.coupons[at];
        let mut draft = Draft::new("coupon.updated", who).on(coupon.reference());
        let until = json!(last_minute(coupon.ends));
        if refused {
            let early = today - TimeDelta::days(days);
            let draft = draft
                .says("Refused: it would end before it starts")
                .change("ends_at", until, json!(last_minute(early)))
                .failed("the end lies before the start; choose an end after today");
            self.put(draft);
            return;
        }
        coupon.ends += TimeDelta::days(days);
        let mut words = format!("Runs until {}", short_date(coupon.ends));
        draft = draft.change("ends_at", until, json!(last_minute(coupon.ends)));
        if more {
            let least = coupon.least;
            coupon.least = 2_500 * step;
            let percent = coupon.percent;
            coupon.percent = 5 * (step.min(5));
            draft = draft.change("minimum_order", amount(least), amount(coupon.least));
            if percent == coupon.percent {
                words = format!("From {} on", money(coupon.least));
            } else {
                draft = draft.change("discount_percent", json!(percent), json!(coupon.percent));
                words = format!("Discount {percent}% to {}% and more", coupon.percent);
            }
        }
        if terms {
            draft = draft.change(
                "terms",
                json!("Once per customer, on full-price items."),
                json!("Once per customer, on any item except gift cards."),
            );
        }
        self.put(draft.says(words));
    }

    /// Someone clears out coupons that are over, one after the other.
    pub fn clear_out_coupons(&mut self) {
        let today = self.today;
        let who = self.someone(Work::Marketing);
        let mut wait = TimeDelta::zero();
        let most = self.dice.between(14, 46) as usize;
        let mut gone = Vec::new();
        self.coupons.retain(|coupon| {
            let goes = coupon.ends < today && gone.len() < most;
            if goes {
                gone.push(coupon.clone());
            }
            !goes
        });
        for coupon in gone {
            let mut draft = Draft::new("coupon.deleted", who.clone()).on(coupon.reference());
            draft = match coupon.owner {
                Some(at) => draft
                    .says(format!("Unused, belonged to {}", self.customers[at].name))
                    .with(self.customers[at].reference()),
                None => draft.says(format!("Over, {} of {} used", coupon.used, coupon.limit)),
            };
            self.put_in(wait, draft);
            wait += self.seconds(2, 5);
        }
    }
}
