"""The rooms of a class on the page: the teacher's desk, the projector, and what a student sees."""
