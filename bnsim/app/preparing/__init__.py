"""A page prepared for a class: what a teacher chooses for it, how it is passed on, and what whoever opens it sees."""
