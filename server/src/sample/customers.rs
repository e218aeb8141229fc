//! The people who buy: who they are and what becomes of their records.

use super::SampleRecord;
use super::dice::Dice;
use super::draft::{Draft, Rule, thing};
use super::names::{self, Name};
use super::people::{self, STAFF, Who, Work};
use super::world::World;
use domain::{Actor, ActorType, CustomerUpsert, Origin, Reference};
use serde_json::{Value, json};
use std::net::IpAddr;

/// How many customers there are before the first day.
pub(super) const CUSTOMERS_AT_START: usize = 560;

/// Someone who buys.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// The store's own id.
    pub id: String,
    /// As they write it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their number.
    pub phone: String,
    /// Where they live.
    pub city: &'static str,
    /// The street of their address.
    pub street: String,
    /// The groups they are in.
    pub groups: Vec<&'static str>,
    /// Whether they may not order.
    pub is_blocked: bool,
    /// Whether they want news.
    pub wants_news: bool,
    /// Loyalty points.
    pub points: i64,
    address: IpAddr,
    agent: &'static str,
}

const MAILBOXES: &[&str] = &[
    "mail.example",
    "mail.example",
    "post.example",
    "inbox.example",
    "bareed.example",
    "letters.example",
];
const STREETS: &[&str] = &[
    "King Fahd Road",
    "Olaya Street",
    "شارع التحلية",
    "Prince Sultan Road",
    "شارع الأمير محمد بن عبدالعزيز",
    "Palm Lane",
    "Corniche Road",
    "حي الياسمين",
    "حي النرجس",
    "Harbour Street",
    "Garden Row",
    "Station Road",
];
const GROUPS: &[(&str, &str)] = &[
    ("g_vip", "VIP"),
    ("g_wholesale", "Wholesale"),
    ("g_press", "Press"),
    ("g_friends", "Friends of the house"),
    ("g_students", "Students"),
    ("g_preview", "Early access"),
];
/// The rule that makes good customers VIP.
pub(super) const VIP: Rule = Rule {
    id: "r_vip",
    name: "VIP tag",
};

impl Customer {
    /// The `number`th customer, counted from 0.
    pub fn meet(number: usize, dice: &mut Dice) -> Self {
        let Name { full, latin, home } = names::name(dice);
        let (address, agent) = people::home_of_buyer(number, dice);
        let local = if dice.chance(0.4) {
            latin
        } else {
            format!("{latin}{}", dice.between(2, 99))
        };
        Self {
            id: format!("c_{}", 201 + number),
            name: full,
            email: format!("{local}@{}", dice.pick(MAILBOXES)),
            phone: names::phone(home, 100 + number * 7, dice),
            city: dice.pick(home.cities),
            street: format!("{} {}", dice.between(1, 180), dice.pick(STREETS)),
            groups: if dice.chance(0.12) {
                vec![dice.pick(GROUPS).1]
            } else {
                Vec::new()
            },
            is_blocked: false,
            wants_news: dice.chance(0.55),
            points: 10 * dice.between(0, 80),
            address,
            agent,
        }
    }

    /// The customer as actor.
    pub fn acts(&self) -> Who {
        Who {
            actor: Actor {
                kind: ActorType::Customer,
                id: Some(self.id.clone()),
                name: Some(self.name.clone()),
                email: Some(self.email.clone()),
                role: None,
            },
            origin: Origin {
                ip: Some(self.address),
                user_agent: Some(self.agent.to_owned()),
                trace_id: None,
            },
        }
    }

    /// The customer as the thing something is done to.
    pub fn reference(&self) -> Reference {
        thing("customer", &self.id, &self.name)
    }

    /// Whether they are written to in Arabic.
    pub fn reads_arabic(&self) -> bool {
        self.name
            .chars()
            .any(|c| ('\u{600}'..='\u{6ff}').contains(&c))
    }

