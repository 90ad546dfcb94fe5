"""The voice session service: conversations over websockets that outlive the pod that they run on."""

__version__ = "0.1.0"
