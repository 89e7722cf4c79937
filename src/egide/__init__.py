"""Égide."""
