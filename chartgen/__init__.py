"""chartgen: says what differs between the environments of a Helm chart, and which line of values causes it."""
