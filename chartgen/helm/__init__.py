"""Helm as two engines with the same functions: `sdk`, in this process, and `binary`, a `helm` on the PATH."""