    /// What the device they look with is called.
    pub fn device(&self) -> &'static str {
        [
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android phone"),
            ("Macintosh", "Mac"),
            ("Windows", "Windows"),
        ]
        .into_iter()
        .find(|(mark, _)| self.agent.contains(mark))
        .map_or("Linux", |(_, words)| words)
    }

    /// What is known of them, as other systems send it.
    pub fn record(&self) -> SampleRecord {
        SampleRecord::Customer {
            id: self.id.clone(),
            customer: CustomerUpsert {
                name: Some(self.name.clone()),
                email: Some(self.email.clone()),
                phone: Some(self.phone.clone()),
                groups: self.groups.iter().map(|g| (*g).to_owned()).collect(),
            },
        }
    }

    fn home(&self) -> Value {
        json!({ "street": self.street, "city": self.city })
    }
}

impl World {
    /// Someone opens an account; gives their place among the customers.
    pub fn welcome_customer(&mut self) -> usize {
        let at = self.customers.len();
        let customer = Customer::meet(at, &mut self.dice);
        let words = self.dice.pick(&[
            "Opened an account while paying",
            "Opened an account from the wish list",
            "Signed up for early access to the sale",
            "Opened an account with Apple",
            "Followed an invitation from a friend",
        ]);
        self.note(customer.record());
        let draft = Draft::new("customer.created", customer.acts())
            .on(customer.reference())
            .says(words)
            .details(json!({
                "language": if customer.reads_arabic() { "ar" } else { "en" },
                "consent": { "email": customer.wants_news, "sms": false },
            }));
        self.customers.push(customer);
        self.put(draft);
        at
    }

    /// A colleague adds a customer at the counter.
    pub fn add_customer_at_counter(&mut self) {
        let at = self.customers.len();
        let customer = Customer::meet(at, &mut self.dice);
        self.note(customer.record());
        let draft = Draft::new("customer.created", self.someone(Work::Service))
            .on(customer.reference())
            .says("Added at the counter, wants receipts by message");
        self.customers.push(customer);
        self.put(draft);
    }

    /// A customer comes back and signs in; now and then the password is wrong.
    pub fn customer_signs_in(&mut self) {
        let at = self.some_customer();
        let draft = self.sign_in(at);
        self.put(draft);
    }

    /// A sign-in of a customer, as it will be.
    pub fn sign_in(&mut self, at: usize) -> Draft {
        let customer = &self.customers[at];
        let draft = Draft::new("customer.signed_in", customer.acts()).on(customer.reference());
        if self.dice.chance(0.04) {
            return draft.says("Could not sign in").failed(self.dice.pick(&[
                "the password is wrong",
                "the one-time code has expired; a new one was sent",
                "five wrong passwords; the account waits 15 minutes",
            ]));
        }
        let how = self
            .dice
            .pick(&["password", "one-time code by SMS", "Apple", "passkey"]);
        draft.says(format!("With {how}, {}", self.customers[at].device()))
    }

    /// A customer, or a colleague for them, corrects their record.
    pub fn correct_customer(&mut self) {
        let at = self.some_customer();
        let by_customer = self.dice.chance(0.6);
        let who = if by_customer {
            self.customers[at].acts()
        } else {
            self.someone(Work::Service)
        };
        let draft = Draft::new("customer.updated", who).on(self.customers[at].reference());
        if self.dice.chance(0.025) {
            let address = &self.customers[at].email;
            let wrong = address.replace(".example", "");
            self.put(
                draft
                    .says("New email address refused")
                    .change("email", json!(address), json!(wrong))
                    .failed("the address has no valid domain; ask for it again"),
            );
            return;
        }
        let draft = match self.dice.weighted(&[4, 3, 4, 3]) {
            0 => self.moves_house(at, draft),
            1 => {
                let other = self.dice.between(200, 9_900);
                let customer = &mut self.customers[at];
                let keep = customer.phone.len().saturating_sub(3);
                let number = format!("{}{:03}", &customer.phone[..keep], other % 1_000);
                let before = std::mem::replace(&mut customer.phone, number);
                draft
                    .says("New phone number")
                    .change("phone", json!(before), json!(customer.phone))
            }
            2 => {
                let customer = &mut self.customers[at];
                let before = customer.wants_news;
                customer.wants_news = !before;
                let consent =
                    |email: bool| json!({ "email": email, "sms": false, "whatsapp": true });
                draft
                    .says(if before {
                        "Wants no more news"
                    } else {
                        "Wants news by email again"
                    })
                    .change("consent", consent(before), consent(!before))
            }
            _ => {
                let languages = [("en", "ar"), ("ar", "en")];
                let (before, after) = self.dice.pick(&languages);
                draft
                    .says("Messages in another language from now on")
                    .change("language", json!(before), json!(after))
            }
        };
        self.note(self.customers[at].record());
        self.put(draft);
    }

