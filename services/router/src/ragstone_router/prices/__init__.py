"""The price table: what hosted models cost, with the date at which that was true."""
