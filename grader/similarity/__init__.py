"""Submissions of an exercise that look alike, for a person to judge: pairs and places, never a score."""
