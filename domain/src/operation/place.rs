//! Where a shop keeps what an item is about: decided by the item alone, so that a dry run says without a call what can't be
//! written. To add a way of writing: a file here, and a line in [`TargetKind::can_write`].

pub mod shopify;
pub mod woocommerce;

use super::target::TargetKind;
use crate::Reference;

impl TargetKind {
    /// Whether a target of this kind takes a field of a thing. A bridge may take anything.
    ///
    /// # Errors
    /// In words, why it doesn't.
    pub fn can_write(self, subject: &Reference, field: &str) -> Result<(), String> {
        match self {
            Self::Bridge => Ok(()),
            Self::Shopify => shopify::place_of(subject, field).map(drop),
            Self::Woocommerce => woocommerce::place_of(subject, field).map(drop),
        }
    }
}
