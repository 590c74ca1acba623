"""Values that every room shares: pure, immutable, without clock or chance."""
