"""How the app is served: what is made before the first visitor comes, and what is run for each."""
