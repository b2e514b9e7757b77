"""What runs on the judge's side: it owns the clock, the network and the verdict."""
