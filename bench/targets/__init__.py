"""What is measured: Aurous, the bare model, and the peers."""
