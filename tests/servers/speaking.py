"""Sounds that a voice detection takes for speech: a buzz through three moving resonances, as of a throat."""

from __future__ import annotations

from functools import cache

import numpy as np

HERTZ = 16_000
SYLLABLE_SECONDS = 0.2
BUZZ_HERTZ = 110
# first formants of English vowels: https://doi.org/10.1121/1.1906875
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240), (530, 1840, 2480))
LOUDNESS = (1.0, 0.7, 0.4)


@cache
def speech(seconds: float) -> bytes:
    """PCM: 16 bits, 16,000 Hz, one channel."""
    chance = np.random.default_rng(1)
    samples = np.arange(int(seconds * HERTZ))
    buzz = _smooth(np.diff(np.floor(samples * BUZZ_HERTZ / HERTZ), prepend=0.0))
    buzz += 0.003 * chance.standard_normal(samples.size) - buzz.mean()
    syllables = samples / (SYLLABLE_SECONDS * HERTZ)
    spoken = chance.integers(len(VOWELS), size=int(syllables[-1]) + 2)
    voice = np.zeros(samples.size)
    for formant, loudness in enumerate(LOUDNESS):
        hertz = np.interp(syllables, np.arange(spoken.size), [VOWELS[vowel][formant] for vowel in spoken])
        part = _resonance(buzz, hertz, 60 + 40 * formant)
        voice += loudness * part / np.abs(part).max()
    voice *= np.clip(0.6 - 0.6 * np.cos(2 * np.pi * syllables), 0, 1)
    return bytes((16_000 * voice / np.abs(voice).max()).astype("<i2").tobytes())


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * HERTZ))


def _smooth(source: np.ndarray) -> np.ndarray:
    out, last = np.empty(source.size), 0.0
    for number, value in enumerate(source):
        last = out[number] = value + 0.95 * last
    return out


def _resonance(source: np.ndarray, hertz: np.ndarray, width: float) -> np.ndarray:
    radius = np.exp(-np.pi * width / HERTZ)
    turns = 2 * radius * np.cos(2 * np.pi * hertz / HERTZ)
    out, last, before = np.empty(source.size), 0.0, 0.0
    for number, value in enumerate(source):
        last, before = value * (1 - radius) + turns[number] * last - radius**2 * before, last
        out[number] = last
    return out
