//! Doubles of the shops that operations are taken back through. They check what is asked against what the providers
//! document, and throttle and fail on demand.

pub mod shopify;
pub mod woocommerce;
