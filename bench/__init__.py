"""The benchmark: Aurous beside its peers and beside the bare model, measured in one run."""
