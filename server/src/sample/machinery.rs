//! What runs by itself: webhooks, jobs, rules, loyalty; and the hum that fills a day.

use super::catalogue::money;
use super::draft::{Draft, Rule, thing};
use super::orders::Order;
use super::people::{COURIER_REPORTS, PAYMENTS, WAREHOUSE_SYNC, Work, store};
use super::world::World;
use domain::Reference;
use serde_json::json;

const FRAUD: Rule = Rule {
    id: "r_fraud",
    name: "Hold unusual orders",
};
const CALL_FIRST: Rule = Rule {
    id: "r_call_first",
    name: "Call before cash on delivery",
};
const WIN_BACK: Rule = Rule {
    id: "r_win_back",
    name: "Win back after 90 days",
};
const POINTS: Rule = Rule {
    id: "r_points",
    name: "Loyalty points",
};

/// A machine's errand, its share, and why it fails now and then.
type Errand = (&'static str, &'static str);

const WEBHOOKS: &[Errand] = &[
    (
        "payments / charge.captured",
        "signature does not match; was the secret changed?",
    ),
    (
        "payments / payout.paid",
        "the same event arrived before, under another number",
    ),
    (
        "courier / parcel.scanned",
        "parcel MN 0000 0000 SA is not known here",
    ),
    (
        "courier / parcel.out_for_delivery",
        "the body is not JSON: unexpected end at byte 1,024",
    ),
    (
        "shop / cart.updated",
        "answered after 10 s; the sender tries again in 5 minutes",
    ),
    (
        "shop / product.viewed",
        "signature is 9 minutes old; at most 5 are allowed",
    ),
    (
        "reviews / review.posted",
        "signature does not match; was the secret changed?",
    ),
];

const JOBS: &[Errand] = &[
    (
        "Daily sales summary",
        "the mail server refused the summary: 421 try again later",
    ),
    (
        "Rebuild the search index",
        "stopped after 20 minutes at 84%; starts over tonight",
    ),
    ("Resize photos", "DSC_4471.jpg is not a picture"),
    (
        "Exchange rates",
        "no rates for today from the central bank yet",
    ),
    (
        "Back up",
        "the second copy could not be written: 507 insufficient storage",
    ),
    ("Expire carts", "locked by “Rebuild the search index”"),
    ("Sitemap", "three addresses answer 404"),
    (
        "Points that end",
        "the list of customers changed meanwhile; starts over",
    ),
];

impl World {
    /// A webhook arrives, as part of something if it has a trace.
    pub fn hear_webhook(&mut self, name: &'static str, trace: Option<&str>) {
        let draft = self.webhook(name, false);
        let wait = self.blink();
        let draft = match trace {
            Some(trace) => draft.traced(trace),
            None => draft,
        };
        self.put_in(wait, draft);
    }

    fn webhook(&mut self, name: &'static str, fails: bool) -> Draft {
        let who = match name.split(' ').next() {
            Some("payments") => PAYMENTS.acts(),
            Some("courier") => COURIER_REPORTS.acts(),
            _ => WAREHOUSE_SYNC.acts(),
        };
        let (id, ms) = (self.id("wh"), self.dice.between(3, 240));
        let draft = Draft::new(
            if fails {
                "webhook.failed"
            } else {
                "webhook.received"
            },
            who,
        )
        .on(thing("webhook", &id, name));
        let event = self.dice.hex();
        draft
            .says(if fails {
                "Refused".to_owned()
            } else {
                format!("Taken in {ms} ms")
            })
            .details(json!({ "event": format!("evt_{event}"), "took_ms": ms }))
    }

    /// A webhook that stands for itself, one in twenty refused.
    pub fn stray_webhook(&mut self) {
        let draft = self.a_webhook();
        self.put(draft);
    }

    fn a_webhook(&mut self) -> Draft {
        let (name, error) = self.dice.pick(WEBHOOKS);
        let fails = self.dice.chance(0.06);
        let draft = self.webhook(name, fails);
        if fails { draft.failed(error) } else { draft }
    }

    /// A job is queued and, a little later, done or failed.
    pub fn run_job(&mut self) {
        let (name, error) = self.dice.pick(JOBS);
        let (id, trace) = (self.id("job"), self.dice.hex());
        let queued = Draft::new("job.queued", store())
            .on(thing("job", &id, name))
            .traced(&trace);
        let wait = self.seconds(1, 900);
        let done = if self.dice.chance(0.05) {
            Draft::new("job.failed", store())
                .says("Did not end")
                .failed(error)
        } else {
            let words = match wait.num_seconds() {
                s @ ..60 => format!("Done in {s} s"),
                s => format!("Done in {} min {} s", s / 60, s % 60),
            };
            Draft::new("job.completed", store()).says(words)
        };
        self.put(queued.says("Waits for its turn"));
        self.put_in(wait, done.on(thing("job", &id, name)).traced(&trace));
    }

