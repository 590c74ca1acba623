"""Public fakes and builders for tests."""
