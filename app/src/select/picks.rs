//! Which rows are selected. Pure.

use domain::export::{Selection, Source};
use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

/// Which rows are selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picks<I: Eq + Hash> {
    /// Those named.
    These(HashSet<I>),
    /// All that a query found up to a mark, except some.
    AllBut {
        /// The query.
        q: String,
        /// Up to where; none for everything there is.
        mark: Option<String>,
        /// Those left out by the reader: they are of what was counted.
        except: HashSet<I>,
        /// Those that arrived later: they never were part of it.
        new: HashSet<I>,
    },
}

impl<I: Eq + Hash> Default for Picks<I> {
    fn default() -> Self {
        Self::These(HashSet::new())
    }
}

impl<I: Copy + Eq + Hash + Display> Picks<I> {
    /// All that a query found up to a mark.
    pub fn all(q: String, mark: Option<String>) -> Self {
        Self::AllBut {
            q,
            mark,
            except: HashSet::new(),
            new: HashSet::new(),
        }
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }

    /// Whether a row is selected.
    pub fn has(&self, id: I) -> bool {
        match self {
            Self::These(ids) => ids.contains(&id),
            Self::AllBut { except, new, .. } => !except.contains(&id) && !new.contains(&id),
        }
    }

    /// How many are selected, when `total` match; none while they are being counted.
    pub fn count(&self, total: Option<u64>) -> Option<u64> {
        match self {
            Self::These(ids) => Some(ids.len() as u64),
            Self::AllBut { except, .. } => {
                total.map(|total| total.saturating_sub(except.len() as u64))
            }
        }
    }

    /// Selects a row or lets it go. A row that arrived after all were selected stays out.
    pub fn put(&mut self, id: I, is_on: bool) {
        match (self, is_on) {
            (Self::These(ids), true) => {
                ids.insert(id);
            }
            (Self::These(ids), false) => {
                ids.remove(&id);
            }
            (Self::AllBut { except, .. }, true) => {
                except.remove(&id);
            }
            (Self::AllBut { except, new, .. }, false) => {
                if !new.contains(&id) {
                    except.insert(id);
                }
            }
        }
    }

    /// All that match are those up to where they were counted, unless it was known before.
    pub fn up_to(&mut self, counted: String) {
        if let Self::AllBut { mark, .. } = self {
            mark.get_or_insert(counted);
        }
    }

    /// What arrived after everything was selected is not part of it. Nothing arrives on the server.
    #[cfg(any(not(feature = "ssr"), test))]
    pub fn leave_out_new(&mut self, ids: impl Iterator<Item = I>) {
        if let Self::AllBut { new, .. } = self {
            new.extend(ids);
        }
    }

    /// What is selected, as the server understands it.
    pub fn selection(&self, source: Source) -> Selection {
        let named = |ids: &HashSet<I>| {
            let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            ids.sort_unstable();
            ids
        };
        match self {
            Self::These(ids) => Selection::Ids {
                source,
                ids: named(ids),
            },
            Self::AllBut {
                q, mark, except, ..
            } => Selection::Matching {
                source,
                q: q.clone(),
                up_to: mark.clone(),
                except: named(except),
            },
        }
    }

    /// Whether it is all of the same query and mark as `other`, whatever is left out.
    pub fn is_all_of(&self, other: &Selection) -> bool {
        match (self, other) {
            (
                Self::AllBut { q, mark, .. },
                Selection::Matching {
                    q: other, up_to, ..
                },
            ) => q == other && mark == up_to,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unticked_after_all_is_left_out_and_counted() {
        let mut picks = Picks::<u32>::all("action:product.*".to_owned(), Some("m".to_owned()));
        assert_eq!(picks.count(None), None);
        assert_eq!(picks.count(Some(3_000_000)), Some(3_000_000));
        picks.put(7, false);
        picks.put(8, false);
        picks.put(8, true);
        assert!(!picks.has(7) && picks.has(8) && picks.has(9));
        assert_eq!(picks.count(Some(3_000_000)), Some(2_999_999));
        let Selection::Matching {
            q, up_to, except, ..
        } = picks.selection(Source::Activity)
        else {
            panic!("all that match are a filter and no list of ids");
        };
        assert_eq!(
            (q.as_str(), up_to.as_deref()),
            ("action:product.*", Some("m"))
        );
        assert_eq!(except, ["7"]);
    }

    #[test]
    fn what_arrives_later_is_never_part_of_all() {
        let mut picks = Picks::<u32>::all(String::new(), None);
        picks.leave_out_new([5].into_iter());
        assert!(!picks.has(5));
        picks.put(5, false);
        assert_eq!(picks.count(Some(10)), Some(10));
        picks.put(5, true);
        assert!(!picks.has(5));
    }

    #[test]
    fn what_is_exported_is_what_was_counted() {
        let mut picks = Picks::<u32>::all(String::new(), None);
        picks.up_to("m1".to_owned());
        picks.up_to("m2".to_owned());
        assert_eq!(
            picks,
            Picks::all(String::new(), Some("m1".to_owned())),
            "the first count stands"
        );
    }

    #[test]
    fn an_empty_selection_selects_nothing() {
        let mut picks = Picks::<u32>::default();
        assert!(picks.is_empty());
        picks.put(1, true);
        assert!(!picks.is_empty() && picks.has(1));
        picks.put(1, false);
        assert!(picks.is_empty());
    }
}
