"""Values that travel between the rooms: frozen, without behaviour that touches the world."""
