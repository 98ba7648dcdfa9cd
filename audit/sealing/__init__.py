"""Seals: a Merkle tree over the events, signed heads, and their way out of the machine (002 五(七)2(2))."""
