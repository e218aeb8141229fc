//! What is said in words: numbers, days, names of actions, categories, outcomes and fields.

mod actions;
mod dates;
mod fields;
mod nouns;
mod numbers;
mod sentence;

pub use actions::{action_glyph, action_label};
pub use dates::{
    ago, day_row, day_short, day_words, moment_title, month_and_year, range_words, weekday_short,
};
pub use fields::{brief_words, field_label, value_words};
pub use nouns::{category_label, noun, outcome_label, outcome_mark, reference_glyph};
pub use numbers::{count_words, entries, number, number_of};
pub use sentence::{Piece, actor_words, history_line, moment_line, verdict};
