//! Bulk operations: many changes under one name, item by item, and what becomes of them.

use super::draft::{Draft, thing};
use super::garments::Shelf;
use super::people::{STAFF, Who, Work, someone_for};
use super::world::{Task, World};
use chrono::TimeDelta;
use domain::Outcome;
use domain::operation::OperationKind;
use serde_json::json;

/// What an operation does to each item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Lowers prices by so many per cent.
    Sale(i64),
    /// Puts prices back as they were.
    Restore,
    /// Puts a tag on products.
    Tag(&'static str),
    /// Makes spellings of tags one.
    CleanTags,
    /// Writes customers' numbers in the international form.
    Phones,
    /// Fills an own field.
    Metafield,
    /// Takes over a new price list of makers.
    Costs,
    /// Corrects stock after the count.
    Count,
    /// Adds customers to a group.
    Group(&'static str),
    /// Sends products to a marketplace, which looks at each by hand.
    Publish,
}

impl Kind {
    /// As the list of operations calls it.
    fn word(self) -> OperationKind {
        match self {
            Self::Sale(_) | Self::Publish | Self::Count | Self::Group(_) => {
                OperationKind::BulkOperation
            }
            Self::Restore => OperationKind::Revert,
            Self::Tag(_) => OperationKind::BulkTagUpdate,
            Self::CleanTags => OperationKind::TagCleanUp,
            Self::Phones => OperationKind::DataCleanUp,
            Self::Metafield => OperationKind::MetafieldUpdate,
            Self::Costs => OperationKind::CostUpdate,
        }
    }

    /// What it is done to, in the shop's words.
    fn query(self) -> &'static str {
        match self {
            Self::Phones | Self::Group(_) => "customers: orders:>0",
            Self::Sale(_) | Self::Restore => "products: status:active stock:>0",
            _ => "products: status:active",
        }
    }
}

/// A bulk operation under way.
pub(super) struct Operation {
    id: String,
    name: String,
    pub kind: Kind,
    items: Vec<usize>,
    at: usize,
    failed: usize,
    /// The item before which it breaks off, if it does.
    breaks_at: Option<usize>,
    pub who: Who,
    trace: String,
    /// Prices before, for a sale that will be reverted.
    pub before: Vec<(usize, i64)>,
    /// The operation that this one reverts.
    reverts: Option<(String, String)>,
}

impl World {
    /// The next operation of the season's list starts.
    pub fn start_operation(&mut self) {
        let season = self.campaign.map_or("Mid-season", |c| c.name);
        let (name, kind, work) = match self.operations % 9 {
            0 => (
                format!("{season} sale on outerwear and abayas"),
                Kind::Sale(20),
                Work::Marketing,
            ),
            1 => (
                "Phone numbers in international form".to_owned(),
                Kind::Phones,
                Work::Office,
            ),
            2 => (
                "Tag the capsule".to_owned(),
                Kind::Tag("capsule"),
                Work::Catalogue,
            ),
            3 => (
                "New price lists of the makers".to_owned(),
                Kind::Costs,
                Work::Finance,
            ),
            4 => (
                format!("{season} prices, whole shop"),
                Kind::Sale(15),
                Work::Marketing,
            ),
            5 => ("Tag clean-up".to_owned(), Kind::CleanTags, Work::Catalogue),
            6 => (
                "Early access for regulars".to_owned(),
                Kind::Group("Early access"),
                Work::Marketing,
            ),
            7 => (
                "Care labels as data".to_owned(),
                Kind::Metafield,
                Work::Catalogue,
            ),
            _ => (
                "Count of both floors".to_owned(),
                Kind::Count,
                Work::Warehouse,
            ),
        };
        // Every other try at the phone numbers breaks off.
        let breaks_at = (self.operations % 18 == 1).then_some(212);
        self.start(name, kind, work, breaks_at);
    }

    /// The season's pictures go to the marketplace, which takes days to look at them.
    pub fn publish_on_marketplace(&mut self) {
        let name = "New pictures to the marketplace".to_owned();
        self.start(name, Kind::Publish, Work::Catalogue, None);
    }

    fn start(&mut self, name: String, kind: Kind, work: Work, breaks_at: Option<usize>) {
        self.operations += 1;
        let who = STAFF[someone_for(work, &mut self.dice)].acts(&mut self.dice);
        let items = self.items_of(kind, name.contains("outerwear"));
        let id = format!("op_{:04}", 30 + self.operations);
        self.begin(Operation {
            id,
            name,
            kind,
            items,
            at: 0,
            failed: 0,
            breaks_at,
            who,
            trace: String::new(),
            before: Vec::new(),
            reverts: None,
        });
    }

