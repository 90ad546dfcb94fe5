"""What is secret, what is hidden for it, and why.

The data of Secrets is secret, what feeds it, what is called like a secret, what else those values change, and their
texts wherever they stand.
"""