    /// A small job that is only heard of when it is done.
    fn a_finished_job(&mut self) -> Draft {
        let name = self.dice.pick(&[
            "Heartbeat of the till",
            "Currency check",
            "Prices to the marketplace",
            "Stock to the shop",
            "Photos to the CDN",
        ]);
        let (id, ms) = (self.id("job"), self.dice.between(80, 9_000));
        Draft::new("job.completed", store())
            .on(thing("job", id, name))
            .says(format!("Done in {:.1} s", ms as f64 / 1_000.0))
    }

    /// The rule that holds unusual orders looks at one that was paid.
    pub fn check_for_fraud(&mut self, order: &Order) {
        let fires = order.total > 400_000;
        let wait = self.blink();
        let words = if fires {
            format!(
                "Fired: {} is held until someone has looked",
                money(order.total)
            )
        } else {
            format!("Skipped: {} is usual", money(order.total))
        };
        let customer = self.customers[order.customer].reference();
        let draft = judge(
            FRAUD,
            order.reference(),
            words,
            fires,
            "total > 4,000.00 SAR",
        )
        .with(customer)
        .traced(&order.trace);
        self.put_in(wait, draft);
    }

    /// A rule looks at a customer and, mostly, leaves them alone.
    fn a_rule_that_looks(&mut self) -> Draft {
        let customer = {
            let at = self.some_customer();
            self.customers[at].reference()
        };
        if self.dice.chance(0.012) {
            return Draft::new("rule.evaluated", WIN_BACK.acts())
                .on(customer)
                .says("Could not be evaluated")
                .by_rule(WIN_BACK)
                .failed("the field customer.last_order_at is empty; the condition needs a date");
        }
        let days = self.dice.between(3, 130);
        let (rule, words, fires, condition) = match self.dice.below(3) {
            0 => (
                WIN_BACK,
                if days > 90 {
                    format!("Fired: last order {days} days ago")
                } else {
                    format!("Skipped: last order {days} days ago")
                },
                days > 90,
                "days since last order > 90",
            ),
            1 => (
                super::customers::VIP,
                "Skipped: fewer than 5 orders this year".to_owned(),
                false,
                "orders this year >= 5",
            ),
            _ => (
                CALL_FIRST,
                "Skipped: has paid at the door before".to_owned(),
                false,
                "first order with cash on delivery",
            ),
        };
        judge(rule, customer, words, fires, condition)
    }

    /// Points for an order that stays.
    pub fn grant_points(&mut self, order: &Order) {
        if !self.dice.chance(0.10) {
            return;
        }
        let points = order.total / 1_000;
        let customer = &mut self.customers[order.customer];
        let before = customer.points;
        customer.points += points;
        let draft = Draft::new("loyalty.points_granted", POINTS.acts())
            .on(customer.reference())
            .says(format!("{points} points for order {}", order.number))
            .change("points", json!(before), json!(customer.points))
            .with(order.reference())
            .by_rule(POINTS);
        let wait = self.blink();
        self.put_in(wait, draft);
    }

    /// A customer turns points into money.
    pub fn redeem_points(&mut self) {
        let at = self.some_customer();
        let customer = &mut self.customers[at];
        if customer.points < 200 {
            return;
        }
        let before = customer.points;
        customer.points -= 200;
        let draft = Draft::new("loyalty.points_redeemed", customer.acts())
            .on(customer.reference())
            .says("200 points for 20.00 SAR")
            .change("points", json!(before), json!(customer.points));
        self.put(draft);
    }

    /// A gift card, or an hour with the tailor.
    pub fn serve_otherwise(&mut self) {
        let at = self.some_customer();
        let customer = self.customers[at].reference();
        let who = self.someone(Work::Service);
        let id = self.id("gc");
        let draft = if self.dice.chance(0.5) {
            let worth = 5_000 * self.dice.between(2, 20);
            Draft::new("gift_card.issued", who)
                .on(thing("gift_card", &id, money(worth)))
                .says(format!("{} for {}", money(worth), self.customers[at].name))
                .with(customer)
        } else {
            let hour = self.dice.between(17, 21);
            Draft::new("fitting.booked", who)
                .on(customer)
                .says(format!("With the tailor at {hour}:00, Olaya street"))
        };
        self.put(draft);
    }

    /// Something that happens all day long and changes nothing: sign-ins, webhooks, small jobs, rules.
    pub fn hum(&mut self) -> Draft {
        match self.dice.weighted(&[36, 26, 16, 17, 3]) {
            0 => {
                let at = self.some_customer();
                self.sign_in(at)
            }
            1 => self.a_webhook(),
            2 => self.a_finished_job(),
            3 => self.a_rule_that_looks(),
            _ => self.a_look_at_the_log(),
        }
    }
}

/// A rule says what it made of something.
fn judge(rule: Rule, subject: Reference, words: String, fires: bool, condition: &str) -> Draft {
    Draft::new("rule.evaluated", rule.acts())
        .on(subject)
        .says(words)
        .by_rule(rule)
        .details(json!({
            "fired": fires,
            "because": [{ "condition": condition, "met": fires }],
        }))
}
