"""What payments follow: pure."""
