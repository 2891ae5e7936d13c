"""Altair templates: constant specifications over named data."""
