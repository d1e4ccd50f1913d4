"""The figures of `python -m bench`, one group a module."""
