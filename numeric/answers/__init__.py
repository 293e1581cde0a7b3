"""Students' answers graded: functions against the model's own, lists of fixed points against the complete list."""
