//! What is said in words: numbers, days, names of actions, categories, outcomes and fields.

mod actions;
mod dates;
mod fields;
mod nouns;
mod numbers;
mod sentence;
mod values;

pub use actions::{action_glyph, action_label};
pub use dates::{
    ago, day_row, day_short, day_words, moment_title, month_and_year, range_words, weekday_short,
};
pub use fields::field_label;
pub use nouns::{
    actor_type_label, category_label, device_words, noun, outcome_label, outcome_mark,
    reference_glyph, subject_words,
};
pub use numbers::{amount, count_words, entries, number};
pub use sentence::{Piece, actor_words, history_line, moment_line, told_by_rule, verdict};
pub use values::Reader;
