-- What somebody did of one kind, and what of one kind ended so and has such parts: filters of two fields are walked by these.
CREATE INDEX activity_by_pair ON activity (store_id, actor_id, action_id, order_key, outcome, has);
CREATE INDEX activity_by_part ON activity (store_id, action_id, outcome, has, order_key, actor_id);
