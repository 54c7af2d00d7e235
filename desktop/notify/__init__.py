"""Telling the person that something happened while they were elsewhere."""