    fn moves_house(&mut self, at: usize, draft: Draft) -> Draft {
        let street = format!("{} {}", self.dice.between(1, 180), self.dice.pick(STREETS));
        let customer = &mut self.customers[at];
        let before = customer.home();
        customer.street = street;
        draft
            .says("Moved to another address")
            .change("address", before, customer.home())
    }

    /// A customer joins or leaves a group.
    pub fn regroup_customer(&mut self) {
        let at = self.some_customer();
        let (id, name) = self.dice.pick(GROUPS);
        let by_rule = name == "VIP" && self.dice.chance(0.7);
        let who = if by_rule {
            VIP.acts()
        } else {
            self.someone(Work::Marketing)
        };
        let before = json!(self.customers[at].groups);
        let joins = !self.customers[at].groups.contains(&name);
        let customer = &mut self.customers[at];
        let (action, words) = if joins {
            customer.groups.push(name);
            ("customer.added_to_group", format!("Joins {name}"))
        } else {
            customer.groups.retain(|g| *g != name);
            ("customer.removed_from_group", format!("Leaves {name}"))
        };
        let mut draft = Draft::new(action, who)
            .on(customer.reference())
            .says(words)
            .change("groups", before, json!(customer.groups))
            .with(thing("customer_group", id, name));
        if by_rule {
            draft = draft.by_rule(VIP);
        }
        self.note(self.customers[at].record());
        self.put(draft);
    }

    /// A customer may not order any more, or may again.
    pub fn block_or_unblock_customer(&mut self) {
        let who = self.someone(Work::Service);
        let blocked = self.customers.iter().position(|c| c.is_blocked);
        if let Some(at) = blocked.filter(|_| self.dice.chance(0.45)) {
            self.customers[at].is_blocked = false;
            let words = self.dice.pick(&[
                "The bank confirmed that the card was theirs",
                "Asked nicely, paid the open parcel",
                "Was blocked by mistake",
            ]);
            let draft = Draft::new("customer.unblocked", who)
                .on(self.customers[at].reference())
                .says(words)
                .change("is_blocked", json!(true), json!(false));
            self.put(draft);
            return;
        }
        let at = self.some_customer();
        if self.customers[at].is_blocked {
            return;
        }
        self.customers[at].is_blocked = true;
        let words = self.dice.pick(&[
            "Four parcels refused at the door, cash on delivery",
            "Card reported as stolen by its bank",
            "Twelve orders on one evening, all cancelled",
            "Insulted a courier, twice",
        ]);
        let draft = Draft::new("customer.blocked", who)
            .on(self.customers[at].reference())
            .says(words)
            .change("is_blocked", json!(false), json!(true));
        self.put(draft);
    }

    /// The owner's team makes, renames or closes a group, in turn.
    pub fn tend_customer_groups(&mut self) {
        const PLANS: &[(&str, &str, &str)] = &[
            ("g_eid", "Eid list", "Eid guests"),
            ("g_majlis", "Majlis", "Majlis evenings"),
            ("g_bridal", "Brides", "Brides and families"),
        ];
        let (id, name, later_name) = PLANS[(self.day as usize / 24) % PLANS.len()];
        let who = STAFF[2].acts(&mut self.dice);
        let draft = match self.day / 8 % 3 {
            0 => Draft::new("customer_group.created", who)
                .on(thing("customer_group", id, name))
                .says("A group for invitations to the shop"),
            1 => Draft::new("customer_group.updated", who)
                .on(thing("customer_group", id, later_name))
                .says("Renamed, 5% on everything for its members")
                .change("name", json!(name), json!(later_name))
                .change("discount_percent", Value::Null, json!(5)),
            _ => Draft::new("customer_group.deleted", who)
                .on(thing("customer_group", id, later_name))
                .says("The season is over; its members keep their accounts"),
        };
        self.put(draft);
    }
}
