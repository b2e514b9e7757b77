"""The student's desk: practice, progress, hints."""
