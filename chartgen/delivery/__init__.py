"""What is done to a cluster: Secrets are applied and checked, and who may deploy is said."""
