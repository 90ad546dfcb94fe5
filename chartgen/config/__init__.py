"""chartgen.yaml: which charts a repository has, their environments, what deploying them needs, and what is accepted."""
