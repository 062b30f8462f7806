"""Hostile files and what becomes of them: made here, landed by the real command in a process of its own, measured."""
