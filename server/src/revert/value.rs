//! Lists that are changed by what comes and goes.

use serde_json::Value;

/// The items of `list` that `other` lacks.
pub(super) fn without(list: &[Value], other: &[Value]) -> Vec<Value> {
    let left = list.iter().filter(|item| !other.contains(item));
    left.cloned().collect()
}

fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// A list that is changed by what comes and goes, whatever else is in it.
pub(super) struct Edit {
    /// What comes.
    pub add: Vec<Value>,
    /// What goes.
    pub remove: Vec<Value>,
}

impl Edit {
    /// What leads from one list to another; none when one of the two is no list. Beside a list nothing is an empty one.
    pub(super) fn between(now: &Value, to: &Value) -> Option<Self> {
        if !now.is_array() && !to.is_array() {
            return None;
        }
        let (now, to) = (items(now)?, items(to)?);
        Some(Self {
            add: without(to, now),
            remove: without(now, to),
        })
    }

    /// What is left to do on a list.
    pub(super) fn left_on(&self, list: &[Value]) -> Self {
        let there = |item: &&Value| list.contains(item);
        Self {
            add: without(&self.add, list),
            remove: self.remove.iter().filter(there).cloned().collect(),
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_done(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// The list once it is done.
    pub(super) fn done_on(&self, list: &[Value]) -> Vec<Value> {
        let mut done = without(list, &self.remove);
        done.extend(without(&self.add, &done));
        done
    }

    /// The list had it not been done.
    pub(super) fn undone_on(&self, list: &[Value]) -> Vec<Value> {
        let other = Self {
            add: self.remove.clone(),
            remove: self.add.clone(),
        };
        other.done_on(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_edit_leaves_what_others_did() {
        let edit = Edit::between(&json!(["a", "sale"]), &json!(["a", "old"])).unwrap();
        let list = [json!("sale"), json!("a"), json!("new")];
        assert_eq!(
            edit.done_on(&list),
            [json!("a"), json!("new"), json!("old")]
        );
        let done = edit.done_on(&list);
        assert!(edit.left_on(&done).is_done());
        assert_eq!(
            edit.undone_on(&done),
            [json!("a"), json!("new"), json!("sale")]
        );
    }

    #[test]
    fn nothing_beside_a_list_is_an_empty_one() {
        let edit = Edit::between(&json!(["sale"]), &Value::Null).unwrap();
        assert_eq!(edit.done_on(&[json!("sale"), json!("new")]), [json!("new")]);
        let edit = Edit::between(&Value::Null, &json!(["old"])).unwrap();
        assert_eq!(edit.done_on(&[json!("new")]), [json!("new"), json!("old")]);
        assert!(Edit::between(&Value::Null, &Value::Null).is_none());
        assert!(Edit::between(&json!("sale"), &json!(["old"])).is_none());
    }
}
