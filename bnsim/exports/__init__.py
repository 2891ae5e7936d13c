"""What leaves the house: text for people, JSON and CSV for programs, scenario files, links and pictures."""

LOCAL = "http://localhost:8501"
"""Where an app on this computer is."""
