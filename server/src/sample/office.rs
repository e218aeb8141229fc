//! The office: contacts, colleagues, exports, who looked at the log.

use super::catalogue::grouped;
use super::draft::{Draft, thing};
use super::people::{COURIER_REPORTS, OWNER, STAFF, Work, store};
use super::rhythm::short_date;
use super::world::World;
use chrono::TimeDelta;
use domain::{Outcome, Reference};
use serde_json::{Value, json};

/// Someone outside the customer list.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    id: String,
    name: &'static str,
    phone: String,
}

const CONTACTS: &[(&str, &str)] = &[
    ("Giulia Bassi", "sales at Lanificio Bassi"),
    ("يزيد القرني", "photographer"),
    ("Marta Sousa", "Porto Shirtmakers"),
    ("Hassan El Idrissi", "Fez Leather Guild"),
    ("Deniz Aksoy", "Anadolu Tekstil"),
    ("العنود السديري", "writes for a fashion magazine"),
    ("Patrick O’Neill", "lighting and windows"),
    ("Farah Siddiqui", "Khyber Embroidery House"),
    ("مازن الخطيب", "landlord, Olaya street"),
    ("Chiara Ferrante", "buttons and trims"),
    ("Yusuf Adan", "courier, night shift"),
    ("Phan Thu Trang", "silk weaver in Hội An"),
];

impl Contact {
    fn reference(&self) -> Reference {
        thing("contact", &self.id, self.name)
    }
}

/// The contacts that are there before the first day.
pub(super) fn contacts_at_start() -> Vec<Contact> {
    (0..CONTACTS.len() / 2)
        .map(|at| Contact {
            id: format!("ct_{}", 11 + at),
            name: CONTACTS[at].0,
            phone: format!("+966 55 555 9{at:03}"),
        })
        .collect()
}

impl World {
    /// A contact is added, corrected or removed.
    pub fn tend_contacts(&mut self) {
        let who = self.someone(Work::Marketing);
        let what = self.dice.weighted(&[3, 6, 2]);
        if what == 0 || self.contacts.len() < 3 {
            let (name, words) = self.dice.pick(CONTACTS);
            let contact = Contact {
                id: self.id("ct"),
                name,
                phone: format!("+966 54 555 {:04}", self.dice.between(8_000, 8_999)),
            };
            let draft = Draft::new("contact.created", who)
                .on(contact.reference())
                .says(format!("New: {words}"));
            self.contacts.push(contact);
            self.put(draft);
            return;
        }
        let at = self.dice.below(self.contacts.len());
        if what == 2 {
            let contact = self.contacts.remove(at);
            let draft = Draft::new("contact.deleted", who)
                .on(contact.reference())
                .says("Works there no more");
            self.put(draft);
            return;
        }
        let phone = format!("+966 56 555 {:04}", self.dice.between(7_000, 7_999));
        let contact = &mut self.contacts[at];
        let before = std::mem::replace(&mut contact.phone, phone);
        let draft = Draft::new("contact.updated", who)
            .on(contact.reference())
            .says("New number")
            .change("phone", json!(before), json!(contact.phone));
        self.put(draft);
    }

    /// What happens with colleagues, one after the other: help for the season comes and goes.
    pub fn tend_users(&mut self) {
        const HELP: [(&str, &str, &str); 3] = [
            ("u_41", "بدر السالم", "badr"),
            ("u_42", "Daniel Okoye", "daniel"),
            ("u_43", "Hessa Al-Fahad", "hessa"),
        ];
        let turn = self.day as usize / 9;
        let (id, name, email) = HELP[turn / 4 % HELP.len()];
        let who = STAFF[if turn.is_multiple_of(3) { OWNER } else { 1 }].acts(&mut self.dice);
        let subject = thing("user", id, name);
        match turn % 4 {
            0 => {
                let draft = Draft::new("user.invited", who)
                    .on(subject)
                    .says("Invited as staff for the season, has not answered yet")
                    .change("role", Value::Null, json!("staff"))
                    .details(json!({ "email": format!("{email}@maisonnoor.example") }));
                let wait = TimeDelta::hours(self.dice.between(2, 60));
                self.put_pending(draft, (wait, Outcome::Success, None));
            }
            1 => {
                let draft = Draft::new("user.role_changed", who)
                    .on(subject)
                    .says("Packs well: works in the warehouse from now on")
                    .change("role", json!("staff"), json!("store_keeper"));
                self.put(draft);
            }
            2 => {
                let draft = Draft::new("user.blocked", who)
                    .on(subject)
                    .says("Lost their phone; blocked until it is found")
                    .change("is_blocked", json!(false), json!(true));
                self.put(draft);
            }
            _ => {
                let draft = Draft::new("user.removed", who)
                    .on(subject)
                    .says("The season is over");
                self.put(draft);
            }
        }
    }

