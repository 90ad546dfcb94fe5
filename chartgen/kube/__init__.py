"""What is known of Kubernetes itself: pure data and pure functions."""
