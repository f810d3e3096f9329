"""Telling customers' programs what happened: events, endpoints, signed deliveries.

An event is written in the transaction that causes it (``outbox``). A pass of the ``deliverer``
makes deliveries of it (``dispatch``), claims what is due (``claims``), sends it outside of any
transaction (``sending``) and writes down what came of it (``outcomes``).
"""