    /// Tomasz Zieliński goes from the office to the warehouse.
    pub fn change_a_role(&mut self) {
        let who = STAFF[1].acts(&mut self.dice);
        let draft = Draft::new("user.role_changed", who)
            .on(STAFF[5].reference())
            .says("From manager to store keeper, at his own wish")
            .change("role", json!("manager"), json!("store_keeper"));
        self.put(draft);
    }

    /// Someone takes a file out of the store: asked for, made, fetched, or not.
    pub fn export(&mut self) {
        let (name, filter, work) = self.dice.pick(&[
            (
                "Orders of the week",
                "category:orders created:7d",
                Work::Finance,
            ),
            (
                "Customers, VIP",
                "category:customers \"VIP\"",
                Work::Marketing,
            ),
            ("Failed entries", "outcome:failed created:30d", Work::Audit),
            (
                "Stock movements",
                "category:inventory created:30d",
                Work::Catalogue,
            ),
            (
                "Coupons used",
                "category:coupons created:30d",
                Work::Marketing,
            ),
            (
                "Expenses of the month",
                "category:finance created:30d",
                Work::Finance,
            ),
            (
                "Price changes",
                "action:product.updated has:changes",
                Work::Audit,
            ),
        ]);
        let who = self.someone(work);
        let (id, trace) = (self.id("exp"), self.dice.hex());
        let format = self.dice.pick(&["xlsx", "csv", "csv", "json"]);
        let rows = self.dice.between(40, 9_000);
        let about = |action: &str, who, words: String| {
            Draft::new(action, who)
                .on(thing("export", &id, name))
                .says(words)
                .traced(&trace)
        };
        let asked = about("export.requested", who.clone(), format!("As {format}"))
            .details(json!({ "filter": filter, "format": format }));
        let fails = self.dice.chance(0.07);
        self.put(asked);
        let wait = self.seconds(2, 40);
        if fails {
            let draft = about("export.failed", store(), "No file was made".to_owned()).failed(
                self.dice.pick(&[
                    "more than 1,000,000 rows for xlsx; narrow the time or take csv",
                    "the disk for files has 38 MB left, 112 MB are needed",
                ]),
            );
            self.put_in(wait, draft);
            return;
        }
        let words = format!("{} rows as {format}", grouped(rows.unsigned_abs()));
        let sum = format!("{}{}", self.dice.hex(), self.dice.hex());
        let done = about("export.completed", store(), words)
            .details(json!({ "rows": rows, "bytes": rows * 187, "sha256_begins": sum }));
        self.put_in(wait, done);
        if self.dice.chance(0.85) {
            let fetched = about("export.downloaded", who, "Fetched once".to_owned());
            let wait = wait + self.seconds(5, 600);
            self.put_in(wait, fetched);
        }
    }

    /// Someone looks through the log.
    pub fn look_at_log(&mut self) {
        let draft = self.a_look_at_the_log();
        self.put(draft);
    }

    /// A look at the log, as it will be.
    pub fn a_look_at_the_log(&mut self) -> Draft {
        let who = self.someone(Work::Audit);
        let (words, filter) = self.dice.pick(&[
            (
                "Looked at what failed this week",
                "outcome:failed created:7d",
            ),
            (
                "Looked at price changes of the month",
                "action:product.updated created:30d",
            ),
            ("Looked at refunds", "action:order.refunded"),
            (
                "Looked at what Omar Haddad did yesterday",
                "actor:omar created:yesterday",
            ),
            ("Looked at coupons over 25%", "category:coupons \"30%\""),
        ]);
        Draft::new("log.viewed", who)
            .on(thing("log", "activity", "Activity log"))
            .says(words)
            .details(json!({ "filter": filter }))
    }

    /// The owner erases what a customer asked to have erased.
    pub fn erase_on_request(&mut self) {
        let who = STAFF[OWNER].acts(&mut self.dice);
        let count = self.dice.between(3, 41);
        let day = short_date(self.today - TimeDelta::days(2));
        let draft = Draft::new("log.erased", who)
            .on(thing("log", "activity", "Activity log"))
            .says(format!(
                "{count} entries about one customer, asked for on {day}"
            ))
            .details(json!({ "entries": count, "reason": "request of the person concerned" }));
        self.put(draft);
    }

    /// The courier's program reports that a parcel is coming back, before it does.
    pub fn announce_return(&mut self) {
        let order = self.orders.values().find(|o| o.status == "delivered");
        let Some(order) = order else { return };
        let draft = Draft::new("return.announced", COURIER_REPORTS.acts())
            .on(order.reference())
            .says("The customer dropped a parcel at a branch")
            .with(self.customers[order.customer].reference())
            .details(json!({ "parcel": order.parcel }));
        self.put(draft);
    }
}
