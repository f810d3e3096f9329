"""Never greets."""

import signal


def main():
    signal.pause()
