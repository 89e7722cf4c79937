"""Coordinate reference systems: projecting, choosing one for a theatre, and what its heights mean.

A CRS is a string that PROJ understands ("EPSG:32636", a PROJ string, WKT), or `LOCAL` for plain metres
without geodesy. Geographic coordinates are WGS 84 longitude and latitude in degrees.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import DatumError, InputError

if TYPE_CHECKING:
    import pyproj

LOCAL: Final = "local"
"""Name of the CRS of arrays that lie nowhere on the earth: plain metres east and north."""

_GEOGRAPHIC = "EPSG:4326"
_THREAD = threading.local()


@dataclass(frozen=True, slots=True)
class TheatreCrs:
    """A metric CRS chosen for an area, with what it costs."""

    crs: str
    """PROJ string of a conformal projection."""
    worst_scale_error_fraction: float
    """Largest departure from one of the ratio of map length to ground length, over the area."""


@dataclass(frozen=True, slots=True)
class VerticalUnit:
    """What the heights of a CRS are counted in, and from."""

    metres_per_unit: float
    """Length of one unit [m]."""
    is_ellipsoidal: bool
    """Whether heights count from the ellipsoid rather than from mean sea level."""
    is_declared: bool
    """Whether the CRS says anything about heights; if not, metres above mean sea level are taken."""


@lru_cache(maxsize=256)
def parsed(crs: str) -> pyproj.CRS:
    """Parse a CRS string once.

    Raises
    ------
    InputError
        PROJ does not understand it, or it is `LOCAL`, which has no place on the earth.
    """
    import pyproj

    if crs == LOCAL:
        raise InputError.one(
            "crs", "crs", crs, "a local grid has no place on the earth; name a projected CRS"
        )
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError.one(
            "crs", "crs", crs, f"is not understood by PROJ ({error}); use e.g. EPSG:32636"
        ) from error


def _transformers(crs: str) -> tuple[Any, Any]:
    """Return the pair (from degrees, to degrees) of this thread; a PROJ object is not shared by threads."""
    cache: dict[str, tuple[Any, Any]] = _THREAD.__dict__.setdefault("pairs", {})
    if crs not in cache:
        import pyproj

        target = parsed(crs).to_2d()
        cache[crs] = (
            pyproj.Transformer.from_crs(_GEOGRAPHIC, target, always_xy=True),
            pyproj.Transformer.from_crs(target, _GEOGRAPHIC, always_xy=True),
        )
    return cache[crs]


def _apply(
    transformer: Any, first: ArrayLike, second: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    out_a, out_b = transformer.transform(np.array(a), np.array(b))
    return np.asarray(out_a, dtype=np.float64), np.asarray(out_b, dtype=np.float64)


def project(
    lon_deg: ArrayLike, lat_deg: ArrayLike, crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn longitudes and latitudes into map coordinates.

    Parameters
    ----------
    lon_deg, lat_deg : array_like
        WGS 84 [deg], broadcast together.
    crs : str
        Target CRS.

    Returns
    -------
    x_m, y_m : ndarray of float64
        Eastings and northings [m]; infinite where the projection is not defined.

    Raises
    ------
    InputError
        The CRS is `LOCAL` or not understood.
    """
    return _apply(_transformers(crs)[0], lon_deg, lat_deg)


def unproject(x_m: ArrayLike, y_m: ArrayLike, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn map coordinates into longitudes and latitudes; the inverse of `project`.

    Returns
    -------
    lon_deg, lat_deg : ndarray of float64
        WGS 84 [deg].
    """
    return _apply(_transformers(crs)[1], x_m, y_m)


def geographic_length_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Length of the geodesic between two WGS 84 points given in degrees [m] (Karney 2013, by PROJ)."""
    import pyproj

    return float(pyproj.Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)[2])


