"""Requests, first visits, orders, visit records and their trace, over HTTP."""
