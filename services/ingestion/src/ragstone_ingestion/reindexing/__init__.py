"""Making a collection anew, embedded or cut otherwise, in a second index while the first one answers."""
