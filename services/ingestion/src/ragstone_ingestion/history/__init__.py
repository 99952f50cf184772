"""What a collection was: snapshots, questions as of then, differences, and going back."""