def theatre_crs(west_deg: float, south_deg: float, east_deg: float, north_deg: float) -> TheatreCrs:
    """Choose a conformal metric CRS for a box of longitudes and latitudes.

    Lambert's conformal conic with standard parallels at one sixth and five sixths of the height, and the
    oblique stereographic at the centre, are both tried; the one with the smaller worst scale error wins.
    Conformal, because bearings and azimuth sectors must keep their angles.

    Parameters
    ----------
    west_deg, south_deg, east_deg, north_deg : float
        Box, WGS 84 [deg]; `east_deg` smaller than `west_deg` means a box across the antimeridian.

    Returns
    -------
    TheatreCrs

    Raises
    ------
    InputError
        A latitude beyond the poles, south not below north, or an empty width.
    """
    ordered = -90.0 <= south_deg < north_deg <= 90.0
    width = (east_deg - west_deg) % 360.0
    if not ordered or not width > 0.0:
        raise InputError.one(
            "theatre_crs", "box", (west_deg, south_deg, east_deg, north_deg),
            "must be west, south, east, north in degrees, south below north and not empty",
        )  # fmt: skip
    lon = (west_deg + width / 2.0 + 180.0) % 360.0 - 180.0
    lat = (south_deg + north_deg) / 2.0
    span = (north_deg - south_deg) / 6.0
    tail = f"+lat_0={lat:.6f} +lon_0={lon:.6f} +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs +type=crs"
    names = [f"+proj=stere +k_0=1 {tail}"]
    if abs(lat) > 1.0:  # the cone of a box astride the equator opens into a cylinder and PROJ refuses it
        names.append(f"+proj=lcc +lat_1={south_deg + span:.6f} +lat_2={north_deg - span:.6f} {tail}")
    lons, lats = np.meshgrid(west_deg + width * np.linspace(0, 1, 33), np.linspace(south_deg, north_deg, 33))
    found = [TheatreCrs(name, _worst_scale_error(name, lons.ravel(), lats.ravel())) for name in names]
    return min(found, key=lambda choice: choice.worst_scale_error_fraction)


def scale_error_fraction(
    crs: str, west_deg: float, south_deg: float, east_deg: float, north_deg: float
) -> float:
    """Largest departure from one of map length to ground length that a projected CRS has over a box [1].

    Infinite where the projection is not defined on the whole box.
    """
    lon_deg, lat_deg = np.meshgrid(np.linspace(west_deg, east_deg, 9), np.linspace(south_deg, north_deg, 9))
    return _worst_scale_error(crs, lon_deg.ravel(), lat_deg.ravel())


def _worst_scale_error(crs: str, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> float:
    import pyproj

    factors = pyproj.Proj(crs).get_factors(lon_deg, lat_deg)
    scales = np.concatenate([np.ravel(factors.meridional_scale), np.ravel(factors.parallel_scale)])
    worst = float(np.max(np.abs(scales - 1.0)))
    return worst if np.isfinite(worst) else float("inf")


def vertical_unit(crs: str) -> VerticalUnit:
    """Say what the heights of a CRS mean.

    A compound CRS declares a vertical part; a geographic CRS with three axes declares heights above the
    ellipsoid; a horizontal CRS declares nothing.

    Raises
    ------
    InputError
        The CRS is not understood.
    DatumError
        Its third axis is a depth: positive downwards.
    """
    system = parsed(crs)
    parts = [part for part in system.sub_crs_list if part.is_vertical] if system.is_compound else []
    ellipsoidal = False
    if parts:
        axis = parts[0].axis_info[0]
        ellipsoidal = "ellips" in f"{axis.name} {parts[0].name}".lower()
    elif system.is_vertical:
        axis = system.axis_info[0]
    elif len(system.axis_info) == 3:
        axis, ellipsoidal = system.axis_info[2], True
    else:
        return VerticalUnit(1.0, is_ellipsoidal=False, is_declared=False)
    if axis.direction == "down":
        raise DatumError(
            f"{system.name}: heights are depths, counted downwards; hand in heights above mean sea level"
        )
    return VerticalUnit(float(axis.unit_conversion_factor), is_ellipsoidal=ellipsoidal, is_declared=True)
