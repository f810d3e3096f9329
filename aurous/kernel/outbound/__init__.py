"""Asks other people's servers for something, and lets none of them lead it anywhere else."""
