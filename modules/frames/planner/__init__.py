"""The planner: the head of the frames stage that learns where and how finely the next step paints."""
