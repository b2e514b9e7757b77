"""Many submissions: reading them, judging them in parallel, and the kit's law over its own."""
