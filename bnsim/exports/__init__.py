"""What leaves the house: text for people, JSON and CSV for programs, scenario files, links and pictures."""
