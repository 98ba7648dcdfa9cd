"""The tree by the words of RFC 6962, section 2.1: slow, plain, and not by the code under test."""

import hashlib


def root_of(leaves):
    """MTH(D[n])."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def path_of(index, leaves):
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*path_of(index, leaves[:k]), root_of(leaves[k:])]
    return [*path_of(index - k, leaves[k:]), root_of(leaves[:k])]


def growth_of(old, leaves, whole=True):
    """PROOF(m, D[n]), and SUBPROOF when not ``whole``."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= k:
        return [*growth_of(old, leaves[:k], whole), root_of(leaves[k:])]
    return [*growth_of(old - k, leaves[k:], False), root_of(leaves[:k])]