    fn items_of(&mut self, kind: Kind, only_warm: bool) -> Vec<usize> {
        match kind {
            Kind::Phones | Kind::Group(_) => {
                let most = self.customers.len();
                let count = (self.dice.between(230, 420) as usize).min(most);
                let first = self.dice.below(most - count + 1);
                (first..first + count).collect()
            }
            _ => (0..self.products.len())
                .filter(|at| {
                    let product = &self.products[*at];
                    let shelf = product.garment.shelf;
                    let warm = matches!(shelf, Shelf::Outerwear | Shelf::Abayas);
                    !product.is_deleted && (warm || !only_warm)
                })
                .take(400)
                .collect(),
        }
    }

    fn begin(&mut self, mut operation: Operation) {
        operation.trace = self.dice.hex();
        let count = operation.items.len();
        let mut draft = Draft::new("operation.started", operation.who.clone())
            .on(thing("operation", &operation.id, &operation.name))
            .says(format!("{count} items, dry run without conflicts"))
            .part_of(&operation.id)
            .traced(&operation.trace)
            .details(json!({
                "items": count, "per_second": 10, "kind": operation.kind.word().as_str(), "query": operation.kind.query(),
            }));
        if let Some((id, name)) = &operation.reverts {
            draft = draft.with(thing("operation", id, name));
        }
        self.put(draft);
        self.go_on(operation);
    }

    fn go_on(&mut self, operation: Operation) {
        let wait = TimeDelta::microseconds(self.dice.between(70_000, 190_000));
        self.later(wait, Task::Operation(Box::new(operation)));
    }

    /// The next item of an operation, or its end.
    pub fn advance_operation(&mut self, mut operation: Box<Operation>) {
        if operation.breaks_at.is_some_and(|at| operation.at >= at) {
            return self.break_off(&operation);
        }
        let Some(&item) = operation.items.get(operation.at) else {
            return self.finish(*operation);
        };
        operation.at += 1;
        if let Some(draft) = self.change_item(&mut operation, item) {
            if draft.0.error.is_some() {
                operation.failed += 1;
            }
            let draft = draft.part_of(&operation.id).traced(&operation.trace);
            if operation.kind == Kind::Publish {
                let ends = self.verdict_of_marketplace();
                self.put_pending(draft, ends);
            } else {
                self.put(draft);
            }
        }
        self.go_on(*operation);
    }

    /// When and how the marketplace answers.
    fn verdict_of_marketplace(&mut self) -> (TimeDelta, Outcome, Option<&'static str>) {
        let wait = self.seconds(3 * 3_600, 160 * 3_600);
        if self.dice.chance(0.95) {
            return (wait, Outcome::Success, None);
        }
        let why = self.dice.pick(&[
            "refused by the marketplace: picture 2 shows text",
            "refused by the marketplace: the background is not white",
        ]);
        (wait, Outcome::Failed, Some(why))
    }

    fn break_off(&mut self, operation: &Operation) {
        let (done, all) = (operation.at, operation.items.len());
        let draft = Draft::new("operation.failed", operation.who.clone())
            .on(thing("operation", &operation.id, &operation.name))
            .says(format!("Broke off after {done} of {all} items; what is done stays"))
            .part_of(&operation.id)
            .traced(&operation.trace)
            .details(json!({ "changed": done - operation.failed, "failed": operation.failed, "left": all - done }))
            .failed("the store answered 503 for 10 minutes; start the operation again for the rest");
        self.put(draft);
    }

    fn finish(&mut self, operation: Operation) {
        let failed = operation.failed;
        let changed = operation.at - failed;
        let words = match failed {
            0 => format!("{changed} changed"),
            _ => format!("{changed} changed, {failed} failed"),
        };
        let draft = Draft::new("operation.completed", operation.who.clone())
            .on(thing("operation", &operation.id, &operation.name))
            .says(words)
            .part_of(&operation.id)
            .traced(&operation.trace)
            .details(json!({ "changed": changed, "failed": failed }));
        self.put(draft);
        if let Kind::Sale(_) = operation.kind {
            let wait = TimeDelta::days(self.dice.between(3, 6));
            let at = super::rhythm::Rhythm::Office.next(&mut self.dice, self.now + wait);
            self.at(at, Task::Revert(Box::new(operation)));
        }
    }

    /// A sale is over: its prices go back, by an operation of their own.
    pub fn revert(&mut self, sale: Operation) {
        self.operations_reverted += 1;
        let id = format!("op_r{:03}", self.operations_reverted);
        let who = self.someone(Work::Marketing);
        let count = sale.before.len();
        let draft = Draft::new("operation.reverted", who.clone())
            .on(thing("operation", &sale.id, &sale.name))
            .says(format!("The sale is over, {count} prices go back"))
            .part_of(&sale.id)
            .with(thing("operation", &id, format!("Revert: {}", sale.name)));
        self.put(draft);
        self.begin(Operation {
            id,
            name: format!("Revert: {}", sale.name),
            kind: Kind::Restore,
            items: sale.before.iter().map(|(at, _)| *at).collect(),
            at: 0,
            failed: 0,
            breaks_at: None,
            who,
            trace: String::new(),
            before: sale.before,
            reverts: Some((sale.id, sale.name)),
        });
    }
}
