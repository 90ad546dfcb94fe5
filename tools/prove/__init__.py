"""Causes hold by an independent hand: what chartgen names is repeated with a plain `helm template`.

Nothing here knows how chartgen finds causes: of its report, only places and keys are taken.
"""
