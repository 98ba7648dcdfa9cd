"""Distances and datums: coordinates rest as WGS-84; phones in China may report GCJ-02 and say so."""

from math import asin, cos, pi, radians, sin, sqrt

EARTH_M = 6_371_000
AXIS, FLATNESS = 6378245.0, 0.00669342162296594323


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance in metres."""
    a, b = radians(lat_a), radians(lat_b)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, h)))


def to_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """Return (lon, lat) in WGS-84; ``datum`` is WGS-84 or GCJ-02 (undone by two rounds of correction, < 1 m)."""
    if datum != "GCJ-02":
        return lon, lat
    wgs_lon, wgs_lat = lon, lat
    for _ in range(3):
        moved_lon, moved_lat = _gcj02(wgs_lon, wgs_lat)
        wgs_lon += lon - moved_lon
        wgs_lat += lat - moved_lat
    return wgs_lon, wgs_lat


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return (lon, lat) as Chinese maps draw it; the shift is defined for China alone."""
    return _gcj02(lon, lat)


def _gcj02(lon, lat):
    x, y = lon - 105.0, lat - 35.0
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    d_lat += (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    d_lat += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    d_lat += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    d_lon += (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    d_lon += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    d_lon += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    magic = 1 - FLATNESS * sin(radians(lat)) ** 2
    d_lat = d_lat * 180 / ((AXIS * (1 - FLATNESS)) / (magic * sqrt(magic)) * pi)
    d_lon = d_lon * 180 / (AXIS / sqrt(magic) * cos(radians(lat)) * pi)
    return lon + d_lon, lat + d_lat
