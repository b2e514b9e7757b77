"""One result, many renderers: functions from records to text, pages and pictures."""
