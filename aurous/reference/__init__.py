"""The reference that people read: ``/docs``, its Markdown twins, ``/llms.txt``, and the words that
the OpenAPI document needs. Everything is made from that document and from ``docs/``.
"""
