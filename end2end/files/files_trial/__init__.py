"""Exports, opened by readers that are not ours."""
