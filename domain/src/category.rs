//! The groups that tabs and roles work on.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! categories {
    ($($variant:ident $name:literal $doc:literal),+ $(,)?) => {
        /// A group that an action belongs to; an action may have several.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Category {
            $(#[doc = $doc] $variant),+
        }

        impl Category {
            /// Every category, in the order of the tabs.
            pub const ALL: [Self; categories!(@count $($variant)+)] = [$(Self::$variant),+];

            /// The name in API and query language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
    (@count $($v:ident)+) => { [$(categories!(@one $v)),+].len() };
    (@one $v:ident) => { () };
}

categories! {
    Products "products" "What the store sells.",
    Coupons "coupons" "Codes that lower a price.",
    Orders "orders" "Sales orders.",
    Customers "customers" "People who buy, and their groups.",
    Inventory "inventory" "Stock.",
    Tags "tags" "Labels on products, customers and orders.",
    Messages "messages" "What was sent and received.",
    SpecialOffers "special_offers" "Offers that need no code.",
    Finance "finance" "Expenses and cost of goods.",
    BulkOperations "bulk_operations" "Many changes under one name.",
    Metafields "metafields" "Fields that the store defines itself.",
    DataCleaning "data_cleaning" "Putting data in order.",
    Contacts "contacts" "People outside the customer list.",
    Users "users" "People who work in the store.",
    Settings "settings" "How the store is set up.",
    Exports "exports" "Files taken out of the store.",
    System "system" "Webhooks, jobs and rules.",
    Other "other" "Actions that nobody has placed; only roles that see all activity read them.",
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|c| c.as_str() == text).ok_or(())
    }
}

/// A set of categories, one bit each.
///
/// In JSON an array of names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(into = "Vec<Category>", from = "Vec<Category>")]
pub struct CategorySet(u32);

impl From<CategorySet> for Vec<Category> {
    fn from(set: CategorySet) -> Self {
        set.iter().collect()
    }
}

impl From<Vec<Category>> for CategorySet {
    fn from(categories: Vec<Category>) -> Self {
        categories.into_iter().collect()
    }
}

impl CategorySet {
    /// The set without a member.
    pub const EMPTY: Self = Self(0);

    /// The set of the categories given.
    pub const fn of(categories: &[Category]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < categories.len() {
            bits |= 1 << categories[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    /// The bits, as stored.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of stored bits; bits of no category are dropped.
    pub const fn of_bits(bits: u32) -> Self {
        Self(bits & ((1 << Category::ALL.len()) - 1))
    }

    /// Whether `category` is in the set.
    pub const fn contains(self, category: Category) -> bool {
        self.0 & (1 << category as u32) != 0
    }

    /// Whether the two sets share a member: how a filter matches.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether each member of this set is in `other`: how a role matches.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the set has no member.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of the tabs.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL.into_iter().filter(move |c| self.contains(*c))
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(categories.into_iter().fold(0, |set, c| set | 1 << c as u32))
    }
}
